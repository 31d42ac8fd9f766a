// SPDX-License-Identifier: BSD-2-Clause
import Inet6Control
public import Control
import Internet
public import Logging
public import Netlink
public import SystemIO
import SystemPackage

/// The interfaces of this network namespace that are ours. All of it belongs to the control thread.
public final class Dataplane {
    var network: KernelNetwork
    let requests: RouteSocket
    private let events: RouteEvents
    var interfaces: [UInt32: InterfaceClone] = [:]
    /// What captures for the faith interfaces; there while there is one.
    var capture: FaithCapturing?
    /// The anycast addresses that we joined on interfaces of others.
    var hostAnycasts: [UInt32: [AnycastAddress]] = [:]
    var mib = MIB()
    /// The kernel's variables as they were when somebody who monitors was told last.
    var lookedAt: [MIBVariable: Int]?
    /// Changes of variables that nobody has been told of yet.
    private var variableNews: [VariableChange] = []
    let errorLimit = ErrorLimit()
    let dropLog: DropLog
    let node: NodeEnforcement
    let nodeCounters = NodeCounters()
    let log: Logger

    /// - Parameter log: takes what an admin should know.
    public init(log: Logger, node: NodeEnforcement) throws(SystemError) {
        self.log = log
        dropLog = try DropLog()
        self.node = node
        do throws(NetlinkError) {
            events = try RouteEvents()
            requests = try RouteSocket()
            network = try KernelNetwork(requests: requests)
        } catch {
            throw SystemError(object: "rtnetlink", error.errno)
        }
        if case .none(let error) = node { log.warning("node variables act on our interfaces only: \(error)") }
        followNodeAddresses()
        followVariables()
    }

    // MARK: the kernel's events

    public var pollable: PollDescriptor { events.pollable }

    /// Takes in what changed in the kernel and lets the interfaces follow.
    public func followKernel() throws(NetlinkError) {
        if try takeEvents() { followRules() }
    }

    /// Whether anything happened.
    private func takeEvents() throws(NetlinkError) -> Bool {
        let events = try events.next()
        guard !events.isEmpty else { return false }
        let before = Set(network.links.values.map(\.name))
        let addresses = network.ipv6Addresses
        try network.apply(events)
        if network.ipv6Addresses != addresses { followNodeAddresses() }
        dropRemoved()
        grantWishes(of: Set(network.links.values.map(\.name)).subtracting(before))
        for case .stf(let interface) in interfaces.values { interface.forgetRoutes() }
        return true
    }

    // MARK: dropped packets

    /// Readable when one is to be logged.
    public var drops: PollDescriptor { dropLog.pollable }

    /// `stf0: dropped on input: ingress: 198.51.100.7 > 192.0.2.1: 2002:c633:6407::1 > 2001:db8::1`
    public func logDrops() {
        guard let entry = dropLog.take(), let link = network.links[entry.interface] else { return }
        let others = entry.others > 0 ? " (and \(entry.others) others before)" : ""
        log.notice(
            "\(link.name): dropped on \(entry.direction): \(entry.reason): \(entry.packet)\(others)")
    }

    private func dropRemoved() {
        hostAnycasts = hostAnycasts.filter { network.links[$0.key] != nil }
        for (index, interface) in interfaces where network.links[index] == nil {
            log.notice("\(interface.name): removed by somebody else")
            remove(interface)
        }
    }

    /// Ends what an interface does; its device goes with it.
    func remove(_ interface: InterfaceClone) {
        interface.stop()
        interfaces[interface.index] = nil
        if case .faith = interface { releaseCapture(of: interface.index) }
    }

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

    /// Lets those follow who act on our own variables.
    func followVariables() {
        errorLimit.set(perSecond: mib[.errppslimit])
        dropLog.set(interval: .seconds(mib[.logInterval]))
        followNodeVariables()
    }

    /// To be called with every change of a variable, whoever makes it, so that those hear of it who monitor.
    func noteChange(_ change: VariableChange) {
        guard change.old != change.new else { return }
        variableNews.append(change)
    }

    /// The changes since the last time.
    func takeVariableNews() -> [VariableChange] {
        defer { variableNews = [] }
        return variableNews
    }

    /// Removes every interface.
    public func stop() {
        for interface in interfaces.values { remove(interface) }
    }

    // MARK: state

    func planner(isIdempotent: Bool) -> Planner {
        let records = interfaces.values.compactMap { record(of: $0) }
        let others = Set(network.links.values.filter { interfaces[$0.index] == nil }.map(\.name))
        return Planner(
            interfaces: records, otherNames: others, permits: StfPermissions(mib), isIdempotent: isIdempotent)
    }

    func record(of interface: InterfaceClone) -> InterfaceRecord? {
        guard let link = network.links[interface.index] else { return nil }
        var record = InterfaceRecord(new: link.name, kind: interface.kind)
        record.description = link.alias
        record.mtu = link.mtu
        record.isUp = link.flags.contains(.up)
        record.addresses = addresses(of: interface.index).map {
            AddressRecord(
                address: $0.address, prefixLength: $0.prefixLength, preferred: $0.preferred, valid: $0.valid)
        }
        switch interface {
        case .stf(let stf):
            record.linkFlags = stf.linkFlags
            record.sixRD = stf.sixRD
            record.isAuto = stf.isAuto
            if let anycast = stf.anycast {
                record.addresses.append(
                    AddressRecord(address: anycast.address, prefixLength: anycast.prefixLength, isAnycast: true))
            }
        case .faith(let faith):
            record.faith = faith.record
        }
        return record
    }

    func addresses(of index: UInt32) -> [IPv6InterfaceAddress] {
        network.ipv6Addresses[index] ?? []
    }

    func named(_ name: String) -> InterfaceClone? {
        network.link(named: name).flatMap { interfaces[$0.index] }
    }

    /// The stf interface of this name.
    func stf(named name: String) throws(Refusal) -> StfInterface {
        switch named(name) {
        case .stf(let interface): return interface
        case .faith: throw Refusal(name, nil, .EINVAL, "not an stf interface")
        case nil: throw .notFound(name)
        }
    }

    /// What the kernel has now is known, so that nothing is decided or shown by what was before. Reading alone has the
    /// interfaces follow nothing.
    func refresh() throws(Refusal) {
        var isNews = false
        try reporting { () throws(NetlinkError) in
            isNews = try takeEvents()
            for index in interfaces.keys where try network.read(index) { isNews = true }
        }
        if isNews { followRules() }
    }

    /// The same for one interface, after a step that concerned no other, and before what follows from all steps.
    func refresh(_ index: UInt32) throws(Refusal) {
        try reporting { () throws(NetlinkError) in
            _ = try takeEvents()
            _ = try network.read(index)
        }
    }

    /// The same where no interface is, or is no longer, to be read.
    func refreshLinks() throws(Refusal) {
        try reporting { () throws(NetlinkError) in _ = try takeEvents() }
    }

    func reporting(_ body: () throws(NetlinkError) -> Void) throws(Refusal) {
        do throws(NetlinkError) {
            try body()
        } catch {
            throw Refusal("inet6d", "rtnetlink", BSDErrno(error.errno))
        }
    }
}
