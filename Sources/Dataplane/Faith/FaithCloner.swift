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
    let numbers = SessionNumbers()

    // MARK: life

    func make(_ name: String, on host: Host) throws(Refusal) -> FaithInterface {
        let device = try Device(name, FaithRecord(), on: host)
        let programs = try loaded(for: name, host, from: nil)
        guard let slot = (0..<FaithCapture.slots).first(where: { !slots.contains($0) }) else {
            throw Refusal(name, "create", .ENOBUFS, "as many faith interfaces as there may be")
        }
        slots.insert(slot)
        do throws(SystemError) {
            let place = FaithPlace(slot: slot, programs: programs, numbers: numbers)
            return try FaithInterface(
                name, device, place, relay: try place.newRelay(name), hops: hops, on: host)
        } catch {
            release(slot, host)
            throw Refusal(name, "create", BSDErrno(error.errno), error.call)
        }
    }

    // MARK: restart

    /// In an estate.
    private static let name = "faith"
    private static let numbersName = "faith.numbers"

    func adopt(
        _ name: String, _ legacy: InterfaceLegacy, from estate: Estate, on host: Host
    ) throws(Refusal) -> FaithInterface {
        let device = try Device(name, legacy, from: estate, on: host)
        let programs = try loaded(for: name, host, from: estate)
        // Before any relay goes on, for it may begin sessions at once.
        if let last = try? estate.get(FaithCloner.numbersName, as: UInt64.self) { numbers.pass(last) }
        let part = try legacy.part(of: .faith)
        guard case .faith(let record) = part else { throw Refusal(name, nil, .EINVAL, "not \(FaithCloner.noun)") }
        let slot = try place(of: name, from: estate)
        let interface: FaithInterface
        do throws(SystemError) {
            let place = FaithPlace(slot: slot, programs: programs, numbers: numbers)
            interface = try FaithInterface(
                name, device, place, relay: try place.relay(name, record, from: estate, log: host.log),
                legacy.counters, hops: hops, on: host)
        } catch {
            release(slot, host)
            throw Refusal(name, nil, BSDErrno(error.errno), error.call)
        }
        do throws(Refusal) {
            try interface.adopt(part, from: estate, on: host)
        } catch {
            interface.stop()
            release(slot, host)
            throw error
        }
        return interface
    }

    private func place(of name: String, from estate: Estate) throws(Refusal) -> Int {
        let slot: Int? = try? estate.get("\(name).slot")
        guard let slot, (0..<FaithCapture.slots).contains(slot), slots.insert(slot).inserted else {
            throw Refusal(name, nil, .ENOENT, "its place was not left")
        }
        return slot
    }

    func leave(to estate: Estate) throws(SystemError) {
        try programs?.leave(to: estate, as: FaithCloner.name)
        // Those of all interfaces are lower: none of them begins a session any more.
        try estate.put(numbers.last, as: FaithCloner.numbersName)
    }

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

extension KernelProgramError {
    fileprivate var isWantOfPermission: Bool {
        switch self {
        case .permission, .userNamespace: true
        case .kernel, .occupied, .refused, .failed: false
        }
    }
}
