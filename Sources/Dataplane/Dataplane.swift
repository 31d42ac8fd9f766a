// SPDX-License-Identifier: BSD-2-Clause
public import Control
public import Inet6Control
public import KernelPrograms
public import Logging
public import Netlink
public import SystemIO

/// Makes the owners of what there is in this network namespace that is ours, asks them, and says in which order they
/// follow. All of it belongs to the control thread.
public final class Dataplane {
    let host: Host
    let addresses = HostAddresses()
    let kinds: Kinds
    let interfaces: InterfaceTable
    /// What the kernel refused of what was to follow from its own changes, and somebody was told.
    private var told: [Refusal] = []
    private let started = nanosecondsSince1970()

    /// Where the configuration is.
    public static let usualDirectory = "/etc/inet6d"

    /// - Parameter log: takes what an admin should know.
    /// - Parameter pins: where that can be which outlives this process; nil: nothing does.
    /// - Parameter directory: where keys are.
    public init(
        log: Logger, node: NodeEnforcement, pins: Pins? = nil, directory: String = usualDirectory
    ) throws(SystemError) {
        host = try Host(variables: Variables(), node: NodePolicy(node, log: log), log: log)
        kinds = Kinds(pins: pins, directory: directory)
        interfaces = InterfaceTable(kinds.all)
    }

    /// Takes up what another process has left, which goes on until it hears of it and calls `retire`.
    /// - Parameter node: made from the same estate, as are the pins.
    public init(
        log: Logger, node: NodeEnforcement, from estate: Estate, pins: Pins? = nil, directory: String = usualDirectory
    ) throws(SystemError) {
        host = try Host(variables: Variables(), node: NodePolicy(node, log: log), log: log, from: estate)
        kinds = Kinds(pins: pins, directory: directory)
        interfaces = InterfaceTable(kinds.all)
        for refusal in try interfaces.adopt(from: estate, on: host) { log.error("not taken up: \(refusal.line)") }
        interfaces.settle()
        follow()
        for name in estate.closeUnclaimed() { log.notice("\(name) was left, and nobody takes it up") }
    }

    /// Leaves everything to the next process, each owner in the order in which they follow, and goes on until `retire`.
    public func leave(to estate: Estate) throws(SystemError) {
        try host.leave(to: estate)
        try interfaces.leave(to: estate)
    }

    /// Ends all threads, for another process has taken up what they did. Nothing goes that it has.
    public func retire() { interfaces.stop() }

    // MARK: events

    /// Readable when the kernel has something to tell.
    public var pollables: [PollDescriptor] { host.pollables }

    /// Takes in what changed in the kernel and lets the interfaces follow.
    public func followKernel() throws(NetlinkError) {
        if try interfaces.takeEvents(on: host, atMost: Host.turn) { follow() }
    }

    /// Readable when threads of interfaces have something to tell.
    public var news: PollDescriptor { host.news.pollable }

    /// Lets the interfaces follow what their threads have to tell.
    public func followThreads() {
        host.news.clear()
        follow()
    }

    /// Readable when a dropped packet is to be logged.
    public var drops: PollDescriptor { host.dropLog.pollable }

    public func logDrops() { host.logDrops() }

    /// Readable when a packet could not be forwarded and somebody should know; nil if that is not seen.
    public var unforwarded: PollDescriptor? { host.node.unforwarded }

    public func logUnforwarded() { host.node.logUnforwarded(host) }

    /// Changes with everything that may have changed what an interface shows.
    private(set) var generation: UInt64 = 0

    /// Lets everybody follow what is true now. What the kernel refuses of it is logged once, until it is another refusal.
    private func follow() {
        for refusal in newRefusals() { host.log.error("\(refusal.line)") }
    }

    /// The same for who tells of it.
    /// - Returns: what it has not refused before: an old trouble of an interface keeps nothing else from being said of it.
    private func newRefusals() -> [Refusal] {
        generation += 1
        let refusals = interfaces.follow(host) + host.anycasts.follow(host)
        let news = refusals.filter { !told.contains($0) }
        told = refusals
        return news
    }

    /// What the kernel has now is known, so that nothing is decided or shown by what was before. Only what is new is
    /// followed.
    /// - Parameter isSure: whatever it costs, for who is to change something; others ask too often for that.
    private func refresh(isSure: Bool = false) throws(Refusal) {
        if try interfaces.refresh(on: host, isSure: isSure) { follow() }
    }

    // MARK: what is counted

    /// What everybody has counted. Nothing follows from its being read.
    public var metrics: Metrics {
        var metrics = Metrics()
        metrics.add(.build, Hydrangea.version, value: 1)
        metrics.add(.start, value: started / 1_000_000_000)
        interfaces.count(in: &metrics)
        host.node.count(in: &metrics)
        return metrics
    }

    // MARK: interfaces of ours

    public func list(_ name: String?, counters: Bool) throws(Refusal) -> [InterfaceStatus] {
        try listing(name, counters: counters).all()
    }

    /// The same, a few at a time.
    func listing(_ name: String?, counters: Bool) throws(Refusal) -> Listing<InterfaceStatus> {
        try refresh()
        let found = try name.map { name throws(Refusal) in [try interfaces.existing(name)] } ?? interfaces.all
        return Listing(of: found.map(\.name)) { [interfaces, host] name in
            interfaces[name].map { [$0.status(counters: counters, on: host)] } ?? []
        }
    }

    /// Why packets would or would not pass an interface.
    func check(_ name: String) throws(Refusal) -> [Finding] {
        try refresh()
        let interface = try interfaces.existing(name)
        let isUp = interface.record(on: host).isUp
        return (isUp ? [] : [Finding(.problem, "the interface is down")]) + interface.check(on: host)
    }

    /// Makes all of the changes or none.
    /// - Parameter isForRoot: whether who asks may do what reaches beyond interfaces of ours.
    public func apply(
        _ changes: [Change], isIdempotent: Bool, isForRoot: Bool = true
    ) throws(Refusal) -> [ChangeResult] {
        try refresh(isSure: true)
        var planner = interfaces.planner(on: host, isIdempotent: isIdempotent, isForRoot: isForRoot)
        return try perform(try planner.plan(changes))
    }

    private func perform(_ plan: Plan) throws(Refusal) -> [ChangeResult] {
        try InterfaceSteps(interfaces: interfaces, addresses: addresses, host: host, follow: newRefusals).perform(
            plan.steps)
        return plan.results
    }

    /// What is of one kind is done or shown by what is true now.
    func existing<Kind>(_ name: String, _ kind: Clones<Kind>) throws(Refusal) -> Kind.Instance {
        try refresh()
        return try interfaces.existing(name, in: kind)
    }

    /// One of them, or all.
    func existing<Kind>(_ name: String?, of kind: Clones<Kind>) throws(Refusal) -> [Kind.Instance] {
        try refresh()
        return try name.map { name throws(Refusal) in [try interfaces.existing(name, in: kind)] } ?? kind.all
    }

    // MARK: addresses of any interface

    /// One interface, or all by index, whoever made them, a few at a time.
    func inet6Listing(_ name: String?) throws(Refusal) -> Listing<Inet6Status> {
        try refresh()
        return try addresses.listing(name, on: host, own: interfaces)
    }

    /// Makes all of the changes or none.
    func apply(_ changes: [Inet6Change], isIdempotent: Bool) throws(Refusal) -> [ChangeResult] {
        try refresh(isSure: true)
        var planner = try addresses.planner(
            for: changes, own: interfaces.planner(on: host, isIdempotent: isIdempotent), on: host)
        return try perform(try planner.plan(changes))
    }

    // MARK: variables

    /// What is asked for, if it is a node, and the variables there, a few at a time.
    func variableListing(_ name: String?) throws(Refusal) -> (node: NodeStatus?, Listing<VariableStatus>) {
        try host.variables.listing(name, on: host)
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

    // MARK: a configuration

    /// Makes what a configuration says, each file for itself: what is refused of one keeps no other down.
    /// - Returns: what was refused.
    public func start(with configuration: BootConfiguration) -> [BootFault] {
        var faults: [BootFault] = []
        for (place, refusal) in host.variables.settle(configuration.assignments, on: host) {
            let variable = configuration.variables[place]
            faults.append(BootFault(variable.place, refusal, of: variable.assignment))
        }
        host.followVariables()
        for file in configuration.files {
            do throws(Refusal) {
                try make(file.changes)
            } catch {
                faults.append(file.fault(error))
            }
        }
        interfaces.settle()
        follow()
        return faults
    }

    /// Interfaces of a process that was killed, which carry packets until `start`.
    public var remains: [String] { interfaces.remains(on: host) }

    /// Makes interfaces, or all is as it was. One that a process which was killed has left is taken up where it is, and has
    /// in the end what a new one would.
    private func make(_ changes: [Change]) throws(Refusal) {
        try refresh(isSure: true)
        var planner = interfaces.planner(on: host, isIdempotent: false)
        _ = try perform(try planner.plan(changes))
        for name in Set(changes.map(\.interface)) {
            guard let interface = interfaces[name], interface.isResumed, let wanted = planner.interfaces[name] else {
                continue
            }
            _ = try perform(Plan(steps: Plan.Step.trimming(interface.record(on: host), to: wanted)))
        }
    }

    /// Brings interfaces and variables to what a configuration says: all of it, or everything is as it was. What it does not
    /// name stays.
    public func apply(
        _ configuration: BootConfiguration
    ) throws(Refusal) -> (variables: [VariableChange], interfaces: [ChangeResult]) {
        try refresh(isSure: true)
        // What nobody acts on here was no hindrance at the start either.
        let (assignments, refusals) = host.variables.enforceable(configuration.assignments, on: host)
        for refusal in refusals { host.log.warning("\(refusal.line)") }
        var transaction = try host.variables.transaction(of: assignments, on: host)
        var planner = interfaces.planner(on: host, variables: transaction.mib, isIdempotent: true)
        let plan = try planner.plan(configuration.changes)
        // Also those follow again whose variables were taken back.
        defer {
            host.followVariables()
            follow()
        }
        let results = try host.variables.commit(&transaction) { () throws(Refusal) in
            host.followVariables()
            return try perform(plan)
        }
        return (transaction.changes, results)
    }

    // MARK: end

    /// Removes every interface.
    public func stop() { interfaces.removeAll(on: host) }
}
