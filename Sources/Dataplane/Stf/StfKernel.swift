// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
import KernelPrograms
import Logging
import Netlink
import Stf
import SystemIO

/// Has the kernel carry the packets of those stf interfaces that are to be carried there.
final class StfKernel {
    /// What came of loading the programs, once they were wanted.
    private var loaded: Result<StfPrograms, KernelProgramError>?
    /// Where they stay when this process is killed; nil: they do not.
    private let pins: Pins?
    /// Devices that such a process has left, whose packets its programs carry still. They go on doing that, by the rules that
    /// they had, until all is said that ours are to do.
    private(set) var remains: [UInt32]
    private var state: State

    private enum State {
        /// It is not known yet who is to be carried.
        case waiting
        /// It is; what others have left is to go.
        case settled
        case following
    }

    init(pins: Pins?) {
        self.pins = pins
        remains = pins.map { StfPrograms.interfaces(in: $0) } ?? []
        state = pins == nil ? .following : .waiting
    }

    /// The programs, loaded when they are first wanted.
    func programs() throws(KernelProgramError) -> StfPrograms {
        let known = loaded ?? load()
        loaded = known
        return try known.get()
    }

    private func load() -> Result<StfPrograms, KernelProgramError> {
        do throws(KernelProgramError) { return .success(try StfPrograms(pins: pins)) } catch { return .failure(error) }
    }

    /// Lets the programs follow the rules that the interfaces have now.
    /// - Returns: what the kernel refused. What could be carried no more is carried by the threads.
    func follow(_ interfaces: [StfInterface], on host: Host) -> [Refusal] {
        if case .waiting = state { return [] }
        let refusals = carry(interfaces, on: host)
        if case .settled = state { clear(interfaces, on: host) }
        state = .following
        return refusals
    }

    private func carry(_ interfaces: [StfInterface], on host: Host) -> [Refusal] {
        var wanted = interfaces.filter { $0.record.engine != .user }
        // They were never wanted.
        if wanted.isEmpty, loaded == nil { return [] }
        var refusals: [Refusal] = []
        do throws(KernelProgramError) {
            let programs = try programs()
            wanted.removeAll { interface in
                guard let reason = prepare(interface) else { return false }
                refusals += give(back: [interface], because: reason, .EIO)
                return true
            }
            give(back: interfaces.filter { $0.record.engine == .user })
            let rules = wanted.map(\.rules)
            try programs.set(broadcasts: host.network.broadcasts)
            try programs.set(relays: rules.flatMap(\.believed))
            try programs.set(routes: rules.flatMap(\.routes))
            try programs.set(configs: rules.map(\.record), sampling: StfKernel.sampling)
            try programs.attach(
                to: Set(wanted.map(\.device.index)),
                inputs: StfUnderlays(of: wanted, besides: interfaces, on: host).indices)
            let short = wanted.filter { $0.record.takesShortcut }
            try programs.setShortcuts(
                Set(short.map(\.device.index)), pastFilter: host.node.passedFilter,
                reach: short.count == 1 ? short.first?.rules.reach : nil)
            refusals += try express(short, programs, on: host)
            for interface in wanted {
                interface.programs = programs
                if pins != nil { try? interface.device.tun.setPersistent(true) }
            }
            return refusals
        } catch {
            refusals += give(back: wanted, because: error.description, error.errno)
            // They would go on by rules that are no longer those of the interfaces.
            try? loaded?.get().detach()
            return refusals
        }
    }

    /// Has frames between the devices that interfaces name for that taken before the kernel makes packets of them.
    private func express(
        _ interfaces: [StfInterface], _ programs: StfPrograms, on host: Host
    ) throws(KernelProgramError) -> [Refusal] {
        let devices = StfExpressDevices(of: interfaces, on: host)
        let refused = try programs.setExpress(devices.stripping)
        let refusals =
            devices.refusals + refused.sorted { $0.key < $1.key }.compactMap { devices.refusal(of: $0.key, $0.value) }
        for interface in interfaces { interface.notExpress = refusals.filter { $0.object == interface.name } }
        return refusals
    }

    /// Has the threads carry the packets of interfaces again. What was counted stays counted.
    /// - Returns: a refusal for each that was not to be carried by them.
    @discardableResult
    private func give(
        back interfaces: [StfInterface], because reason: String? = nil, _ errno: BSDErrno = .EIO
    ) -> [Refusal] {
        for interface in interfaces {
            interface.takeBack(because: reason)
            // Nobody would carry its packets.
            try? interface.device.tun.setPersistent(false)
        }
        return interfaces.filter { $0.record.engine == .kernel }.map {
            Refusal($0.name, "engine kernel", errno, reason)
        }
    }

    // MARK: what outlives a process

    /// All devices have been taken up that anybody wants.
    func settle() {
        if case .waiting = state { state = .settled }
    }

    /// Removes what a process has left that was killed, and that nobody wants.
    private func clear(_ interfaces: [StfInterface], on host: Host) {
        guard let pins else { return }
        StfPrograms.clear(pins, but: try? loaded?.get())
        for interface in interfaces where interface.programs == nil { try? interface.device.tun.setPersistent(false) }
        for index in remains where !interfaces.contains(where: { $0.device.index == index }) {
            guard let name = host.network.links[index]?.name, let tun = try? Tun(resuming: name, index: index) else {
                continue
            }
            host.log.notice("\(name): left by a process that was killed, and removed")
            try? tun.setPersistent(false)
        }
        remains = []
    }

    /// Lets an interface go, and all that is the kernel's of it.
    func release(_ interface: StfInterface) {
        try? loaded?.get().detach(from: interface.device.index)
        try? interface.device.tun.setPersistent(false)
    }

    /// A drop of each reason so often comes to the threads, which can log it: `net.inet6.ip6.log_interval` is in seconds.
    private static let sampling: UInt32 = 1000

    /// The way of outer packets is asked for as if they came by the interface, which therefore has to forward IPv4. None
    /// ever comes by it.
    /// - Returns: why it does not.
    private func prepare(_ interface: StfInterface) -> String? {
        let variable = "net/ipv4/conf/\(interface.name)/forwarding"
        guard kernelVariable(variable) != "1" else { return nil }
        do throws(SystemError) {
            try SystemIO.write("1\n", toVariable: variable)
            return nil
        } catch {
            return "net.ipv4.conf.\(interface.name).forwarding=1: \(error)"
        }
    }
}

extension KernelProgramError {
    var errno: BSDErrno {
        switch self {
        case .kernel, .field, .unpinned: .EOPNOTSUPP
        case .permission, .userNamespace: .EPERM
        case .occupied: .EBUSY
        case .refused(let errno, _): BSDErrno(errno)
        case .failed(let error): BSDErrno(error.errno)
        }
    }
}
