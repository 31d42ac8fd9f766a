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
}

/// The place of a program at a device, behind those that were there before. It ends with this object, or the device; if it
/// is pinned, with the device, or when it is ended.
final class DeviceLink {
    private let link: KernelLink
    private let pins: Pins?
    private let name: String

    /// Takes the place that a program of this name has there already, from one packet to the next, or makes a new one.
    /// - Parameter pins: where it is to stay, and may be.
    init(
        _ program: String, of object: KernelObject, at hook: DeviceHook, of device: UInt32, pins: Pins?
    ) throws(KernelProgramError) {
        self.pins = pins
        name = DeviceLink.name(program, device)
        let number = try object.programNumber(program)
        if let old = pins?.find(name) {
            let old = KernelLink(old)
            if let place = old.place, place == (device, hook.rawValue), old.update(to: number) {
                link = old
                return
            }
            // What is not where it was, or has another's program, is in nobody's way.
            pins?.end(name)
        }
        var options = unsafe bpf_link_create_opts()
        unsafe options.sz = MemoryLayout<bpf_link_create_opts>.size
        if hook == .express { unsafe options.flags = DeviceLink.inDriver }
        let made = unsafe bpf_link_create(
            number, Int32(bitPattern: device), bpf_attach_type(hook.rawValue), &options)
        guard made >= 0 else {
            throw KernelProgramError(refusing: Errno(rawValue: -made), needing: .trafficControl)
        }
        link = KernelLink(Descriptor(owning: made))
        try pins?.pin(link.number, as: name)
    }

    /// XDP_FLAGS_DRV_MODE (linux/if_link.h).
    private static let inDriver: UInt32 = 1 << 2

    /// Takes the program away. Whoever has found the pin has nothing of it.
    func end() {
        link.detach()
        pins?.end(name)
    }

    /// Devices that a program was at when a process ended, and perhaps is.
    static func devices(of program: String, in pins: Pins) -> [UInt32] {
        pins.names.compactMap { name in
            guard let dash = name.lastIndex(of: "-"), name[..<dash] == program else { return nil }
            return UInt32(name[name.index(after: dash)...])
        }
    }

    /// Ends what another process has left at devices other than these.
    static func endAll(of program: String, in pins: Pins, but kept: some Collection<UInt32>) {
        for device in devices(of: program, in: pins) where !kept.contains(device) { pins.end(name(program, device)) }
    }

    private static func name(_ program: String, _ device: UInt32) -> String { "\(program)-\(device)" }
}
