// SPDX-License-Identifier: BSD-2-Clause
import Control
import Faith
import Internet
import KernelPrograms
import Logging
import Netlink
import Relay
import SystemIO
import SystemPackage

/// Makes faith interfaces, and has the programs inside the kernel that give captured connections to their relays: there
/// is one set of programs, in which each interface has a slot.
final class FaithCloner: Cloner {
    static let kind = InterfaceKind.faith
    static let noun = "a faith interface"

    /// There while there is an interface.
    private var programs: FaithCapture?
    private var slots: Set<Int> = []
    /// Tells who sends what is not relayed.
    private var untold: Worker?
    /// Of the errors that are sent.
    private let hops = HopLimit()
    /// A session has one of its own, whichever interface's it is.
    private let numbers = SessionNumbers()

    // MARK: life

    func make(_ name: String, on host: Host) throws(Refusal) -> FaithInterface {
        let device = try Device(name, FaithRecord(), on: host)
        let programs = try loaded(for: name, host, from: nil)
        guard let slot = (0..<FaithCapture.slots).first(where: { !slots.contains($0) }) else {
            throw Refusal(name, "create", .ENOBUFS, "as many faith interfaces as there may be")
        }
        slots.insert(slot)
        do throws(SystemError) {
            // An address that is nobody's (RFC 6666): only the program leads here.
            let listener = try TCPListener(IPv6Endpoint(FaithInterface.nowhere, port: 0), captured: true)
            try programs.listen(with: listener, slot: slot)
            return try FaithInterface(
                name, device, slot: slot, listener: listener, programs: programs, hops: hops, numbers: numbers,
                on: host)
        } catch {
            release(slot, host)
            throw Refusal(name, "create", BSDErrno(error.errno), error.call)
        }
    }

    // MARK: restart

    /// In an estate.
    private static let name = "faith"

    func adopt(
        _ name: String, _ legacy: InterfaceLegacy, from estate: Estate, on host: Host
    ) throws(Refusal) -> FaithInterface {
        let device = try Device(name, legacy, from: estate, on: host)
        let programs = try loaded(for: name, host, from: estate)
        let interface: FaithInterface
        do throws(SystemError) {
            guard let slot: Int = try estate.get("\(name).slot"), (0..<FaithCapture.slots).contains(slot),
                slots.insert(slot).inserted, let listener = try estate.take("\(name).listener", as: TCPListener.self)
            else { throw SystemError(object: "its place was not left", .noSuchFileOrDirectory) }
            interface = try FaithInterface(
                name, device, slot: slot, listener: listener, programs: programs, hops: hops, numbers: numbers,
                legacy.counters, on: host)
        } catch {
            throw Refusal(name, nil, BSDErrno(error.errno), error.call)
        }
        try interface.adopt(try legacy.part(of: .faith), from: estate, on: host)
        return interface
    }

    func leave(to estate: Estate) throws(SystemError) { try programs?.leave(to: estate, as: FaithCloner.name) }

    func stop() {
        untold?.stop()
        untold = nil
        programs = nil
    }

    private func loaded(for name: String, _ host: Host, from estate: Estate?) throws(Refusal) -> FaithCapture {
        if let programs { return programs }
        do throws(KernelProgramError) {
            let programs = try FaithCapture(from: estate, as: FaithCloner.name)
            untold = try untoldWorker(programs, host)
            if let reason = programs.silence { host.log.warning("captured prefixes answer ping: \(reason)") }
            self.programs = programs
            return programs
        } catch {
            throw Refusal(
                name, "create", error.isWantOfPermission ? .EPERM : .EOPNOTSUPP, "sk_lookup program: \(error)")
        }
    }

    private func untoldWorker(_ programs: FaithCapture, _ host: Host) throws(KernelProgramError) -> Worker? {
        guard let packets = programs.untold else { return nil }
        let (hops, limit) = (hops, host.errorLimit)
        do throws(SystemError) {
            let socket = try RawIPv6Socket()
            return try Worker("faith-untold") { wake in
                var worker = UntoldWorker(packets: packets, socket: socket, hops: hops, limit: limit)
                worker.run(until: wake)
            }
        } catch {
            throw .failed(error)
        }
    }

    func release(_ interface: FaithInterface, on host: Host) {
        release(interface.slot, host)
    }

    /// Nothing is captured for the slot any more; without any, the programs go.
    private func release(_ slot: Int, _ host: Host) {
        slots.remove(slot)
        attempt(host) { programs throws(KernelProgramError) in try programs.clear(slot: slot) }
        guard slots.isEmpty else { return }
        untold?.stop()
        untold = nil
        programs = nil
    }

    // MARK: what follows from routes, addresses and variables

    /// Keeps the routes to our prefixes, captures what is routed to the interfaces, and publishes what decides.
    func follow(_ interfaces: [FaithInterface], on host: Host) -> [Refusal] {
        let mib = host.variables.mib
        hops.value = UInt8(clamping: mib[.gifhlim])
        var prefixes: [IPv6Prefix: Int] = [:]
        var refusals: [Refusal] = []
        for interface in interfaces {
            guard let link = host.network.links[interface.device.index] else { continue }
            let isUp = link.flags.contains(.up)
            refusals += interface.followPrefixes(isUp: isUp, host)
            let captured = interface.followRoutes(capturing: isUp && mib.isOn(.keepfaith), host, &refusals)
            for prefix in captured { prefixes[prefix.prefix] = interface.slot }
            interface.publish(captured)
            let ports = interface.record.isDraining ? PortSet() : interface.ports
            guard ports != interface.relayedPorts else { continue }
            interface.relayedPorts = ports
            attempt(host) { programs throws(KernelProgramError) in
                try programs.set(ports: ports, slot: interface.slot)
            }
        }
        // An address of ours is not captured though its prefix is: it is ours before any route is asked (faith(4)).
        let own = host.network.ipv6Addresses.values.joined().map(\.address).filter { address in
            prefixes.keys.contains { $0.contains(address) }
        }
        attempt(host) { programs throws(KernelProgramError) in try programs.set(prefixes: prefixes, except: own) }
        return refusals
    }

    private func attempt(_ host: Host, _ body: (FaithCapture) throws(KernelProgramError) -> Void) {
        guard let programs else { return }
        do throws(KernelProgramError) {
            try body(programs)
        } catch {
            host.log.error("capture: \(error)")
        }
    }
}

extension FaithCapture {
    /// Brings what a slot captures to a listener.
    fileprivate func listen(with listener: TCPListener, slot: Int) throws(SystemError) {
        do throws(KernelProgramError) {
            try set(listener: listener, slot: slot)
        } catch {
            throw SystemError(object: "sk_lookup program: \(error)", .ioError)
        }
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
