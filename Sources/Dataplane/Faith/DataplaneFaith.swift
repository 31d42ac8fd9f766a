// SPDX-License-Identifier: BSD-2-Clause
import Control
import Faith
import Internet
import KernelPrograms
import Logging
import Netlink
import Relay
import SystemIO

extension Dataplane {
    /// The faith interface of this name.
    func faith(named name: String) throws(Refusal) -> FaithInterface {
        switch named(name) {
        case .faith(let interface): return interface
        case .stf: throw Refusal(name, nil, .EINVAL, "not a faith interface")
        case nil: throw .notFound(name)
        }
    }

    /// All of them, by their indices.
    var faiths: [FaithInterface] {
        interfaces.values.compactMap { if case .faith(let interface) = $0 { interface } else { nil } }
            .sorted { $0.index < $1.index }
    }

    // MARK: life

    func startFaith(on tun: Tun, index: UInt32, name: String) throws(Refusal) -> FaithInterface {
        let capture = try loadedCapture(for: name)
        guard let slot = capture.takeSlot(for: index) else {
            throw Refusal(name, "create", .ENOBUFS, "as many faith interfaces as there may be")
        }
        do throws(SystemError) {
            // An address that is nobody's (RFC 6666): only the program leads here.
            let listener = try TCPListener(IPv6Endpoint(FaithInterface.nowhere, port: 0), captured: true)
            try capture.listen(with: listener, slot: slot)
            return try FaithInterface(
                tun: tun, index: index, name: name, slot: slot, listener: listener,
                capture: capture, limit: host.errorLimit, log: host.dropLog)
        } catch {
            releaseCapture(of: index)
            throw Refusal(name, "create", BSDErrno(error.errno), error.call)
        }
    }

    private func loadedCapture(for name: String) throws(Refusal) -> FaithCapturing {
        if let capture { return capture }
        do throws(KernelProgramError) {
            let capture = try FaithCapturing(limit: host.errorLimit)
            if let reason = capture.programs.silence { host.log.warning("captured prefixes answer ping: \(reason)") }
            self.capture = capture
            return capture
        } catch {
            throw Refusal(
                name, "create", error.isWantOfPermission ? .EPERM : .EOPNOTSUPP, "sk_lookup program: \(error)")
        }
    }

    /// Nothing is captured for the interface any more; without any, the programs go.
    func releaseCapture(of index: UInt32) {
        do throws(KernelProgramError) {
            guard let capture, try capture.release(index) else { return }
            capture.stop()
            self.capture = nil
        } catch {
            host.log.error("capture: \(error)")
        }
    }

    /// Brings an interface to what was said about it.
    func configure(
        _ interface: FaithInterface, named name: String, from: FaithRecord, to: FaithRecord
    ) throws(Refusal) {
        interface.record = to
        do throws(SystemError) {
            try interface.followPrograms()
        } catch {
            interface.record = from
            throw Refusal(name, "local", BSDErrno(error.errno), error.call)
        }
        // The routes follow in `followFaith`, as they do when the interface comes up.
        let gone = Set(from.prefixes).subtracting(to.isDraining ? [] : to.prefixes)
        for prefix in gone { removeRoute(to: prefix, interface) }
        interface.hasRoutes = false
    }

    // MARK: what follows from routes, addresses and variables

    /// Keeps the routes to our prefixes, captures what is routed to faith interfaces, and publishes what decides.
    func followFaith() {
        guard let capture else { return }
        capture.hops.value = UInt8(clamping: host.variables.mib[.gifhlim])
        var prefixes: [IPv6Prefix: Int] = [:]
        for interface in faiths {
            guard let link = host.network.links[interface.index] else { continue }
            let isUp = link.flags.contains(.up)
            followPrefixes(of: interface, isUp: isUp)
            let captured = followRoutes(of: interface, capturing: isUp && host.variables.mib.isOn(.keepfaith))
            for prefix in captured { prefixes[prefix.prefix] = interface.slot }
            interface.publish(
                captured, own: Set(host.network.ipv4Addresses.map(\.address)), broadcasts: host.network.broadcasts)
            let ports = interface.record.isDraining ? PortSet() : interface.ports
            guard ports != interface.relayedPorts else { continue }
            interface.relayedPorts = ports
            follow(capture) { programs throws(KernelProgramError) in
                try programs.set(ports: ports, slot: interface.slot)
            }
        }
        // An address of ours is not captured though its prefix is: it is ours before any route is asked (faith(4)).
        let own = host.network.ipv6Addresses.values.joined().map(\.address).filter { address in
            prefixes.keys.contains { $0.contains(address) }
        }
        follow(capture) { programs throws(KernelProgramError) in try programs.set(prefixes: prefixes, except: own) }
    }

    private func follow(
        _ capture: FaithCapturing, _ body: (FaithCapture) throws(KernelProgramError) -> Void
    ) {
        do throws(KernelProgramError) {
            try body(capture.programs)
        } catch {
            host.log.error("capture: \(error)")
        }
    }

    /// What we announce: a route for each prefix, which goes when the interface goes down, and comes back with it.
    private func followPrefixes(of interface: FaithInterface, isUp: Bool) {
        guard isUp, !interface.record.isDraining else {
            interface.hasRoutes = false
            return
        }
        guard !interface.hasRoutes else { return }
        interface.hasRoutes = true
        let inMain = host.network.unicastRoutes(out: interface.index).filter { $0.table == mainRouteTable }
        let present = Set(inMain.map(\.destination))
        for prefix in interface.record.prefixes where !present.contains(prefix) {
            attempt(interface, "route to \(prefix)") { () throws(NetlinkError) in
                try host.requests.add(IPv6Route(destination: prefix, index: interface.index, metric: 1024))
            }
        }
        attempt(interface, "routes") { () throws(NetlinkError) in try host.watch(interface.index) }
    }

    private func removeRoute(to prefix: IPv6Prefix, _ interface: FaithInterface) {
        let routes = host.network.unicastRoutes(out: interface.index)
        for route in routes where route.destination == prefix && route.origin == routeProtocol {
            attempt(interface, "route to \(prefix)") { () throws(NetlinkError) in try host.requests.remove(route) }
        }
    }

    /// Captures what is routed to an interface. While it drains, what was captured stays so, as sessions go on.
    private func followRoutes(of interface: FaithInterface, capturing isCapturing: Bool) -> [FaithPrefix] {
        let all = host.network.routes[interface.index] ?? []
        let present = Set(all.filter { $0.type == .local && $0.origin == routeProtocol })
        var wanted = FaithCapturing.routes(for: all.filter { $0.type == .unicast }) {
            isCapturing && interface.record.mapping(of: $0) != nil
        }
        if isCapturing, interface.record.isDraining { wanted.formUnion(present) }
        for route in present.subtracting(wanted) {
            attempt(interface, "local \(route.destination)") { () throws(NetlinkError) in
                try host.requests.remove(route)
            }
        }
        for route in wanted.subtracting(present) {
            attempt(interface, "local \(route.destination)") { () throws(NetlinkError) in try host.requests.add(route) }
        }
        if wanted != present {
            attempt(interface, "routes") { () throws(NetlinkError) in try host.watch(interface.index) }
        }
        return Set(wanted.map(\.destination)).compactMap { interface.record.mapping(of: $0) }
            .sorted { ($0.prefix.length, $0.prefix.description) > ($1.prefix.length, $1.prefix.description) }
    }

    private func attempt(
        _ interface: FaithInterface, _ what: String, _ body: () throws(NetlinkError) -> Void
    ) {
        do throws(NetlinkError) {
            try body()
        } catch {
            host.log.error("\(interface.name): \(what): \(error.errno)")
        }
    }
}

extension FaithInterface {
    /// 100::1, of the discard-only prefix.
    static let nowhere = IPv6Address(high: 0x0100 << 48, low: 1)

    /// The ports that are relayed.
    var ports: PortSet {
        record.services.reduce(into: PortSet()) { $0.insert($1.ports) }
    }
}

extension KernelProgramError {
    fileprivate var isWantOfPermission: Bool {
        switch self {
        case .permission, .userNamespace: true
        case .kernel, .occupied, .refused, .failed: false
        }
    }
}
