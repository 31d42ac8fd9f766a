// SPDX-License-Identifier: BSD-2-Clause
import Netlink

/// One thing done to an interface that is not ours. Each knows the state before and after, so each can be undone.
enum HostStep: Equatable {
    case address(String, from: IPv6InterfaceAddress?, to: IPv6InterfaceAddress?)
    case anycast(String, from: AnycastRecord?, to: AnycastRecord?)
    /// With `disable_ipv6`, the kernel removes the addresses that are there.
    case variable(String, InterfaceVariable, from: Int, to: Int, losing: [IPv6InterfaceAddress])

    /// The name of the interface that the step is about.
    var interface: String {
        switch self {
        case .address(let name, _, _), .anycast(let name, _, _), .variable(let name, _, _, _, _): name
        }
    }

    var inverse: [HostStep] {
        switch self {
        case .address(let name, let from, let to): [.address(name, from: to, to: from)]
        case .anycast(let name, let from, let to): [.anycast(name, from: to, to: from)]
        case .variable(let name, let variable, let from, let to, let lost):
            [.variable(name, variable, from: to, to: from, losing: [])]
                + lost.map { .address(name, from: nil, to: $0) }
        }
    }
}
