// SPDX-License-Identifier: BSD-2-Clause
public import Control
public import Inet6Control
import Internet
public import Logging
public import Netlink
public import SystemIO
import SystemPackage

/// The interfaces of this network namespace that are ours. All of it belongs to the control thread.
public final class Dataplane {
    let host: Host
    let addresses = HostAddresses()
    var interfaces: [UInt32: InterfaceClone] = [:]
    /// What captures for the faith interfaces; there while there is one.
    var capture: FaithCapturing?

    /// - Parameter log: takes what an admin should know.
    public init(log: Logger, node: NodeEnforcement) throws(SystemError) {
        host = try Host(variables: Variables(), node: NodePolicy(node, log: log), log: log)
    }

    // MARK: events

    /// Readable when the kernel has something to tell.
    public var pollable: PollDescriptor { host.pollable }

    /// Takes in what changed in the kernel and lets the interfaces follow.
    public func followKernel() throws(NetlinkError) {
        if try takeEvents() { follow() }
    }

    /// Readable when a dropped packet is to be logged.
    public var drops: PollDescriptor { host.dropLog.pollable }

    /// Logs it.
    public func logDrops() { host.logDrops() }

    /// Readable when a packet could not be forwarded and somebody should know; nil if that is not seen.
    public var unforwarded: PollDescriptor? { host.node.unforwarded }

    public func logUnforwarded() { host.node.logUnforwarded(host) }

    // MARK: requests

    public func list(_ name: String?, counters withCounters: Bool) throws(Refusal) -> [InterfaceStatus] {
        try refresh()
        if let name, named(name) == nil { throw Refusal.notFound(name) }
        return interfaces.values
            .compactMap { status(of: $0, counters: withCounters) }
            .filter { name == nil || $0.name == name }
            .sorted { ($0.name.count, $0.name) < ($1.name.count, $1.name) }
    }

    /// Makes all of the changes or none.
    public func apply(_ changes: [Change], isIdempotent: Bool) throws(Refusal) -> [ChangeResult] {
        try refresh()
        var planner = planner(isIdempotent: isIdempotent)
        let plan = try planner.plan(changes)
        try perform(plan.steps)
        return plan.results
    }

    /// One interface, or all by index, whoever made them.
    func listInet6(_ name: String?) throws(Refusal) -> [Inet6Status] {
        try refresh()
        return try addresses.list(name, on: host, own: interfaces)
    }

    /// Makes all of the changes or none.
    func apply(_ changes: [Inet6Change], isIdempotent: Bool) throws(Refusal) -> [ChangeResult] {
        try refresh()
        var planner = try addresses.planner(
            for: changes, own: planner(isIdempotent: isIdempotent), on: host, isIdempotent: isIdempotent)
        let plan = try planner.plan(changes)
        try perform(plan.steps)
        return plan.results
    }

    func readVariables(_ name: String?) throws(Refusal) -> ReadReply {
        try host.variables.read(name, on: host)
    }

    /// Sets all of the variables or none; they decide over packets from now on.
    /// - Parameter isCheck: sets none.
    public func write(_ assignments: [Assignment], isCheck: Bool) throws(Refusal) -> [VariableChange] {
        let changes = try host.variables.write(assignments, isCheck: isCheck, on: host)
        guard !isCheck else { return changes }
        host.followVariables()
        follow()
        return changes
    }

    /// Removes every interface.
    public func stop() {
        for interface in interfaces.values { remove(interface) }
    }

    // MARK: state

    /// What the kernel has now is known, so that nothing is decided or shown by what was before. Reading alone has the
    /// interfaces follow nothing.
    func refresh() throws(Refusal) {
        let isNews = try host.reading { () throws(NetlinkError) in
            var isNews = try takeEvents()
            for index in interfaces.keys where try host.read(index) { isNews = true }
            return isNews
        }
        if isNews { follow() }
    }

    /// The same for one interface, after a step that concerned no other, and before what follows from all steps.
    func refresh(_ index: UInt32) throws(Refusal) {
        try host.reading { () throws(NetlinkError) in
            _ = try takeEvents()
            _ = try host.read(index)
        }
    }

    /// The same where no interface is, or is no longer, to be read.
    func refreshLinks() throws(Refusal) {
        try host.reading { () throws(NetlinkError) in _ = try takeEvents() }
    }

    /// Whether anything happened.
    private func takeEvents() throws(NetlinkError) -> Bool {
        guard try host.takeEvents() else { return false }
        for (index, interface) in interfaces where host.network.links[index] == nil {
            host.log.notice("\(interface.name): removed by somebody else")
            remove(interface)
        }
        return true
    }

    /// Lets everybody follow what is true now, each after those whom it follows.
    func follow() {
        followRules()
        host.anycasts.follow(host)
    }

    /// Ends what an interface does; its device goes with it.
    func remove(_ interface: InterfaceClone) {
        interface.stop()
        interfaces[interface.index] = nil
        if case .faith = interface { releaseCapture(of: interface.index) }
    }

    func planner(isIdempotent: Bool) -> Planner {
        let records = interfaces.values.compactMap { record(of: $0) }
        let others = Set(host.network.links.values.filter { interfaces[$0.index] == nil }.map(\.name))
        return Planner(
            interfaces: records, otherNames: others, permits: StfPermissions(host.variables.mib),
            isIdempotent: isIdempotent)
    }

    func record(of interface: InterfaceClone) -> InterfaceRecord? {
        guard let link = host.network.links[interface.index] else { return nil }
        var record = InterfaceRecord(new: link.name, kind: interface.kind)
        record.description = link.alias
        record.mtu = link.mtu
        record.isUp = link.flags.contains(.up)
        record.addresses = addresses(of: interface.index).map {
            AddressRecord(
                address: $0.address, prefixLength: $0.prefixLength, preferred: $0.preferred, valid: $0.valid)
        }
        record.addresses += host.anycasts[interface.index].map {
            AddressRecord(address: $0.address, prefixLength: $0.prefixLength, isAnycast: true)
        }
        switch interface {
        case .stf(let stf):
            record.linkFlags = stf.linkFlags
            record.sixRD = stf.sixRD
            record.isAuto = stf.isAuto
        case .faith(let faith):
            record.faith = faith.record
        }
        return record
    }

    func addresses(of index: UInt32) -> [IPv6InterfaceAddress] {
        host.network.ipv6Addresses[index] ?? []
    }

    func named(_ name: String) -> InterfaceClone? {
        host.network.link(named: name).flatMap { interfaces[$0.index] }
    }

    /// The stf interface of this name.
    func stf(named name: String) throws(Refusal) -> StfInterface {
        switch named(name) {
        case .stf(let interface): return interface
        case .faith: throw Refusal(name, nil, .EINVAL, "not an stf interface")
        case nil: throw .notFound(name)
        }
    }
}
