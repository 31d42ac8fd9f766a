// SPDX-License-Identifier: BSD-2-Clause
import Internet

/// Packets for tests, built from words instead of pasted: every byte that a test cares about has a name.
public enum Packet {
    /// An IPv6 packet with a payload that no parser needs to understand.
    public static func ipv6(
        from source: String, to destination: String, trafficClass: UInt8 = 0, nextHeader: UInt8 = 59,
        payload: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8], claiming payloadLength: Int? = nil, version: UInt8 = 6
    ) -> [UInt8] {
        let length = UInt16(payloadLength ?? payload.count)
        var bytes: [UInt8] = [version << 4 | trafficClass >> 4, trafficClass << 4, 0, 0]
        bytes += [UInt8(length >> 8), UInt8(length & 255), nextHeader, 64]
        bytes += octets(IPv6Address(source)) + octets(IPv6Address(destination))
        return bytes + payload
    }

    /// An IPv4 packet as a tunnel writes it, or with what else is asked for.
    public static func ipv4(
        from source: String, to destination: String, proto: UInt8 = 41, typeOfService: UInt8 = 0,
        timeToLive: UInt8 = 40, options: [UInt8] = [], moreFragments: Bool = false, _ payload: [UInt8]
    ) -> [UInt8] {
        let size = 20 + options.count
        let total = UInt16(size + payload.count)
        var header: [UInt8] = [0x40 | UInt8(size / 4), typeOfService, UInt8(total >> 8), UInt8(total & 255)]
        header += [0, 0, moreFragments ? 0x20 : 0, 0, timeToLive, proto, 0, 0]
        header += octets(IPv4Address(source)) + octets(IPv4Address(destination)) + options
        return checkingIPv4(header + payload)
    }

    /// The packet with the right checksum in its IPv4 header.
    public static func checkingIPv4(_ packet: [UInt8]) -> [UInt8] {
        var packet = packet
        packet[10] = 0
        packet[11] = 0
        let checksum = onesComplementSum(Array(packet.prefix(Int(packet[0] & 15) * 4))) ^ 0xFFFF
        packet[10] = UInt8(checksum >> 8)
        packet[11] = UInt8(checksum & 255)
        return packet
    }

    /// An ICMPv4 error with what it quotes; `value` is the second word's lower half, the MTU where there is one.
    public static func icmpv4Error(
        from source: String, to destination: String, type: UInt8 = 3, code: UInt8 = 1, value: UInt16 = 0,
        proto: UInt8 = 1, about quote: [UInt8]
    ) -> [UInt8] {
        let message: [UInt8] = [type, code, 0, 0, 0, 0, UInt8(value >> 8), UInt8(value & 255)] + quote
        return finishingICMPv4(ipv4(from: source, to: destination, proto: proto, message))
    }

    /// The packet with the right checksum in the ICMPv4 message, if it has room for one.
    public static func finishingICMPv4(_ packet: [UInt8]) -> [UInt8] {
        guard packet.count >= 20 else { return packet }
        let start = Int(packet[0] & 15) * 4, end = Int(packet[2]) << 8 | Int(packet[3])
        guard end <= packet.count, start + 4 <= end else { return packet }
        var packet = packet
        packet[start + 2] = 0
        packet[start + 3] = 0
        let checksum = onesComplementSum(Array(packet[start..<end])) ^ 0xFFFF
        packet[start + 2] = UInt8(checksum >> 8)
        packet[start + 3] = UInt8(checksum & 255)
        return packet
    }

    /// RFC 1071 as it is written there, to hold the fast one against.
    public static func onesComplementSum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for at in stride(from: 0, to: bytes.count, by: 2) {
            sum += UInt32(bytes[at]) << 8 | (at + 1 < bytes.count ? UInt32(bytes[at + 1]) : 0)
            if sum > 0xFFFF { sum = sum & 0xFFFF + 1 }
        }
        return UInt16(sum)
    }

    /// The sum over the pseudo-header and the bytes after the fixed header: 0xFFFF if the checksum in there is right.
    public static func transportSum(of packet: [UInt8], proto: UInt8) -> UInt16 {
        let length = UInt32(packet.count - 40)
        let pseudo: [UInt8] =
            Array(packet[8..<40]) + (0..<4).map { UInt8(length >> (24 - 8 * $0) & 255) } + [0, 0, 0, proto]
        return onesComplementSum(pseudo + packet[40...])
    }

    private static func octets(_ address: IPv4Address?) -> [UInt8] {
        precondition(address != nil, "a test names an address that is none")
        let bits = address?.bits ?? 0
        return (0..<4).map { UInt8(bits >> (24 - 8 * $0) & 255) }
    }

    private static func octets(_ address: IPv6Address?) -> [UInt8] {
        precondition(address != nil, "a test names an address that is none")
        let halves = [address?.high ?? 0, address?.low ?? 0]
        return halves.flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * $0)) } }
    }
}
