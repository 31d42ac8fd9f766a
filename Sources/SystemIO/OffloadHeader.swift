// SPDX-License-Identifier: BSD-2-Clause
internal import CLinux

/// What travels with each packet through a TUN device: what is left to do for its checksum, and how to cut it.
public struct OffloadHeader: Sendable {
    var layout = clinux_vnet_header()

    /// Nothing is left to do.
    public init() {}

    /// The checksum field, `field` bytes after `start`, holds the sum over the pseudo-header only.
    public init(checksumStart start: Int, field: Int) {
        layout.flags = UInt8(CLINUX_VNET_NEEDS_CHECKSUM)
        layout.checksum_start = UInt16(start)
        layout.checksum_offset = UInt16(field)
    }

    /// A run of TCP/IPv6 segments that belong cut into `segmentSize` bytes of payload each.
    public mutating func setSegments(headerSize: Int, segmentSize: Int) {
        layout.gso_type = UInt8(CLINUX_VNET_GSO_TCPV6)
        layout.header_length = UInt16(headerSize)
        layout.segment_size = UInt16(segmentSize)
    }

    /// Where the transport header starts, and where its checksum is from there, if it is to be finished.
    public var unfinishedChecksum: (start: Int, field: Int)? {
        guard layout.flags & UInt8(CLINUX_VNET_NEEDS_CHECKSUM) != 0 else { return nil }
        return (Int(layout.checksum_start), Int(layout.checksum_offset))
    }

    public enum Cut: Equatable, Sendable {
        /// A packet like any other.
        case none
        /// TCP over IPv6: where the TCP header starts, and the bytes of payload for each segment.
        case tcp(transport: Int, segmentSize: Int)
        /// Something that was not asked for.
        case unknown
    }

    public var cut: Cut {
        switch layout.gso_type & ~UInt8(CLINUX_VNET_GSO_ECN) {
        case UInt8(CLINUX_VNET_GSO_NONE): .none
        case UInt8(CLINUX_VNET_GSO_TCPV6):
            .tcp(transport: Int(layout.checksum_start), segmentSize: Int(layout.segment_size))
        default: .unknown
        }
    }
}
