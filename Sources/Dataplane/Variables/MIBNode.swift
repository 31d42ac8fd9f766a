// SPDX-License-Identifier: BSD-2-Clause
import Inet6Control
import Control

/// The nodes of the MIB: what variables are below.
enum MIBNode: String, CaseIterable, Sendable {
    case net
    case link = "net.link"
    case stf = "net.link.stf"
    case inet6 = "net.inet6"
    case ip6 = "net.inet6.ip6"
    case icmp6 = "net.inet6.icmp6"

    /// The numbers are BSD's: CTL_NET; AF_LINK and, FreeBSD's, AF_INET6; interface type and protocols as IANA has them.
    var declaration: (oid: [Int], description: String) {
        switch self {
        case .net: ([4], "Networking")
        case .link: ([4, 18], "Interfaces by their kind")
        case .stf: ([4, 18, 215], "6to4 and 6rd interfaces, stf(4)")
        case .inet6: ([4, 28], "IPv6 and what is on top of it")
        case .ip6: ([4, 28, 41], "IPv6")
        case .icmp6: ([4, 28, 58], "ICMPv6 and neighbour discovery")
        }
    }

    var status: NodeStatus {
        let declaration = declaration
        return NodeStatus(name: rawValue, oid: declaration.oid, description: declaration.description)
    }

    /// The node that a variable is directly below: `net.link.stf` for `net.link.stf.ttl`.
    static func above(_ name: String) -> MIBNode? {
        name.lastIndex(of: ".").flatMap { MIBNode(rawValue: String(name[..<$0])) }
    }
}
