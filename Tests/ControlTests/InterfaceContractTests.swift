// SPDX-License-Identifier: BSD-2-Clause
import Inet6Control
import Control
import FaithControl
import PuppetControl
import Testing

/// The `.varlink` files and the Swift types say the same, field for field and name for name.
@Suite struct InterfaceContractTests {
    /// A type or method of an interface, and a value, with every field, of the Swift type for it.
    struct Pair: CustomTestStringConvertible {
        var interface: String
        var name: String
        var value: any Codable & Sendable
        var testDescription: String { "\(interface).\(name)" }

        static func ifnet(_ name: String, _ value: any Codable & Sendable) -> Pair {
            Pair(interface: IfnetMethod.interface, name: name, value: value)
        }

        static func inet6(_ name: String, _ value: any Codable & Sendable) -> Pair {
            Pair(interface: Inet6Method.interface, name: name, value: value)
        }

        static func mib(_ name: String, _ value: any Codable & Sendable) -> Pair {
            Pair(interface: MIBMethod.interface, name: name, value: value)
        }

        static func faith(_ name: String, _ value: any Codable & Sendable) -> Pair {
            Pair(interface: FaithMethod.interface, name: name, value: value)
        }

        static func boot(_ name: String, _ value: any Codable & Sendable) -> Pair {
            Pair(interface: BootMethod.interface, name: name, value: value)
        }

        static func puppet(_ name: String, _ value: any Codable & Sendable) -> Pair {
            Pair(interface: PuppetMethod.interface, name: name, value: value)
        }
    }

    static let structures: [Pair] = [
        .ifnet("Address", FullValues.address),
        .ifnet("Traffic", FullValues.traffic),
        .ifnet("Drop", FullValues.drop),
        .ifnet("Asked", FullValues.asked),
        .ifnet("Counters", FullValues.counters),
        .ifnet("Interface", FullValues.interface),
        .ifnet("AddressChange", FullValues.addressChange),
        .ifnet("RelayChange", FullValues.relayChange),
        .ifnet("FaithChange", FullValues.faithChange),
        .ifnet("FilterChange", FullValues.filterChange),
        .ifnet("PuppetChange", FullValues.puppetChange),
        .ifnet("Change", FullValues.change),
        .ifnet("Result", FullValues.result),
        .ifnet("Finding", FullValues.finding),
        .inet6("Address", FullValues.inet6Address),
        .inet6("Interface", FullValues.inet6),
        .inet6("AddressChange", FullValues.inet6AddressChange),
        .inet6("Change", FullValues.inet6Change),
        .inet6("Result", FullValues.result),
        .mib("Variable", FullValues.variable),
        .mib("Node", FullValues.node),
        .mib("Assignment", FullValues.assignment),
        .mib("VariableChange", FullValues.variableChange),
        .faith("Relay", FullValues.relay),
        .faith("Count", FullValues.sessionCount),
        .faith("CommandCount", FullValues.commandCount),
        .faith("Latency", FullValues.latency),
        .faith("Uncaptured", FullValues.uncaptured),
        .faith("Counters", FullValues.relayCounters),
        .faith("Status", FullValues.faith),
        .faith("Session", FullValues.session),
        .puppet("Status", FullValues.puppet),
    ]
    static let enumerations: [(String, [String])] = [
        ("Flag", InterfaceFlag.allCases.map(\.rawValue)),
        ("NeighborOption", NeighborOption.allCases.map(\.rawValue)),
    ]
    static let inet6Enumerations: [(String, [String])] = [
        ("Flag", Inet6Flag.allCases.map(\.rawValue)),
        ("Option", Inet6Option.allCases.map(\.rawValue)),
    ]
    static let inputs: [Pair] = [
        .ifnet("List", ListParameters(interface: "stf0", counters: true)),
        .ifnet("Cloners", [String: Bool]()),
        .ifnet("Check", CheckParameters(interface: "stf0")),
        .ifnet("Explain", FullValues.question),
        .ifnet("Monitor", [String: Bool]()),
        .ifnet("Apply", FullValues.apply),
        .inet6("List", Inet6ListParameters(interface: "eth0")),
        .inet6("Apply", Inet6ApplyParameters(changes: [FullValues.inet6Change], idempotent: true)),
        .mib("Read", ReadParameters(name: "net.link")),
        .mib("Write", WriteParameters(assignments: [FullValues.assignment], check: true)),
        .mib("Monitor", [String: Bool]()),
        .faith("Show", FaithShowParameters(interface: "faith0", counters: true)),
        .faith("Sessions", SessionsParameters(interface: "faith0")),
        .faith("Kill", KillParameters(interface: "faith0", numbers: [17, 18])),
        .faith("Monitor", [String: Bool]()),
        .puppet("Show", PuppetShowParameters(interface: "puppet0")),
        .boot("Reload", [String: Bool]()),
        .puppet("Attach", AttachParameters(interface: "puppet0")),
    ]
    static let outputs: [Pair] = [
        .ifnet("List", ListReply(interfaces: [FullValues.interface, FullValues.interface])),
        .ifnet("Cloners", ClonersReply(kinds: InterfaceKind.allCases)),
        .ifnet("Check", CheckReply(findings: [FullValues.finding])),
        .ifnet("Explain", FullValues.explanation),
        .ifnet("Monitor", FullValues.event),
        .ifnet("Monitor", MonitorReply(.interface, name: "stf0", interface: FullValues.interface)),
        .ifnet("Apply", ApplyReply(results: [FullValues.result])),
        .inet6("List", Inet6ListReply(interfaces: [FullValues.inet6])),
        .inet6("Apply", ApplyReply(results: [FullValues.result])),
        .mib("Read", ReadReply(variables: [FullValues.variable], node: FullValues.node)),
        .mib("Write", WriteReply(changes: [FullValues.variableChange])),
        .mib("Monitor", VariableEvent(.changed, FullValues.variableChange)),
        .faith("Show", FaithShowReply(interfaces: [FullValues.faith, FullValues.faith])),
        .faith("Sessions", SessionsReply(sessions: [FullValues.session])),
        .faith("Kill", KillReply(killed: 2)),
        .faith("Monitor", FullValues.sessionEvent),
        .puppet("Show", PuppetShowReply(interfaces: [FullValues.puppet, FullValues.puppet])),
        .boot("Reload", ReloadReply(changes: ["one"], faults: ["two"], warnings: ["three"])),
        .puppet("Attach", AttachReply(sessions: 3)),
    ]

    @Test(arguments: structures)
    func `a structure has the fields of its Swift type`(pair: Pair) throws {
        try hold(pair, against: try #require(try shipped(pair.interface).types[pair.name]))
    }

    @Test(arguments: inputs)
    func `the parameters of a method are its Swift type`(pair: Pair) throws {
        try hold(pair, against: try #require(try shipped(pair.interface).methods[pair.name]).input)
    }

    @Test(arguments: outputs)
    func `the reply of a method is its Swift type`(pair: Pair) throws {
        try hold(pair, against: try #require(try shipped(pair.interface).methods[pair.name]).output)
    }

    @Test(arguments: enumerations)
    func `an enumeration has the cases of its Swift type`(name: String, cases: [String]) throws {
        #expect(try shipped(IfnetMethod.interface).types[name] == .enumeration(cases))
    }

    @Test(arguments: inet6Enumerations)
    func `an enumeration of inet6 has the cases of its Swift type`(name: String, cases: [String]) throws {
        #expect(try shipped(Inet6Method.interface).types[name] == .enumeration(cases))
    }

    @Test func `an enumeration without a name has the cases of its Swift type`() throws {
        let direction = field("direction", of: try shipped(IfnetMethod.interface).types["Drop"])
        #expect(direction == .enumeration(Direction.allCases.map(\.rawValue)))
        let severity = field("severity", of: try shipped(IfnetMethod.interface).types["Finding"])
        #expect(severity == .enumeration(Finding.Severity.allCases.map(\.rawValue)))
        let event = field("event", of: try shipped(IfnetMethod.interface).methods["Monitor"]?.output)
        #expect(event == .enumeration(MonitorReply.Event.allCases.map(\.rawValue)))
        let verdict = field("verdict", of: try shipped(IfnetMethod.interface).methods["Explain"]?.output)
        #expect(verdict == .enumeration(ExplainReply.Verdict.allCases.map(\.rawValue)))
        let variableEvent = field("event", of: try shipped(MIBMethod.interface).methods["Monitor"]?.output)
        #expect(variableEvent == .enumeration(VariableEvent.Event.allCases.map(\.rawValue)))
        let type = field("type", of: try shipped(MIBMethod.interface).types["Variable"])
        #expect(type == .enumeration(VariableType.allCases.map(\.rawValue)))
        let sessionEvent = field("event", of: try shipped(FaithMethod.interface).methods["Monitor"]?.output)
        #expect(sessionEvent == .enumeration(SessionEvent.Event.allCases.map(\.rawValue)))
    }

    @Test(arguments: [
        (IfnetMethod.interface, IfnetMethod.allCases.map(\.rawValue), enumerations.map(\.0)),
        (Inet6Method.interface, Inet6Method.allCases.map(\.rawValue), inet6Enumerations.map(\.0)),
        (MIBMethod.interface, MIBMethod.allCases.map(\.rawValue), []),
        (FaithMethod.interface, FaithMethod.allCases.map(\.rawValue), []),
        (BootMethod.interface, BootMethod.allCases.map(\.rawValue), []),
    ])
    func `nothing is without a Swift type`(name: String, methods: [String], enumerations: [String]) throws {
        let interface = try shipped(name)
        let names = { (pairs: [Pair]) in Set(pairs.filter { $0.interface == name }.map(\.name)) }
        #expect(Set(interface.types.keys) == names(InterfaceContractTests.structures).union(enumerations))
        #expect(Set(interface.methods.keys) == Set(methods))
        #expect(names(InterfaceContractTests.inputs) == Set(methods))
        #expect(names(InterfaceContractTests.outputs) == Set(methods))
    }

    @Test func `only reading is for everyone`() {
        #expect(IfnetMethod.allCases.filter(\.isReadOnly) == [.list, .cloners, .check, .explain, .monitor])
        #expect(Inet6Method.allCases.filter(\.isReadOnly) == [.list])
        #expect(Inet6Method.apply.name == "io.hydrangea.inet6.Apply")
        #expect(MIBMethod.allCases.filter(\.isReadOnly) == [.read, .monitor])
        #expect(IfnetMethod.apply.name == "io.hydrangea.ifnet.Apply")
        #expect(MIBMethod.write.name == "io.hydrangea.mib.Write")
        #expect(FaithMethod.allCases.filter(\.isReadOnly) == [.show, .sessions, .monitor])
        #expect(BootMethod.allCases.filter(\.isReadOnly) == [])
        #expect(PuppetMethod.allCases.filter(\.isReadOnly) == [.show])
        #expect(FaithMethod.kill.name == "io.hydrangea.faith.Kill")
    }

    @Test func `absent fields are not encoded`() throws {
        #expect(try keys(Change(interface: "stf0")) == ["interface"])
        #expect(try keys(AddressChange(address: "::1")) == ["address"])
        #expect(try keys(Inet6Change(interface: "eth0")) == ["interface"])
        #expect(try keys(Inet6AddressChange(address: "::1")) == ["address"])
        #expect(try keys(ListParameters()) == [])
        #expect(try keys(FaithChange()) == [])
        #expect(try keys(RelayChange(service: "22")) == ["service"])
        #expect(try keys(FaithShowParameters()) == [])
        #expect(try keys(SessionEvent(.current)) == ["event"])
    }

    /// What a tool shows of an interface's errors does not depend on which interface it asked.
    @Test func `the errors of all interfaces are the same`() throws {
        let errors = try shipped(IfnetMethod.interface).errors
        #expect(errors.count == 5)
        for name in [Inet6Method.interface, MIBMethod.interface, FaithMethod.interface, BootMethod.interface] {
            #expect(try shipped(name).errors == errors, "\(name)")
        }
    }

    private func hold(_ pair: Pair, against type: VarlinkType) throws {
        let offender = try shipped(pair.interface).offender(in: try json(pair.value), as: type)
        #expect(offender == nil)
        #expect(try keys(pair.value) == fieldNames(type))
        #expect(try isUnchanged(pair.value), "it decodes to what it was")
    }

    private func isUnchanged<Value: Codable>(_ value: Value) throws -> Bool {
        try VarlinkWire.encode(try VarlinkWire.convert(value, to: Value.self)) == VarlinkWire.encode(value)
    }
}
