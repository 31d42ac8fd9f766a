// SPDX-License-Identifier: BSD-2-Clause
import Inet6Control
import Control
import Internet
import Netlink

/// An interface that is not ours, as far as ifconfig(8)'s inet6 words go: the state that plans start from and lead to.
struct HostInterface: Equatable, Sendable {
    var name: String
    var index: UInt32
    /// Whether it has link-layer addresses, and so neighbours to discover.
    var hasNeighbors: Bool
    var isLoopback: Bool
    var variables: [InterfaceVariable: Int]
    /// `net.ipv6.conf.all.accept_dad`
    var duplicateDetectionOfAll = 0
    var addresses: [IPv6InterfaceAddress] = []
    /// Those that this process joined.
    var anycasts: [AnycastRecord] = []

    /// Whether there is IPv6 on it at all.
    var hasInet6: Bool { !variables.isEmpty }

    /// What takes effect, not what some variable says: router advertisements are not listened to by a router, however
    /// `accept_ra` is 1.
    func has(_ option: Inet6Option) -> Bool {
        guard hasInet6 else { return option == .ifdisabled }
        let value = { (variable: InterfaceVariable) in variables[variable] ?? 0 }
        switch option {
        case .performnud: return hasNeighbors
        case .accept_rtadv: return value(.accept_ra) == 2 || value(.accept_ra) == 1 && value(.forwarding) == 0
        case .ifdisabled: return value(.disable_ipv6) != 0
        case .auto_linklocal: return value(.addr_gen_mode) != HostInterface.makesNone
        case .no_radr: return value(.accept_ra_defrtr) == 0
        case .no_dad:
            // The kernel takes the greater of the interface's value and that of all.
            return !hasNeighbors || max(value(.accept_dad), duplicateDetectionOfAll) < 1 || value(.dad_transmits) == 0
        }
    }

    var options: [Inet6Option] { Inet6Option.allCases.filter { has($0) } }

    /// The values that bring an option about: none if it is so already.
    func values(
        for option: Inet6Option, _ isOn: Bool
    ) throws(UnsupportedOption) -> [(variable: InterfaceVariable, value: Int)] {
        guard has(option) != isOn else {
            // A router ignores advertisements as long as it is one; said explicitly, it stays so.
            return option == .accept_rtadv && !isOn ? [(.accept_ra, 0)] : []
        }
        switch option {
        case .performnud: throw UnsupportedOption(reason: "Linux probes neighbours wherever there are any")
        case .accept_rtadv: return [(.accept_ra, !isOn ? 0 : variables[.forwarding] == 0 ? 1 : 2)]
        case .ifdisabled: return [(.disable_ipv6, isOn ? 1 : 0)]
        case .auto_linklocal: return [(.addr_gen_mode, isOn ? 0 : HostInterface.makesNone)]
        case .no_radr: return [(.accept_ra_defrtr, isOn ? 0 : 1)]
        case .no_dad:
            guard hasNeighbors else { throw UnsupportedOption(reason: "it has no link-layer addresses") }
            guard !isOn else {
                guard duplicateDetectionOfAll < 1 else {
                    throw UnsupportedOption(reason: "net.ipv6.conf.all.accept_dad is \(duplicateDetectionOfAll)")
                }
                return [(.accept_dad, 0)]
            }
            var values: [(variable: InterfaceVariable, value: Int)] = []
            if max(variables[.accept_dad] ?? 0, duplicateDetectionOfAll) < 1 { values.append((.accept_dad, 1)) }
            if variables[.dad_transmits] == 0 { values.append((.dad_transmits, 1)) }
            return values
        }
    }

    /// IN6_ADDR_GEN_MODE_NONE
    private static let makesNone = 1

    /// What Linux has no switch for.
    struct UnsupportedOption: Error {
        var reason: String
    }
}

extension HostInterface {
    init(
        _ link: Link, addresses: [IPv6InterfaceAddress], anycasts: [AnycastRecord]
    ) {
        self.init(
            name: link.name, index: link.index, hasNeighbors: link.flags.isDisjoint(with: [.noARP, .loopback]),
            isLoopback: link.flags.contains(.loopback), variables: InterfaceVariable.all(of: link.name),
            duplicateDetectionOfAll: InterfaceVariable.accept_dad.valueOfAll, addresses: addresses,
            anycasts: anycasts)
    }
}
