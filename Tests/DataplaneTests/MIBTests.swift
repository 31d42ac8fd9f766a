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
            try mib.write(Assignment(variable.rawValue, String(value)))
            #expect(mib[variable] == value)
        }
        for value in [range.lowerBound - 1, range.upperBound + 1] {
            #expect(throws: Refusal.self) { try mib.write(Assignment(variable.rawValue, String(value))) }
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
        let reply = try MIB().read(name)
        #expect(reply.variables.count == count)
        #expect(reply.node?.name == (name == "net.link.stf.ttl" ? nil : name))
    }

    @Test(arguments: ["", "net.link.st", "net.link.stf.", "net.link.stf.ttl.x", "NET", "net.link.stf.nothing"])
    func `what is not there is not found`(name: String) {
        #expect(throws: Refusal(name, nil, .ENOENT)) { try MIB().read(name) }
        var mib = MIB()
        #expect(throws: Refusal(name, "1", .ENOENT)) { try mib.write(Assignment(name, "1")) }
    }

    @Test func `everything is in the order of its numbers`() throws {
        let numbers = try MIB().read(nil).variables.map(\.oid)
        let nodes = MIBNode.allCases.map(\.declaration.oid)
        #expect(numbers == numbers.sorted { $0.lexicographicallyPrecedes($1) })
        #expect(nodes == nodes.sorted { $0.lexicographicallyPrecedes($1) })
        #expect(Set(numbers + nodes).count == numbers.count + nodes.count)
    }

    @Test(arguments: MIBVariable.allCases)
    func `a variable is below a node, level by level`(variable: MIBVariable) {
        #expect(variable.oid.count == variable.rawValue.split(separator: ".").count)
        var name = variable.rawValue
        while let node = MIBNode.above(name) {
            #expect(variable.oid.starts(with: node.declaration.oid))
            #expect(node.declaration.oid.count == node.rawValue.split(separator: ".").count)
            name = node.rawValue
        }
        #expect(name == "net")
    }

    @Test(arguments: MIBVariable.allCases)
    func `a variable says what it is`(variable: MIBVariable) throws {
        let status = try #require(try MIB().read(variable.rawValue).variables.first)
        #expect(status.name == variable.rawValue)
        #expect(status.oid == variable.oid)
        #expect(!status.description.isEmpty && !status.place.isEmpty && !status.source.isEmpty)
        #expect(status.value == status.default)
        let isOurs = status.source == "Hydrangea"
        #expect(!isOurs || (status.oid.last ?? 0) >= 1000 && !status.tunable)
    }
}
