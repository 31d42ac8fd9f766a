// SPDX-License-Identifier: BSD-2-Clause
import Control
import KernelPrograms
import Netlink
import SystemIO
import SystemPackage

/// The Ethernet devices that the word `xdp` of some interfaces names.
struct StfExpressDevices {
    /// Of each that can be, which of its features take VLAN tags off.
    private(set) var stripping: [UInt32: UInt64] = [:]
    private(set) var refusals: [Refusal] = []
    /// Who is to be told if the kernel refuses one.
    private var said: [UInt32: (name: String, word: String)] = [:]

    init(of interfaces: [StfInterface], on host: Host) {
        for interface in interfaces {
            for device in interface.record.expressDevices { add(device, of: interface.name, host) }
        }
    }

    private mutating func add(_ device: String, of name: String, _ host: Host) {
        let word = "xdp \(device)"
        guard let link = host.network.links.values.first(where: { $0.name == device }) else {
            refusals.append(Refusal(name, word, .ENXIO, "no such interface"))
            return
        }
        guard link.isEthernet else {
            refusals.append(Refusal(name, word, .EOPNOTSUPP, "no Ethernet"))
            return
        }
        do throws(SystemError) {
            let (features, active) = try NamedLink(device).tagStripping()
            guard active == 0 else {
                refusals.append(
                    Refusal(
                        name, word, .EOPNOTSUPP,
                        "it takes VLAN tags off, so that nobody would see them: ethtool -K \(device) rxvlan off "
                            + "rx-vlan-stag-hw-parse off"))
                return
            }
            stripping[link.index] = features
            said[link.index] = (name, word)
        } catch {
            refusals.append(Refusal(name, word, BSDErrno(error.errno), error.call))
        }
    }

    /// The refusal of what the kernel did not take at a device.
    func refusal(of device: UInt32, _ error: KernelProgramError) -> Refusal? {
        guard let (name, word) = said[device] else { return nil }
        let reason =
            switch error {
            case .occupied: "another program is there (XDP)"
            case .refused(.notSupportedOnSocket, _): "its driver has no XDP of its own"
            default: error.description
            }
        return Refusal(name, word, error.errno, reason)
    }
}
