// SPDX-License-Identifier: BSD-2-Clause
internal import Internet

/// An Ethernet frame from its destination on, without its checksum.
public enum EthernetFrame {
    /// Two addresses and the type.
    public static let headerSize = 14
    /// As much as the kernel gathers into one.
    public static let longest = 65_536 + headerSize + 2 * tagSize
    static let tagSize = 4

    /// EtherTypes of IEEE Std 802.
    enum EtherType {
        static let ipv4: UInt16 = 0x0800
        static let ipv6: UInt16 = 0x86DD
        /// Customer and service tags, and what some switches say for the latter.
        static let tags: [UInt16] = [0x8100, 0x88A8, 0x9100]
    }

    /// Where the network header starts, behind at most two tags, and of what type it is; nil: the frame is shorter.
    static func network(_ frame: borrowing RawSpan, from start: Int = 0) -> (type: UInt16, place: Int)? {
        var place = start + 12
        for _ in 0...2 {
            guard frame.byteCount >= place + 2 else { return nil }
            let type = frame.uint16(at: place)
            guard EtherType.tags.contains(type) else { return (type, place + 2) }
            place += tagSize
        }
        return nil
    }

    /// Puts a tag back that the kernel has taken out of the frame: into the four bytes before it and the addresses, which
    /// move there.
    /// - Parameter bytes: four bytes of room, what is to move along, and the frame.
    /// - Parameter moved: bytes before the place of the tag: the offload header and two addresses.
    public static func insertTag(
        protocol type: UInt16, control: UInt16, moving moved: Int, in bytes: inout MutableRawSpan
    ) {
        guard bytes.byteCount >= moved + tagSize else { return }
        for place in 0..<moved { bytes.put(bytes.bytes.byte(at: place + tagSize), at: place) }
        bytes.put(type, at: moved)
        bytes.put(control, at: moved + 2)
    }
}

/// What is left to do for a frame: `struct virtio_net_hdr` of linux/virtio_net.h, in little-endian order as the standard of
/// virtio has it (1.1 §5.1.6).
public struct FrameOffload: Equatable, Sendable {
    public static let size = 10

    public enum Cut: UInt8, Sendable {
        case none = 0
        case tcpv4 = 1
        case udp = 3
        case tcpv6 = 4
        case udpSegments = 5
    }

    /// Where the sum begins, and where its place is from there; nil: the checksum is finished.
    public var checksum: (start: Int, field: Int)?
    public var cut: Cut
    public var hasECN: Bool
    public var headerLength: Int
    /// Bytes of payload in a segment.
    public var segmentSize: Int

    public static func == (one: FrameOffload, other: FrameOffload) -> Bool {
        one.checksum?.start == other.checksum?.start && one.checksum?.field == other.checksum?.field
            && one.cut == other.cut && one.hasECN == other.hasECN && one.headerLength == other.headerLength
            && one.segmentSize == other.segmentSize
    }

    private static let needsChecksum: UInt8 = 1
    private static let ecn: UInt8 = 0x80

    /// Nil: a way to cut it that is not known.
    public init?(_ bytes: borrowing RawSpan, at place: Int) {
        let word = { (bytes: borrowing RawSpan, at: Int) in Int(bytes.uint16(at: place + at).byteSwapped) }
        let type = bytes.byte(at: place + 1)
        guard let cut = Cut(rawValue: type & ~FrameOffload.ecn) else { return nil }
        self.cut = cut
        hasECN = type & FrameOffload.ecn != 0
        headerLength = word(bytes, 2)
        segmentSize = word(bytes, 4)
        checksum = bytes.byte(at: place) & FrameOffload.needsChecksum != 0 ? (word(bytes, 6), word(bytes, 8)) : nil
    }

    /// Whether the frame is as it is on the wire.
    public var isNothing: Bool { checksum == nil && cut == .none }

    /// After a tag has come back into the frame.
    public static func shift(by count: Int, at place: Int, in bytes: inout MutableRawSpan) {
        let hasChecksum = bytes.bytes.byte(at: place) & needsChecksum != 0
        let isCut = bytes.bytes.byte(at: place + 1) != 0
        for (offset, isThere) in [(2, isCut), (6, hasChecksum)] where isThere {
            let value = bytes.bytes.uint16(at: place + offset).byteSwapped
            bytes.put((value &+ UInt16(count)).byteSwapped, at: place + offset)
        }
    }
}
