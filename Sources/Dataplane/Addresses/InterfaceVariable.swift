// SPDX-License-Identifier: BSD-2-Clause
import Control
import SystemIO

/// The kernel's variables of one interface, `net.ipv6.conf.IF.…`, that ifconfig(8)'s inet6 words are about. All reading
/// and writing of them goes through here, and nothing is remembered, so `sysctl` and we agree.
enum InterfaceVariable: String, CaseIterable {
    case disable_ipv6, forwarding
    case accept_ra, accept_ra_defrtr, autoconf
    case accept_dad, dad_transmits
    case addr_gen_mode
    case keep_addr_on_down

    /// The values an interface has. Empty: there is no IPv6 on it, as with an MTU below 1280.
    static func all(of interface: String) -> [InterfaceVariable: Int] {
        // The kernel has no IPv6 on interfaces of these names: they would be the variables of all.
        guard interface != "all", interface != "default" else { return [:] }
        return allCases.reduce(into: [:]) { $0[$1] = $1.value(of: interface) }
    }

    /// What holds for every interface besides its own value.
    var valueOfAll: Int { value(of: "all") ?? 0 }

    /// Nil: there is no IPv6 on it.
    func value(of interface: String) -> Int? {
        kernelVariable("net/ipv6/conf/\(interface)/\(rawValue)").flatMap { Int($0) }
    }

    /// Requires CAP_NET_ADMIN.
    func set(_ value: Int, of interface: String) throws(Refusal) {
        do throws(SystemError) {
            try SystemIO.write("\(value)\n", toVariable: "net/ipv6/conf/\(interface)/\(rawValue)")
        } catch {
            throw Refusal(
                interface, nil, BSDErrno(error.errno), "net.ipv6.conf.\(interface).\(rawValue)=\(value): \(error)")
        }
    }
}
