// SPDX-License-Identifier: BSD-2-Clause
internal import CBPF
import SystemIO
import SystemPackage

/// Where at a device a program sees each packet: BPF_TCX_INGRESS and BPF_TCX_EGRESS of linux/bpf.h, which are younger than
/// Debian 12's.
enum DeviceHook: UInt32 {
    case ingress = 46
    case egress = 47
}

extension KernelObject {
    /// Attaches the program called `name` behind those that are at the device already. It ends with the link, or the
    /// device.
    func attach(_ name: String, to hook: DeviceHook, of device: UInt32) throws(KernelProgramError) -> KernelLink {
        let type = bpf_attach_type(hook.rawValue)
        let number = bpf_link_create(try programNumber(name), Int32(bitPattern: device), type, nil)
        guard number >= 0 else {
            throw KernelProgramError(refusing: Errno(rawValue: -number), needing: .trafficControl)
        }
        return KernelLink(Descriptor(owning: number))
    }
}

/// A link that a dictionary can hold.
final class DeviceLink {
    private let link: KernelLink

    init(_ link: consuming KernelLink) {
        self.link = link
    }
}
