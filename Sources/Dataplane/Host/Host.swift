// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
import Logging
import Netlink
import SystemIO
import SystemPackage

/// This host as the kernel has it, with what all interfaces need of it. It knows no kind of them.
final class Host {
    private(set) var network: KernelNetwork
    let requests: RouteSocket
    let variables: Variables
    let node: NodePolicy
    let anycasts = Anycasts()
    let errorLimit = ErrorLimit()
    let dropLog: DropLog
    /// Signalled by the threads of interfaces that have something to tell, which is to be followed.
    let news: WakeEvent
    let log: Logger
    /// Changes whenever the kernel has told of a change: what was remembered of its routes may be wrong then.
    private(set) var generation: UInt64 = 0

    private let events: RouteEvents
    /// When routes that events have left in doubt are to be read anew, and when not all was followed.
    private let alarm: Alarm

    /// - Parameter estate: what another process has left.
    init(variables: Variables, node: NodePolicy, log: Logger, from estate: Estate? = nil) throws(SystemError) {
        self.variables = variables
        self.node = node
        self.log = log
        dropLog = try DropLog()
        news = try WakeEvent()
        alarm = try Alarm()
        do throws(NetlinkError) {
            events = try RouteEvents()
            requests = try RouteSocket()
            network = try KernelNetwork(requests: requests)
        } catch {
            throw SystemError(object: "rtnetlink", error.errno)
        }
        if let estate {
            try variables.adopt(from: estate)
            try node.adopt(from: estate)
            try anycasts.adopt(from: estate)
        }
        node.follow(network)
        followVariables()
    }

    func leave(to estate: Estate) throws(SystemError) {
        try variables.leave(to: estate)
        try node.leave(to: estate)
        try anycasts.leave(to: estate)
    }

    // MARK: what changes

    /// Readable when the kernel has something to tell, or is to be asked.
    var pollables: [PollDescriptor] { [events.pollable, alarm.pollable] }

    /// Takes in what the kernel has told. Who is concerned is to follow.
    /// - Parameter limit: of events; there may be more then.
    /// - Parameter isSure: reads all anew that events leave in doubt, now and not when it is time for it.
    /// - Returns: whether there was anything.
    func takeEvents(atMost limit: Int = RouteEvents.all, isSure: Bool = false) throws(NetlinkError) -> Bool {
        let events = try events.next(atMost: limit)
        let isDue = alarm.hasCome()
        guard !events.isEmpty || isDue || isSure && network.isDoubtful else { return false }
        generation += 1
        let (links, addresses) = (network.links, network.ipv6Addresses)
        try network.apply(events)
        if network.ipv6Addresses != addresses { node.follow(network) }
        if network.links != links {
            let names = Set(network.links.values.map(\.name)).subtracting(links.values.map(\.name))
            variables.grantWishes(of: names, log: log)
        }
        // When all has come that is older, what was lost is read.
        wake(in: self.events.isBehind ? .zero : try network.settle(isSure ? nil : .now).map { $0 - .now })
        return true
    }

    private func wake(in delay: Duration?) {
        do throws(SystemError) {
            try alarm.set(in: delay)
        } catch {
            // What is left is done at the next event, then.
            log.error("\(error)")
        }
    }

    /// So many events are taken in, and routes followed, before others have their turn.
    static let turn = 512

    /// Reads one interface anew, of which the kernel does not tell everything.
    /// - Returns: whether anything is not as it was known.
    func read(_ index: UInt32) throws(NetlinkError) -> Bool {
        try network.read(index)
    }

    /// Reads the routes out of an interface, and from now on follows them.
    func watch(_ index: UInt32) throws(NetlinkError) {
        try network.watch(index)
    }

    /// Destinations whose routes out of an interface are not as they were the last time.
    func takeRouteNews(of index: UInt32) -> Set<IPv6Prefix> { network.takeNews(of: index) }

    /// The same for who takes long for each. If there are more, `pollables` are readable for them.
    /// - Parameter first: whatever the order of others.
    func takeSomeRouteNews(of index: UInt32, first: [IPv6Prefix]) -> Set<IPv6Prefix> {
        let (some, isAll) = network.takeNews(of: index, atMost: Host.turn, first: first)
        if !isAll { wake(in: .zero) }
        return some
    }

    /// What is made and removed is known at once, before the kernel tells of it.
    func add(_ route: IPv6Route) throws(NetlinkError) {
        try requests.add(route)
        network.note(IPv6RouteChange(.added, [route], of: route))
    }

    func remove(_ route: IPv6Route) throws(NetlinkError) {
        do throws(NetlinkError) {
            try requests.remove(route)
        } catch  where error.errno == .noSuchProcess {
            // It went before us, and the kernel will tell.
        }
        network.note(IPv6RouteChange(.removed, [route], of: route))
    }

    /// Lets those follow who act on variables of ours for the whole node.
    func followVariables() {
        errorLimit.set(perSecond: variables.mib[.errppslimit])
        dropLog.set(interval: .seconds(variables.mib[.logInterval]))
        node.follow(variables)
    }

    /// Logs what `dropLog` has.
    func logDrops() {
        guard let entry = dropLog.take(), let link = network.links[entry.interface] else { return }
        log.notice("\(entry.line(link.name))")
    }

    // MARK: what the kernel refuses

    /// - Parameter words: what was asked for, `mtu 1480`.
    func requesting(
        _ name: String, _ words: String, _ body: (RouteSocket) throws(NetlinkError) -> Void
    ) throws(Refusal) {
        do throws(NetlinkError) {
            try body(requests)
        } catch {
            throw refusal(name, words, error)
        }
    }

    /// Why the kernel refuses an address or a route to root is that IPv6 is off; it says EACCES of it.
    func refusal(_ name: String, _ words: String, _ error: NetlinkError) -> Refusal {
        let isOff = error.errno == .permissionDenied && InterfaceVariable.disable_ipv6.value(of: name) == 1
        return Refusal(
            name, words, BSDErrno(error.errno), isOff ? "net.ipv6.conf.\(name).disable_ipv6 is 1" : nil)
    }

    /// The same where nobody asked for it by name.
    func reading<Result>(_ body: () throws(NetlinkError) -> Result) throws(Refusal) -> Result {
        do throws(NetlinkError) {
            return try body()
        } catch {
            throw Refusal("inet6d", "rtnetlink", BSDErrno(error.errno))
        }
    }
}
