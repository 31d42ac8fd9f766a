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

    /// There, and the programs with it, while there is an interface.
    private var captures: FaithCaptures?
    private var slots: Set<Int> = []
    /// Prefixes that may be captured at once, if not as many as the programs have room for.
    var limit: Int?
    /// Tells who sends what is not relayed.
    private var untold: Worker?
    /// Of the errors that are sent.
    private let hops = HopLimit()
    /// A session has one of its own, whichever interface's it is.
    let numbers = SessionNumbers()

    // MARK: life

    func make(_ name: String, on host: Host) throws(Refusal) -> FaithInterface {
        let captures = try loaded(for: name, host, from: nil)
        guard let slot = (0..<FaithCapture.slots).first(where: { !slots.contains($0) }) else {
            throw Refusal(name, "create", .ENOBUFS, "as many faith interfaces as there may be")
        }
        slots.insert(slot)
        do throws(Refusal) {
            // After the programs: see `Device`.
            let device = try Device<Tun>(name, FaithRecord(), outlivedBy: captures.programs.links, on: host)
            do throws(SystemError) {
                let place = FaithPlace(slot: slot, programs: captures.programs, numbers: numbers)
                return try FaithInterface(
                    name, device, place, relay: try place.newRelay(name), hops: hops, on: host)
            } catch {
                throw Refusal(name, "create", BSDErrno(error.errno), error.call)
            }
        } catch {
            release(slot, host)
            throw error
        }
    }

    // MARK: restart

    /// In an estate.
    private static let name = "faith"
    private static let numbersName = "faith.numbers"

    func adopt(
        _ name: String, _ legacy: InterfaceLegacy, from estate: Estate, on host: Host
    ) throws(Refusal) -> FaithInterface {
        let captures = try loaded(for: name, host, from: estate)
        // Before any relay goes on, for it may begin sessions at once.
        if let last = try? estate.get(FaithCloner.numbersName, as: UInt64.self) { numbers.pass(last) }
        let part = try legacy.part(of: .faith)
        guard case .faith(let record) = part else { throw Refusal(name, nil, .EINVAL, "not \(FaithCloner.noun)") }
        let slot = try place(of: name, from: estate)
        let interface: FaithInterface
        do throws(Refusal) {
            let device = try Device<Tun>(name, legacy, outlivedBy: captures.programs.links, from: estate, on: host)
            do throws(SystemError) {
                let place = FaithPlace(slot: slot, programs: captures.programs, numbers: numbers)
                interface = try FaithInterface(
                    name, device, place, relay: try place.relay(name, record, from: estate, log: host.log),
                    capturing: place.captured(by: record), legacy.counters, hops: hops, on: host)
            } catch {
                throw Refusal(name, nil, BSDErrno(error.errno), error.call)
            }
        } catch {
            release(slot, host)
            throw error
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
        try captures?.programs.leave(to: estate, as: FaithCloner.name)
        // Those of all interfaces are lower: none of them begins a session any more.
        try estate.put(numbers.last, as: FaithCloner.numbersName)
    }

    func stop() {
        untold?.stop()
        untold = nil
        captures = nil
    }

    private func loaded(for name: String, _ host: Host, from estate: Estate?) throws(Refusal) -> FaithCaptures {
        if let captures { return captures }
        do throws(KernelProgramError) {
            let programs = try FaithCapture(from: estate, as: FaithCloner.name)
            if let limit { programs.limit = limit }
            untold = try untoldWorker(programs, host)
            if let reason = programs.silence { host.log.warning("captured prefixes answer ping: \(reason)") }
            let captures = FaithCaptures(programs)
            self.captures = captures
            return captures
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

    /// What is captured stays so until nothing leads here any more: the routes go with the device's being up.
    func release(_ interface: FaithInterface, on host: Host) {
        // If it is gone, so are its routes.
        try? host.requests.set(link: interface.device.index, LinkSettings(isUp: false))
        release(interface.slot, host)
    }

    /// Nothing is captured for the slot any more; without any, the programs go.
    private func release(_ slot: Int, _ host: Host) {
        slots.remove(slot)
        do throws(KernelProgramError) {
            try captures?.releaseAll(of: slot)
        } catch {
            host.log.error("capture: \(error)")
        }
        guard slots.isEmpty else { return }
        untold?.stop()
        untold = nil
        captures = nil
    }

    // MARK: what follows from routes, addresses and variables

    /// Keeps the routes to our prefixes, captures what is routed to the interfaces, and publishes what decides.
    func follow(_ interfaces: [FaithInterface], on host: Host) -> [Refusal] {
        let mib = host.variables.mib
        hops.value = UInt8(clamping: mib[.gifhlim])
        guard let captures else { return [] }
        captures.names = Dictionary(interfaces.map { ($0.slot, $0.name) }) { $1 }
        var refusals: [Refusal] = []
        do throws(KernelProgramError) {
            try captures.keep(host.network.ipv6Addresses)
        } catch {
            refusals += interfaces.map { Refusal($0.name, "addresses of this host", .ENOBUFS, "\(error)") }
        }
        let present = interfaces.filter { host.network.links[$0.device.index] != nil }
        for interface in present { refusals += interface.followPrefixes(isUp: interface.isUp(on: host), host) }
        // What one of them gives up another may take, which may give up something in turn.
        for _ in 0...present.count {
            let releases = captures.releases
            for interface in present {
                let isCapturing = interface.isUp(on: host) && mib.isOn(.keepfaith)
                refusals += interface.followRoutes(captures, capturing: isCapturing, host)
            }
            if captures.releases == releases { break }
        }
        for interface in present {
            interface.publish()
            refusals += interface.followPorts()
        }
        return refusals
    }
}

extension FaithInterface {
    fileprivate func isUp(on host: Host) -> Bool { host.network.links[device.index]?.flags.contains(.up) ?? false }

    /// Has connections come that are relayed, and no others.
    fileprivate func followPorts() -> [Refusal] {
        let ports = record.isDraining ? PortSet() : ports
        guard ports != relayedPorts else { return [] }
        do throws(KernelProgramError) {
            try programs.set(ports: ports, slot: slot)
            relayedPorts = ports
            return []
        } catch {
            return [Refusal(name, "relay", .EIO, "\(error)")]
        }
    }
}

extension KernelProgramError {
    fileprivate var isWantOfPermission: Bool {
        switch self {
        case .permission, .userNamespace: true
        case .kernel, .field, .occupied, .unpinned, .refused, .failed: false
        }
    }
}
