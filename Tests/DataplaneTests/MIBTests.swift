// SPDX-License-Identifier: BSD-2-Clause
import Control
import Testing

@testable import Dataplane

/// Variables take what they are declared to take, and say what they are.
@Suite struct MIBTests {
    @Test(arguments: MIBVariable.allCases)
    func `a variable takes its whole range and nothing else`(variable: MIBVariable) throws {
        let range = variable.declaration.range
        #expect(range.contains(variable.declaration.standard))
        var mib = MIB()
        #expect(mib[variable] == variable.declaration.standard)
        for value in [range.lowerBound, range.upperBound] {
            try mib.write(variable.rawValue, String(value))
            #expect(mib[variable] == value)
        }
        for value in [range.lowerBound - 1, range.upperBound + 1] {
            #expect(throws: Refusal.self) { try mib.write(variable.rawValue, String(value)) }
            #expect(mib[variable] == range.upperBound)
        }
    }

    @Test(arguments: [
        ("0", 0), ("10", 10), ("0x10", 16), ("0XfF", 255), ("010", 8), ("-1", -1), ("-0x1", -1), ("00", 0),
    ])
    func `numbers are read as strtol reads them`(text: String, number: Int) {
        #expect(MIB.number(text) == number)
    }

    @Test(arguments: ["", "-", "--1", "+1", "0x", "08", "1 ", " 1", "1e3", "ten", "9223372036854775808", "0x-1"])
    func `what is no number is refused`(text: String) {
        #expect(MIB.number(text) == nil)
    }

    @Test(arguments: [
        ("net.link.stf.ttl", 1), ("net.link.stf", 7), ("net", 10), ("net.inet6.icmp6", 1),
    ])
    func `a node is all below it`(name: String, count: Int) throws {
        #expect(try MIB().variables(at: name).count == count)
    }

    @Test(arguments: ["", "net.link.st", "net.link.stf.", "net.link.stf.ttl.x", "NET", "net.link.stf.nothing"])
    func `what is not there is not found`(name: String) {
        #expect(throws: Refusal(name, nil, .ENOENT)) { try MIB().variables(at: name) }
    }

    @Test func `names are in order, so that nodes stay together`() {
        let names = MIBVariable.allCases.map(\.rawValue)
        #expect(names == names.sorted())
    }
}
