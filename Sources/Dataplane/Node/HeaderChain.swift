// SPDX-License-Identifier: BSD-2-Clause
import Internet
import KernelPrograms

/// The headers of an IPv6 packet, one after the other (RFC 8200 §4), as far as local delivery would go.
struct HeaderChain: Equatable {
    /// Headers that are dispatched: options for every hop not counted, the transport counted.
    private(set) var count = 0
    /// Where the last of them is, and what.
    private(set) var offset = IPv6Header.size
    private(set) var proto: UInt8
    /// Of a fragment that is not a whole packet (RFC 6946).
    private(set) var fragment: Fragment?
    /// There are more headers than are walked.
    private(set) var isEndless = false
    /// A fragment header follows that of a first fragment.
    private(set) var isNested = false

    struct Fragment: Equatable {
        let identification: UInt32
        /// Bytes of its data within the packet's.
        let range: Range<Int>
        let isLast: Bool

        /// If not, the kernel answers it instead of queueing it (RFC 8200 §4.5).
        var isQueued: Bool { range.upperBound <= 65535 && (isLast || range.upperBound % 8 == 0) }
    }

    private enum Header {
        static let hopByHop: UInt8 = 0
        static let routing: UInt8 = 43
        static let fragment: UInt8 = 44
        static let authentication: UInt8 = 51
        static let destination: UInt8 = 60
    }

    /// - Parameter packet: at least a fixed header, and no more bytes than it says.
    init(_ packet: borrowing RawSpan) {
        proto = IPv6Header(packet).nextHeader
        if proto == Header.hopByHop { skip(packet, unit: 8, more: 1) }
        while count < NodeLimits.walk {
            count += 1
            switch proto {
            case Header.routing, Header.destination:
                guard skip(packet, unit: 8, more: 1) else { return }
            case Header.authentication:
                // It counts in words of 4 bytes, minus 2 (RFC 4302 §2.2).
                guard skip(packet, unit: 4, more: 2) else { return }
            case Header.fragment:
                guard readFragment(packet) else { return }
            default: return
            }
        }
        isEndless = true
    }

    /// False: the packet ends within the header.
    @discardableResult
    private mutating func skip(_ packet: borrowing RawSpan, unit: Int, more: Int) -> Bool {
        guard packet.byteCount >= offset + 2 else { return false }
        proto = packet.byte(at: offset)
        offset += (Int(packet.byte(at: offset + 1)) + more) * unit
        return true
    }

    /// False: what follows is no header.
    private mutating func readFragment(_ packet: borrowing RawSpan) -> Bool {
        guard packet.byteCount >= offset + 8 else { return false }
        let place = packet.uint16(at: offset + 2)
        if place & 0xFFF9 != 0 {
            guard fragment == nil else {
                isNested = true
                return false
            }
            let start = Int(place & 0xFFF8)
            fragment = Fragment(
                identification: packet.uint32(at: offset + 4), range: start..<start + packet.byteCount - offset - 8,
                isLast: place & 1 == 0)
            if start > 0 { return false }
        }
        proto = packet.byte(at: offset)
        offset += 8
        return true
    }
}
