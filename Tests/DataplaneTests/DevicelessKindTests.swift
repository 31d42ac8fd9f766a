// SPDX-License-Identifier: BSD-2-Clause
import Control
import KernelPrograms
import Logging
import Netlink
import SystemIO
import TestSupport
import Testing
import Words

@testable import Dataplane

/// A kind of interfaces without a device of the kernel's, such as one that lives on somebody else's device. It has its own
/// state, and a file each for its interface and its cloner is all that the common code wants of it.
private final class DollInterface: Interface {
    var name: String
    private(set) var part: KindRecord
    private var record: InterfaceRecord
    private(set) var isStopped = false

    init(_ name: String) {
        self.name = name
        part = KindRecord(new: .stf)
        record = InterfaceRecord(new: name, part)
    }

    var index: UInt32? { nil }

    func record(on host: Host) -> InterfaceRecord {
        var now = record
        now.part = part
        return now
    }

    func set(_ setting: InterfaceSetting, on host: Host) throws(Refusal) {
        switch setting {
        case .description(let text): record.description = text
        case .mtu(let bytes): record.mtu = bytes
        case .up(let isUp): record.isUp = isUp
        case .address(let from, let to): throw Refusal(name, (to ?? from)?.words, .EOPNOTSUPP)
        }
    }

    func configure(_ part: KindRecord, on host: Host) throws(Refusal) { self.part = part }

    func describe(in status: inout InterfaceStatus, counters: Bool, on host: Host) { status.ipv4 = "doll" }

    func check(on host: Host) -> [Finding] { [Finding(.note, "a doll")] }

    func count(in metrics: inout Metrics) { metrics.add(.inputPackets, name, value: 7) }

    func leave(to estate: Estate) throws(SystemError) {
        try estate.put(InterfaceLegacy(name, index, part), as: name)
    }

    func stop() { isStopped = true }
}

private final class DollCloner: Cloner {
    static let kind = InterfaceKind.stf
    static let noun = "a doll"
    private(set) var released: [String] = []
    private(set) var followed: [[String]] = []

    func make(_ name: String, on host: Host) throws(Refusal) -> DollInterface {
        if name == "stf13" { throw Refusal(name, "create", .EIO) }
        return DollInterface(name)
    }

    func follow(_ interfaces: [DollInterface], on host: Host) -> [Refusal] {
        followed.append(interfaces.map(\.name))
        return []
    }

    func release(_ interface: DollInterface, on host: Host) { released.append(interface.name) }

    func adopt(
        _ name: String, _ legacy: InterfaceLegacy, from estate: Estate, on host: Host
    ) throws(Refusal) -> DollInterface {
        let doll = DollInterface(name)
        try doll.configure(try legacy.part(of: DollCloner.kind), on: host)
        return doll
    }

    func leave(to estate: Estate) throws(SystemError) {}

    func stop() {}
}

@Suite struct DevicelessKindTests {
    @Test func `an interface without a device lives by its name`() throws {
        try with { steps, clones in
            try perform("stf0 create", "stf0 mtu 1400 description x link1 up", "stf7 create", on: steps)
            #expect(steps.interfaces.all.map(\.name) == ["stf0", "stf7"])
            #expect(clones.cloner.followed.last == ["stf0", "stf7"])
            let status = try steps.interfaces.existing("stf0").status(counters: true, on: steps.host)
            #expect(status.mtu == 1400 && status.description == "x" && status.flags == [.up] && status.index == 0)
            #expect(status.ipv4 == "doll")
            // No event of the kernel's is about it, whatever happens there.
            _ = try steps.host.reading { () throws(NetlinkError) in try steps.interfaces.takeEvents(on: steps.host) }
            #expect(try !steps.interfaces.refresh(on: steps.host, isSure: true))
            #expect(steps.interfaces.all.count == 2)
            let doll = try steps.interfaces.existing("stf7", in: clones)
            try perform("stf7 destroy", on: steps)
            #expect(doll.isStopped && clones.cloner.released == ["stf7"])
            steps.interfaces.removeAll(on: steps.host)
            #expect(clones.cloner.released == ["stf7", "stf0"] && steps.interfaces.all.isEmpty)
        }
    }

    @Test func `what it refuses is undone`() throws {
        try with { steps, clones in
            try perform("stf0 create", on: steps)
            #expect(throws: Refusal("stf0", "inet6 2002:c000:201::1/16", .EOPNOTSUPP)) {
                try perform("stf0 mtu 1400 link0", "stf1 create", "stf0 inet6 2002:c000:201::1/16", on: steps)
            }
            #expect(throws: Refusal("stf13", "create", .EIO)) { try perform("stf2 create", "stf13 create", on: steps) }
            #expect(steps.interfaces.all.map(\.name) == ["stf0"])
            let record = try steps.interfaces.existing("stf0").record(on: steps.host)
            #expect(record == InterfaceRecord(new: "stf0", kind: .stf))
            #expect(throws: Refusal("lo", nil, .ENXIO, "not an interface of inet6d")) {
                try perform("lo mtu 1400", on: steps)
            }
        }
    }

    @Test func `what was said of it is there for the next`() throws {
        try with { steps, _ in
            try perform("stf0 create", "stf0 link2", on: steps)
            let estate = Estate()
            try steps.interfaces.leave(to: estate)
            steps.interfaces.stop()
            try with { steps, clones in
                let refused = try steps.interfaces.adopt(from: Estate(document: estate.document), on: steps.host)
                #expect(refused == [])
                guard case .stf(let record) = clones["stf0"]?.part else { throw CommandFailure(description: "gone") }
                #expect(record.linkFlags == LinkBits(link2: true))
            }
        }
    }

    private func perform(_ lines: String..., on steps: InterfaceSteps) throws {
        var planner = steps.interfaces.planner(on: steps.host, isIdempotent: false)
        let changes = try lines.map { line in
            let words = try CommandFile.lines(of: line).flatMap(\.words)
            guard case .change(let change) = try InterfaceCommand(parsing: words, for: .stf) else {
                throw CommandFailure(description: "\(line): no change")
            }
            return change
        }
        try steps.perform(try planner.plan(changes).steps)
    }

    private func with(_ body: (InterfaceSteps, Clones<DollCloner>) throws -> Void) throws {
        try inOwnNetwork([]) {
            let log = Logger(label: "test")
            let host = try Host(variables: Variables(), node: NodePolicy(.none(.permission), log: log), log: log)
            let clones = Clones(DollCloner())
            let interfaces = InterfaceTable([clones])
            try body(
                InterfaceSteps(interfaces: interfaces, addresses: HostAddresses(), host: host) {
                    interfaces.follow(host)
                }, clones)
        }
    }
}
