// SPDX-License-Identifier: BSD-2-Clause

/// An ICMPv6 error message about a packet that cannot go on (RFC 4443 §3).
public enum ICMPv6Error: Equatable, Sendable {
    /// Type 1.
    case unreachable(Unreachable)
    /// Type 2; bytes of an IPv6 packet.
    case packetTooBig(mtu: UInt32)

    public enum Unreachable: UInt8, Sendable {
        case noRoute = 0
        case prohibited = 1
        case address = 3
        case sourceFailedPolicy = 5
    }

    /// Bytes of the longest error message, IPv6 header included: IPv6's minimum MTU (RFC 4443 §2.4(c)).
    public static let capacity = 1280
    private static let headerSize = IPv6Header.size + 8

    private var fields: (type: UInt8, code: UInt8, value: UInt32) {
        switch self {
        case .unreachable(let code): (1, code.rawValue, 0)
        case .packetTooBig(let mtu): (2, 0, mtu)
        }
    }

    /// Whether an error may be sent about a packet.
    public enum Permission: Sendable {
        case given, refused
        /// The bytes end before that can be told.
        case unknown
    }

    /// Asks RFC 4443 §2.4(e): no error answers an error or a redirect, nor what was not from one node to one node.
    public static func permission(about packet: borrowing RawSpan) -> Permission {
        guard packet.byteCount >= IPv6Header.size else { return .unknown }
        let offending = IPv6Header(packet)
        let isMulticast = { (address: IPv6Address) in address.high >> 56 == 0xFF }
        guard offending.source != .unspecified, !isMulticast(offending.source), !isMulticast(offending.destination)
        else { return .refused }
        var (proto, at) = (offending.nextHeader, IPv6Header.size)
        while proto != InternetProtocol.icmpv6 {
            switch ExtensionHeader(proto, packet, at: at) {
            case .none: return .given
            case .truncated: return .unknown
            // An error is no larger than any link takes, and has no later fragment.
            case .whole(_, _, isLaterFragment: true): return .given
            case .whole(let next, let size, _): (proto, at) = (next, at + size)
            }
        }
        guard packet.byteCount > at else { return .unknown }
        let type = packet.byte(at: at)
        return type >= 128 && type != 137 ? .given : .refused
    }

    /// Writes the message, with as much of `packet` as fits, and returns its size; nil without permission.
    /// - Parameters:
    ///   - packet: at least an IPv6 header.
    ///   - source: an address of ours.
    ///   - message: room for `capacity` bytes.
    public func write(
        about packet: borrowing RawSpan, from source: IPv6Address, hopLimit: UInt8, to message: inout MutableRawSpan
    ) -> Int? {
        guard ICMPv6Error.permission(about: packet) == .given else { return nil }
        let offending = IPv6Header(packet)
        let quoted = min(packet.byteCount, ICMPv6Error.capacity - ICMPv6Error.headerSize)
        let size = ICMPv6Error.headerSize + quoted
        message.put(0x6000_0000 as UInt32, at: 0)
        message.put(UInt16(size - IPv6Header.size), at: 4)
        message.put(InternetProtocol.icmpv6, at: 6)
        message.put(hopLimit, at: 7)
        message.put(source, at: 8)
        message.put(offending.source, at: 24)
        message.put(fields.type, at: 40)
        message.put(fields.code, at: 41)
        message.put(0 as UInt16, at: 42)
        message.put(fields.value, at: 44)
        for at in 0..<quoted { message.put(packet.byte(at: at), at: ICMPv6Error.headerSize + at) }
        var checksum = TransportChecksum.pseudoHeader(
            message.bytes, length: size - IPv6Header.size, proto: InternetProtocol.icmpv6)
        checksum.add(message.bytes.extracting(IPv6Header.size..<size))
        message.put(checksum.complemented, at: 42)
        return size
    }
}
