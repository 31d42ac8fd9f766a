// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
import KernelPrograms

/// Why a packet came out of a faith device and died there. What is captured never comes here.
enum FaithDrop: Int, Error, CaseIterable, Sendable {
    // In the order of the checks.
    case notIPv6
    case multicast
    case notCaptured
}

extension FaithDrop: PacketDrop {
    var direction: Direction { .output }

    var name: String {
        switch self {
        case .notIPv6: "not-ipv6"
        case .multicast: "multicast"
        case .notCaptured: "not-captured"
        }
    }

    var description: String {
        switch self {
        case .notIPv6: "not an IPv6 packet"
        case .multicast: "the destination is a group, of which nobody is behind the interface"
        case .notCaptured: "nothing is captured: keepfaith is 0, or the route's prefix has no place for IPv4 addresses"
        }
    }

    /// What the sender is told, so that it need not wait.
    var error: ICMPv6Error? {
        switch self {
        case .notIPv6, .multicast: nil
        case .notCaptured: .unreachable(.noRoute)
        }
    }

    /// Looks at a packet that the kernel routed out of the device.
    init(_ packet: borrowing RawSpan) {
        guard packet.byteCount >= IPv6Header.size, packet.byte(at: 0) >> 4 == 6 else {
            self = .notIPv6
            return
        }
        self = packet.byte(at: 24) == 0xFF ? .multicast : .notCaptured
    }
}

/// How many packets died of each.
struct FaithDropCounts {
    private var counts = [UInt64](repeating: 0, count: FaithDrop.allCases.count)

    subscript(_ drop: FaithDrop) -> UInt64 {
        get { counts[drop.rawValue] }
        set { counts[drop.rawValue] = newValue }
    }
}
