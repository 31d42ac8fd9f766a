// SPDX-License-Identifier: BSD-2-Clause
import TestSupport

/// A frame of some link, around an IPv4 or an IPv6 packet.
struct CaptureFrame: CustomStringConvertible, Sendable {
    let name: String
    let link: UInt32
    let header: [UInt8]
    var isIPv6 = false
    var isOutgoing = false

    var description: String { name }

    static let ipv4 = Packet.ipv4(
        from: "192.0.2.1", to: "198.51.100.7", Packet.ipv6(from: "2002:c000:201::1", to: "2002:c633:6407::1"))
    static let ipv6 = Packet.ipv6(from: "2001:db8::1", to: "2001:db8::2")

    var packet: [UInt8] { isIPv6 ? CaptureFrame.ipv6 : CaptureFrame.ipv4 }
    var bytes: [UInt8] { header + packet }

    private static let addresses = [UInt8](repeating: 0xAA, count: 12)
    /// Packet type, ARPHRD_ETHER, six bytes of address in the room for eight.
    private static func cooked(_ type: UInt8) -> [UInt8] { [0, type, 0, 1, 0, 6] + [2, 0, 0, 0, 0, 1, 0, 0] }
    /// Interface 3, ARPHRD_ETHER, packet type, the address.
    private static func cooked2(_ type: UInt8) -> [UInt8] {
        [0, 0, 0, 0, 0, 3, 0, 1, type, 6] + [2, 0, 0, 0, 0, 1, 0, 0]
    }
    /// Session 7.
    private static let pppoe: [UInt8] = [0x11, 0, 0, 7, 0, 70]

    static let all: [CaptureFrame] = ethernet + serial + others

    private static let ethernet: [CaptureFrame] = [
        CaptureFrame(name: "Ethernet", link: 1, header: addresses + [8, 0]),
        CaptureFrame(name: "Ethernet, IPv6", link: 1, header: addresses + [0x86, 0xDD], isIPv6: true),
        CaptureFrame(name: "802.1Q", link: 1, header: addresses + [0x81, 0, 0, 5, 8, 0]),
        CaptureFrame(name: "802.1ad", link: 1, header: addresses + [0x88, 0xA8, 0, 5, 0x81, 0, 0, 6, 8, 0]),
        CaptureFrame(
            name: "QinQ as it was", link: 1, header: addresses + [0x91, 0, 0, 5, 0x81, 0, 0, 6, 0x86, 0xDD],
            isIPv6: true),
        CaptureFrame(
            name: "three tags", link: 1,
            header: addresses + [0x88, 0xA8, 0, 5, 0x81, 0, 0, 6, 0x81, 0, 0, 7, 8, 0]),
        CaptureFrame(name: "PPPoE", link: 1, header: addresses + [0x88, 0x64] + pppoe + [0, 0x21]),
        CaptureFrame(
            name: "PPPoE, IPv6, in a VLAN", link: 1,
            header: addresses + [0x81, 0, 0, 7, 0x88, 0x64] + pppoe + [0, 0x57], isIPv6: true),
        CaptureFrame(name: "MPLS", link: 1, header: addresses + [0x88, 0x47, 0, 1, 0, 64, 0, 2, 1, 64]),
        CaptureFrame(name: "802.2", link: 1, header: addresses + [0, 76, 0xAA, 0xAA, 3, 0, 0, 0, 8, 0]),
    ]

    private static let serial: [CaptureFrame] = [
        CaptureFrame(name: "PPP", link: 9, header: [0, 0x21]),
        CaptureFrame(name: "PPP with address and control", link: 9, header: [0xFF, 3, 0, 0x57], isIPv6: true),
        CaptureFrame(name: "PPP, short protocol", link: 9, header: [0xFF, 3, 0x21]),
        CaptureFrame(name: "PPP on a serial link", link: 50, header: [0xFF, 3, 0, 0x21]),
        CaptureFrame(name: "Cisco's HDLC on a serial link", link: 50, header: [0x0F, 0, 8, 0]),
        CaptureFrame(name: "PPPoE alone", link: 51, header: pppoe + [0, 0x21]),
        CaptureFrame(name: "Cisco's HDLC", link: 104, header: [0x8F, 0, 0x86, 0xDD], isIPv6: true),
        CaptureFrame(name: "PPP from pppd, in", link: 166, header: [0, 3, 0, 0x21]),
        CaptureFrame(name: "PPP from pppd, out", link: 166, header: [1, 3, 0, 0x21], isOutgoing: true),
    ]

    private static let others: [CaptureFrame] = [
        CaptureFrame(name: "raw", link: 101, header: []),
        CaptureFrame(name: "raw, IPv6", link: 101, header: [], isIPv6: true),
        CaptureFrame(name: "raw IPv4", link: 228, header: []),
        CaptureFrame(name: "raw IPv6", link: 229, header: [], isIPv6: true),
        CaptureFrame(name: "loopback", link: 0, header: [2, 0, 0, 0]),
        CaptureFrame(name: "loopback of FreeBSD, IPv6", link: 0, header: [28, 0, 0, 0], isIPv6: true),
        CaptureFrame(name: "loopback of the other byte order", link: 0, header: [0, 0, 0, 2]),
        CaptureFrame(name: "loopback of OpenBSD", link: 108, header: [0, 0, 0, 24], isIPv6: true),
        CaptureFrame(name: "cooked, in", link: 113, header: cooked(0) + [8, 0]),
        CaptureFrame(name: "cooked, out", link: 113, header: cooked(4) + [8, 0], isOutgoing: true),
        CaptureFrame(
            name: "cooked, in a VLAN", link: 113, header: cooked(0) + [0x81, 0, 0, 5, 0x86, 0xDD], isIPv6: true),
        CaptureFrame(name: "cooked 2, in", link: 276, header: [8, 0] + cooked2(0)),
        CaptureFrame(
            name: "cooked 2, out", link: 276, header: [0x86, 0xDD] + cooked2(4), isIPv6: true, isOutgoing: true),
    ]

    /// What tcpdump has no words for.
    static let unnamed: [CaptureFrame] = [
        CaptureFrame(name: "loopback of Linux, IPv6", link: 0, header: [10, 0, 0, 0], isIPv6: true),
        CaptureFrame(name: "raw, as OpenBSD says", link: 14, header: []),
        CaptureFrame(name: "raw, as Linux says", link: 12, header: []),
        CaptureFrame(name: "PPP with a direction", link: 204, header: [1, 0xFF, 3, 0, 0x21], isOutgoing: true),
    ]

    /// Frames that hold no IP packet, or not a byte of one.
    static let foreign: [(UInt32, [UInt8])] = [
        (1, addresses + [8, 6] + ipv4), (1, addresses + [8]), (1, addresses + [0x81, 0]), (1, addresses + [8, 0]),
        (1, addresses + [0x88, 0x63] + pppoe + [0, 0x21] + ipv4), (1, addresses + [0x88, 0x64, 0x21, 0, 0, 7]),
        (1, addresses + [0x88, 0x64, 0x11, 0xA7, 0, 7, 0, 70, 0, 0x21] + ipv4),
        (1, addresses + [0x88, 0x64] + pppoe + [0xC0, 0x21] + ipv4), (1, addresses + [0, 76, 0x42, 0x42, 3] + ipv4),
        (1, addresses + [0x88, 0x47, 0, 1, 0, 64, 0, 2, 0, 64]), (1, []),
        (9, [0xC0, 0x21] + ipv4), (9, [0]), (9, []), (50, [0x55, 3, 0, 0x21] + ipv4), (50, []), (51, pppoe),
        (101, []), (101, [0x55]), (104, [0x0F, 0, 0x08, 6] + ipv4), (113, cooked(0) + [8, 6, 1]), (0, [2, 0]),
        (0, [7, 0, 0, 0] + ipv4), (276, []), (276, [8, 0, 0]), (204, []),
    ]
}
