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
    let log: Logger
    /// Changes whenever the kernel has told of a change: what was remembered of its routes may be wrong then.
    private(set) var generation: UInt64 = 0

    private let events: RouteEvents

    /// - Parameter estate: what another process has left.
    init(variables: Variables, node: NodePolicy, log: Logger, from estate: Estate? = nil) throws(SystemError) {
        self.variables = variables
        self.node = node
        self.log = log
        dropLog = try DropLog()
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

    /// Readable when the kernel has something to tell.
    var pollable: PollDescriptor { events.pollable }

    /// Takes in what the kernel has told. Who is concerned is to follow.
    /// - Returns: whether there was anything.
    func takeEvents() throws(NetlinkError) -> Bool {
        let events = try events.next()
        guard !events.isEmpty else { return false }
        generation += 1
        let names = Set(network.links.values.map(\.name))
        let addresses = network.ipv6Addresses
        try network.apply(events)
        if network.ipv6Addresses != addresses { node.follow(network) }
        variables.grantWishes(of: Set(network.links.values.map(\.name)).subtracting(names), log: log)
        return true
    }

    /// Reads one interface anew, of which the kernel does not tell everything.
    /// - Returns: whether anything is not as it was known.
    func read(_ index: UInt32) throws(NetlinkError) -> Bool {
        try network.read(index)
    }

    /// Reads the routes out of an interface, and from now on follows them.
    func watch(_ index: UInt32) throws(NetlinkError) {
        try network.watch(index)
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
