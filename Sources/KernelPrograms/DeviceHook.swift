// SPDX-License-Identifier: BSD-2-Clause
internal import CBPF
import SystemIO
import SystemPackage

/// Where at a device a program sees each packet: BPF_TCX_INGRESS and BPF_TCX_EGRESS of linux/bpf.h, which are younger than
/// Debian 12's, and BPF_XDP.
enum DeviceHook: UInt32 {
    /// Each frame, before the kernel makes a packet of it: in the driver, or not at all. One program only.
    case express = 37
    case ingress = 46
    case egress = 47

    /// Why programs cannot be links there (tcx); nil: they can. An older kernel knows no such place to ask about: that of
    /// the loopback interface.
    static var linkObstacle: SystemError? {
        var count: UInt32 = 0
        let status = unsafe bpf_prog_query(1, bpf_attach_type(DeviceHook.ingress.rawValue), 0, nil, nil, &count)
        return status == 0 ? nil : SystemError("BPF_PROG_QUERY", Errno(rawValue: -status))
    }

    /// Whether the kernel has links there. Whoever may not ask may load nothing either.
    static var hasLinks: Bool { linkObstacle?.errno != .invalidArgument }
}

/// The place of a program at a device, behind those that were there before: a link (tcx), or in kernels that have none, a
/// filter (clsact).
///
/// A link ends with this object, or the device; if it is pinned, with the device, or when it is ended. A filter stays in any
/// case, and so is made only where its program can be pinned: by that it is known again.
final class DevicePlace {
    private enum Kind: ~Copyable {
        case link(KernelLink)
        case filter(DeviceFilter)
    }

    private let kind: Kind
    private let pins: Pins?
    private let name: String

    /// Takes the place that a program of this name has there already, from one packet to the next, or makes a new one.
    /// - Parameter pins: where it is to stay, and may be.
    init(
        _ program: String, of object: KernelObject, at hook: DeviceHook, of device: UInt32, isLink: Bool, pins: Pins?
    ) throws(KernelProgramError) {
        self.pins = pins
        name = DevicePlace.name(program, device)
        let number = try object.programNumber(program)
        guard isLink else {
            guard let pins else { throw .unpinned }
            kind = .filter(try DevicePlace.filter(number, named: name, at: hook, of: device, pins))
            return
        }
        if let old = pins?.find(name) {
            let old = KernelLink(old)
            if let place = old.place, place == (device, hook.rawValue), old.update(to: number) {
                kind = .link(old)
                return
            }
            // What is not where it was, or has another's program, is in nobody's way.
            pins?.end(name)
        }
        var options = unsafe bpf_link_create_opts()
        unsafe options.sz = MemoryLayout<bpf_link_create_opts>.size
        if hook == .express { unsafe options.flags = DevicePlace.inDriver }
        let made = unsafe bpf_link_create(
            number, Int32(bitPattern: device), bpf_attach_type(hook.rawValue), &options)
        guard made >= 0 else {
            throw KernelProgramError(refusing: Errno(rawValue: -made), needing: .trafficControl)
        }
        let link = KernelLink(Descriptor(owning: made))
        try pins?.pin(link.number, as: name)
        kind = .link(link)
    }

    /// XDP_FLAGS_DRV_MODE (linux/if_link.h).
    private static let inDriver: UInt32 = 1 << 2

    /// Finds or makes a filter. Whenever this process is killed, its program is pinned by one of the two names.
    private static func filter(
        _ program: Int32, named name: String, at hook: DeviceHook, of device: UInt32, _ pins: Pins
    ) throws(KernelProgramError) -> DeviceFilter {
        let old = DeviceFilter.find(pins.programs(name, name + coming), at: hook, of: device)
        try pins.pin(program, as: name + coming)
        let filter: DeviceFilter
        if let old {
            try old.replace(with: program)
            filter = old
        } else {
            let (made, madeQdisc) = try DeviceFilter.make(program, at: hook, of: device)
            if madeQdisc { try pins.pin(program, as: DevicePlace.name(qdisc, device)) }
            filter = made
        }
        try pins.pin(program, as: name)
        pins.end(name + coming)
        return filter
    }

    /// Behind the name of a program that is to take the place of another.
    private static let coming = "+"
    /// What is pinned where the qdisc is ours: any program, for there is nothing else to pin.
    private static let qdisc = "clsact"

    /// Takes the program away. Whoever has found the pin has nothing of it.
    func end() {
        switch kind {
        case .link(let link):
            link.detach()
            pins?.end(name)
        case .filter(let filter):
            guard let pins else { return }
            DevicePlace.endFilter(name, at: filter.hook, of: filter.device, pins)
        }
    }

    /// Removes the filter that runs the program of a name, if it is still there, and the qdisc if that is ours as well and
    /// nobody else has anything there.
    private static func endFilter(_ name: String, at hook: DeviceHook, of device: UInt32, _ pins: Pins) {
        DeviceFilter.find(pins.programs(name, name + coming), at: hook, of: device)?.remove()
        pins.end(name)
        pins.end(name + coming)
        let qdisc = DevicePlace.name(qdisc, device)
        if pins.find(qdisc) != nil, DeviceFilter.removeQdisc(of: device) { pins.end(qdisc) }
    }

    /// Devices that a program was at when a process ended, and perhaps is.
    static func devices(of program: String, in pins: Pins) -> [UInt32] {
        let devices = pins.names.compactMap { name -> UInt32? in
            guard let dash = name.lastIndex(of: "-"), name[..<dash] == program else { return nil }
            let device = name[name.index(after: dash)...]
            return UInt32(device.hasSuffix(coming) ? device.dropLast() : device)
        }
        return Set(devices).sorted()
    }

    /// Ends what another process has left at devices other than these.
    static func endAll(
        of program: String, at hook: DeviceHook, in pins: Pins, but kept: some Collection<UInt32>
    ) {
        for device in devices(of: program, in: pins) where !kept.contains(device) {
            // Of a link there is only the name.
            endFilter(name(program, device), at: hook, of: device, pins)
        }
    }

    private static func name(_ program: String, _ device: UInt32) -> String { "\(program)-\(device)" }
}
