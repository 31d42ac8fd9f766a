// SPDX-License-Identifier: BSD-2-Clause
import Inet6Control
import Control
import KernelPrograms
import Logging
import TestSupport
import Testing

@testable import Dataplane

/// Variables take what they are declared to take, and say what they are.
@Suite struct MIBTests {
    /// Those whose values are ours.
    static let ours = MIBVariable.allCases.filter { $0.declaration.isWritable && $0.declaration.key == nil }
    static let kernels = MIBVariable.allCases.filter { $0.declaration.key != nil }
    static let readOnly = MIBVariable.allCases.filter { !$0.declaration.isWritable }

    private func dataplane() throws -> Dataplane {
        let log = Logger(label: "inet6d") { _ in SwiftLogNoOpLogHandler() }
        return try Dataplane(log: log, node: .none(.permission))
    }

    @Test(arguments: ours)
    func `a variable takes its whole range and nothing else`(variable: MIBVariable) throws {
        let range = variable.declaration.range
        let standard = try #require(variable.declaration.standard)
        #expect(range.contains(standard))
        var transaction = MIBTransaction(MIB(), interfaces: [])
        #expect(transaction.mib[variable] == standard)
        for value in [range.lowerBound, range.upperBound] {
            try transaction.assign(Assignment(variable.rawValue, String(value)))
            #expect(transaction.mib[variable] == value)
        }
        for value in [range.lowerBound - 1, range.upperBound + 1] {
            #expect(throws: Refusal.self) {
                var transaction = transaction
                try transaction.assign(Assignment(variable.rawValue, String(value)))
            }
            #expect(transaction.mib[variable] == range.upperBound)
        }
    }

    @Test(arguments: kernels)
    func `a variable of the kernel takes its range and nothing else`(variable: MIBVariable) throws {
        let range = variable.declaration.range
        #expect(variable.declaration.standard.map(range.contains) ?? true)
        for value in [range.lowerBound - 1, range.upperBound + 1] {
            var transaction = MIBTransaction(MIB(), interfaces: [])
            let detail = "\(range.lowerBound)..\(range.upperBound)"
            #expect(throws: Refusal(variable.rawValue, String(value), .EINVAL, detail)) {
                try transaction.assign(Assignment(variable.rawValue, String(value)))
            }
        }
    }

    /// NetBSD's name and number, and off until somebody wants it (faith(4)).
    @Test func `keepfaith is off and on`() throws {
        let declaration = MIBVariable.keepfaith.declaration
        #expect(MIBVariable.keepfaith.rawValue == "net.inet6.ip6.keepfaith")
        #expect(declaration.isWritable && declaration.key == nil)
        #expect(declaration.standard == 0 && declaration.range == 0...1)
        let status = try #require(try dataplane().readVariables("net.inet6.ip6.keepfaith").variables.first)
        #expect(status.oid == [4, 28, 41, 13])
        #expect(status.value == "0" && status.source == "NetBSD")
        var transaction = MIBTransaction(MIB(), interfaces: [])
        #expect(!transaction.mib.isOn(.keepfaith))
        try transaction.assign(Assignment("net.inet6.ip6.keepfaith", "1"))
        #expect(transaction.mib.isOn(.keepfaith))
    }

    @Test(arguments: readOnly)
    func `what is read only is not written`(variable: MIBVariable) {
        var transaction = MIBTransaction(MIB(), interfaces: [])
        #expect(throws: Refusal(variable.rawValue, "1", .EPERM, "read only")) {
            try transaction.assign(Assignment(variable.rawValue, "1"))
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
        ("net.link.stf.ttl", 1), ("net.link.stf", 7), ("net", MIBVariable.allCases.count + NodeReason.count),
        ("net.inet6.ip6.dropped", NodeReason.count), ("net.inet6.icmp6", 7),
        ("net.inet6.ip6.interface.lo", 11), ("net.inet6.icmp6.interface.lo", 6), ("net.inet6.ip6.interface.lo.hlim", 1),
    ])
    func `a node is all below it`(name: String, count: Int) throws {
        let reply = try dataplane().readVariables(name)
        #expect(reply.variables.count == count, "\(reply.variables.map(\.name))")
        #expect(reply.node?.name == (count == 1 ? nil : name))
    }

    /// Who looks through all of them finds the numbers of drops too, in their place.
    @Test func `what is counted is listed with the rest`() throws {
        for name in ["net.inet6.ip6", nil] {
            let variables = try dataplane().readVariables(name).variables
            let drops = variables.filter { $0.name.hasPrefix("net.inet6.ip6.dropped.") }
            #expect(drops.count == NodeReason.count)
            #expect(drops.allSatisfy { $0.value == "0" && $0.writable == false })
            #expect(variables == variables.sorted { $0.oid.lexicographicallyPrecedes($1.oid) })
        }
    }

    @Test(arguments: [
        "", "net.link.st", "net.link.stf.", "net.link.stf.ttl.x", "NET", "net.link.stf.nothing",
        "net.inet6.ip6.interface.lo.", "net.inet6.ip6.interface..hlim", "net.inet6.ip6.interface.all.hlim",
        "net.inet6.ip6.interface.default.hlim", "net.inet6.ip6.interface...hlim", "net.inet6.ip6.interface....hlim",
        "net.inet6.ip6.interface.a/b.hlim", "net.inet6.ip6.interface.lo.v6only", "net.inet6.ip6.interface.lo.nd6_delay",
        "net.inet6.ip6.interface.lo.gifhlim", "net.inet6.ip6.interface.sixteen-letters!.hlim",
    ])
    func `what is not there is not found`(name: String) throws {
        let dataplane = try dataplane()
        #expect(throws: Refusal(name, nil, .ENOENT)) { try dataplane.readVariables(name) }
        #expect(throws: Refusal(name, "1", .ENOENT)) {
            try dataplane.write([Assignment(name, "1")], isCheck: true)
        }
    }

    @Test func `an interface to come has no value before one is set`() throws {
        let name = "net.inet6.ip6.interface.eth0.100.hlim"
        let dataplane = try dataplane()
        #expect(throws: Refusal(name, nil, .ENOENT)) { try dataplane.readVariables(name) }
        let changes = try dataplane.write([Assignment(name, "7")], isCheck: false)
        #expect(changes == [VariableChange(name, from: "", to: "7")])
        let status = try #require(try dataplane.readVariables(name).variables.first)
        #expect(status.value == "7")
        #expect(status.place == "nowhere until there is eth0.100")
        #expect(throws: Refusal.self) { try dataplane.write([Assignment(name, "256")], isCheck: false) }
    }

    @Test func `what is remembered for interfaces has an end`() throws {
        let dataplane = try dataplane()
        let many = (0..<4096).map { Assignment("net.inet6.ip6.interface.no\($0).hlim", "7") }
        _ = try dataplane.write(many, isCheck: false)
        let one = Assignment("net.inet6.ip6.interface.more.hlim", "7")
        #expect(throws: Refusal.self) { try dataplane.write([one], isCheck: false) }
        _ = try dataplane.write([many[0]], isCheck: false)
    }

    /// Of two variables whatever is said first, the end is the same.
    @Test func `the order of assignments does not matter`() throws {
        let names =
            MIBVariable.allCases.filter(\.declaration.isWritable).map { MIBInstance($0) }
            + MIBVariable.allCases.filter { $0.declaration.key?.isPerInterface == true }.map {
                MIBInstance($0, of: "lo")
            }
        let assigned = names.flatMap { instance in
            let range = instance.variable.declaration.range
            return [range.lowerBound, range.upperBound].map { (instance, Assignment(instance.name, String($0))) }
        }
        for (place, one) in assigned.enumerated() {
            for other in assigned[..<place] where one.0 != other.0 && MIBTests.meet(one.0, other.0) {
                #expect(
                    end(one, other) == end(other, one), "\(one.1.name)=\(one.1.value) \(other.1.name)=\(other.1.value)")
            }
        }
    }

    /// Whether both are the node's, both the interface's, or of one key.
    private static func meet(_ one: MIBInstance, _ other: MIBInstance) -> Bool {
        one.interface == other.interface
            || one.variable.declaration.key?.pattern == other.variable.declaration.key?.pattern
    }

    /// What two assignments come to, whether they can be or not.
    private func end(_ one: (MIBInstance, Assignment), _ other: (MIBInstance, Assignment)) -> End {
        let assignments = [one.1, other.1]
        var transaction = MIBTransaction(MIB(), interfaces: ["lo"])
        do throws(Refusal) {
            try transaction.assign(assignments)
        } catch {
            return End(lines: [error.line])
        }
        #expect(transaction.changes.map(\.name) == assignments.map(\.name))
        let conflicts = transaction.conflicts(among: assignments).map(\.refusal.line).sorted()
        let values = [one.0, other.0].sorted { $0.name < $1.name }.map { "\(transaction.value(of: $0) ?? -9)" }
        return End(lines: conflicts + values, mib: transaction.mib)
    }

    private struct End: Equatable {
        var lines: [String]
        var mib = MIB()
    }

    @Test func `what the kernel counts in seconds takes no part of one`() {
        let name = "net.inet6.ip6.fraglifetime_ms"
        var transaction = MIBTransaction(MIB(), interfaces: [])
        #expect(throws: Refusal(name, "2500", .EINVAL, "whole seconds, 1000 each")) {
            try transaction.assign(Assignment(name, "2500"))
        }
    }

    @Test func `a level may be said before what it is a level of`() throws {
        for (second, first) in [(MIBVariable.preferTempaddr, MIBVariable.useTempaddr), (.rfc6204w3, .acceptRtadv)] {
            var transaction = MIBTransaction(MIB(), interfaces: ["lo"])
            let assignments = [second, first].map { Assignment($0.rawValue, "1") }
            try transaction.assign([Assignment(first.rawValue, "0")] + assignments)
            try transaction.check(assignments)
            #expect(transaction.value(of: MIBInstance(second)) == 1)
        }
    }

    @Test func `all are set or none`() throws {
        let dataplane = try dataplane()
        let good = Assignment("net.link.stf.ttl", "7")
        #expect(throws: Refusal.self) { try dataplane.write([good, Assignment("net.none", "1")], isCheck: false) }
        #expect(dataplane.host.variables.mib[.ttl] == 40)
        #expect(try dataplane.write([good], isCheck: true) == [VariableChange(good.name, from: "40", to: "7")])
        #expect(dataplane.host.variables.mib[.ttl] == 40)
        _ = try dataplane.write([good, Assignment("net.link.stf.ttl", "8")], isCheck: false)
        #expect(dataplane.host.variables.mib[.ttl] == 8)
    }

    @Test func `the size of buckets follows the number of packets`() throws {
        var transaction = MIBTransaction(MIB(), interfaces: [])
        for (packets, size) in [(51_200, 32), (100, 1), (0, 1), (-1, 1), (1024, 2)] {
            try transaction.assign(Assignment("net.inet6.ip6.maxfragpackets", String(packets)))
            #expect(transaction.mib[.maxfragbucketsize] == size)
        }
    }

    /// What nobody would act on is not kept; what acts on our own interfaces says so.
    @Test(arguments: MIBVariable.allCases)
    func `a node variable needs its programs`(variable: MIBVariable) throws {
        let dataplane = try dataplane()
        let write = [Assignment(variable.rawValue, "1")]
        let place = try dataplane.readVariables(variable.rawValue).variables.first?.place
        switch variable.declaration.storage {
        case .program:
            #expect(throws: Refusal(variable.rawValue, "1", .EOPNOTSUPP, "\(KernelProgramError.permission)")) {
                try dataplane.write(write, isCheck: false)
            }
            #expect(place == "nowhere: \(KernelProgramError.permission)")
        case .node:
            _ = try dataplane.write(write, isCheck: false)
            #expect(place == "inet6d's interfaces: \(KernelProgramError.permission)")
        case .interfaces, .kernel, .count, .constant, .obsolete:
            #expect(place == variable.declaration.place)
        }
    }

    /// What the programs have no room for is told with the variables that they act on, while it is so.
    @Test func `a table that is full is shown`() throws {
        try inOwnNetwork(["link set lo up"]) {
            let filter = try NodeFilter()
            filter.limit = 3
            let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let dataplane = try Dataplane(log: log, node: .filter(filter))
            let place = { () throws in
                try dataplane.followKernel()
                let name = MIBVariable.sourceAddressValidation.rawValue
                return try #require(try dataplane.readVariables(name).variables.first?.place)
            }
            let every = MIBVariable.sourceAddressValidation.declaration.place
            #expect(try place() == every)
            for number in 1...3 { try ip("addr add 2001:db8::\(number)/128 dev lo nodad") }
            #expect(try place().hasPrefix("\(every), not for all addresses: "))
            try ip("addr del 2001:db8::1/128 dev lo")
            #expect(try place() == every)
        }
    }

    @Test func `everything is in the order of its numbers`() throws {
        let numbers = MIBVariable.allCases.map(\.oid)
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
        let status = try #require(try dataplane().readVariables(variable.rawValue).variables.first)
        #expect(status.name == variable.rawValue)
        #expect(status.oid == variable.oid)
        #expect(!status.description.isEmpty && !status.place.isEmpty && !status.source.isEmpty)
        #expect(variable.declaration.key != nil || status.default == nil || status.value == status.default)
        let isOurs = status.source == "Hydrangea"
        #expect(!isOurs || (status.oid.last ?? 0) >= 1000 && !status.tunable)
    }
}
