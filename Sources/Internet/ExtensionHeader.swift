// SPDX-License-Identifier: BSD-2-Clause

/// A header between the fixed one of IPv6 and the transport's (RFC 8200 §4).
public enum ExtensionHeader: Equatable, Sendable {
    /// This protocol is no such header.
    case none
    /// The packet ends within it.
    case truncated
    /// - Parameters:
    ///   - size: bytes; of options there may be fewer in the packet.
    ///   - isLaterFragment: what follows is no header.
    case whole(next: UInt8, size: Int, isLaterFragment: Bool)

    /// - Parameter at: where the header of this protocol would start.
    public init(_ proto: UInt8, _ packet: borrowing RawSpan, at: Int) {
        let isFragment = proto == 44
        switch proto {
        // Options for every hop, routing, fragment, authentication, options for the destination.
        case 0, 43, 44, 51, 60: break
        default:
            self = .none
            return
        }
        guard packet.byteCount >= at + (isFragment ? 8 : 2) else {
            self = .truncated
            return
        }
        let (next, length) = (packet.byte(at: at), Int(packet.byte(at: at + 1)))
        switch proto {
        case 44: self = .whole(next: next, size: 8, isLaterFragment: packet.uint16(at: at + 2) & 0xFFF8 != 0)
        // It counts in words of 4 bytes, minus 2 (RFC 4302 §2.2).
        case 51: self = .whole(next: next, size: (length + 2) * 4, isLaterFragment: false)
        default: self = .whole(next: next, size: (length + 1) * 8, isLaterFragment: false)
        }
    }
}
