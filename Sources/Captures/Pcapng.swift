// SPDX-License-Identifier: BSD-2-Clause

/// A file of blocks (draft-ietf-opsawg-pcapng): sections, each with its own byte order and its own interfaces, whose
/// packets refer to them. Times are not looked at, whatever their resolution, nor are blocks and options of other kinds.
struct Pcapng {
    private var bytes: CaptureBytes
    private var interfaces: [Interface] = []

    private struct Interface {
        let link: LinkType
        /// Bytes that are captured of a packet at most; 0 is no limit.
        let limit: Int
    }

    private enum Block {
        /// The same in either byte order.
        static let section = 0x0A0D_0D0A
        static let interface = 1
        /// Of before there were enhanced ones.
        static let packet = 2
        static let simplePacket = 3
        static let enhancedPacket = 6
    }

    private static let byteOrderMagic = 0x1A2B_3C4D

    init(_ bytes: CaptureBytes) {
        self.bytes = bytes
    }

    static func isSection(_ bytes: CaptureBytes) -> Bool { bytes.uint32(0) == Block.section }

    mutating func read(into capture: inout Capture) throws(CaptureError) {
        var at = 0
        while at < bytes.count {
            guard let type = bytes.uint32(at) else { throw capture.ends() }
            if type == Block.section { try beginSection(at, capture) }
            guard let size = bytes.uint32(at + 4) else { throw capture.ends() }
            // A type and twice the length are around what a block says.
            guard size >= 12, size % 4 == 0 else {
                throw CaptureError(reason: "a block of \(size) bytes behind packet \(capture.packets.count)")
            }
            guard bytes.slice(at, size) != nil else { throw capture.ends() }
            guard bytes.uint32(at + size - 4) == size else {
                throw CaptureError(reason: "a damaged block behind packet \(capture.packets.count)")
            }
            try readBlock(type, at + 8..<at + size - 4, into: &capture)
            at += size
        }
    }

    private mutating func beginSection(_ at: Int, _ capture: Capture) throws(CaptureError) {
        interfaces = []
        bytes.isLittle = true
        if bytes.uint32(at + 8) != Pcapng.byteOrderMagic { bytes.isLittle = false }
        guard let magic = bytes.uint32(at + 8), let major = bytes.uint16(at + 12) else { throw capture.ends() }
        guard magic == Pcapng.byteOrderMagic else { throw CaptureError(reason: "a section of no byte order") }
        guard major == 1 else { throw CaptureError(reason: "version \(major) of pcapng is not known") }
    }

    private mutating func readBlock(
        _ type: Int, _ body: Range<Int>, into capture: inout Capture
    ) throws(CaptureError) {
        let short = CaptureError(reason: "a block that is too short behind packet \(capture.packets.count)")
        switch type {
        case Block.interface:
            guard body.count >= 8, let link = bytes.uint16(body.lowerBound),
                let limit = bytes.uint32(body.lowerBound + 4)
            else { throw short }
            interfaces.append(Interface(link: try LinkType(link), limit: limit))
        case Block.enhancedPacket:
            guard body.count >= 20, let number = bytes.uint32(body.lowerBound) else { throw short }
            try readPacket(of: number, body.lowerBound + 12, body, into: &capture)
        case Block.packet:
            guard body.count >= 20, let number = bytes.uint16(body.lowerBound) else { throw short }
            try readPacket(of: number, body.lowerBound + 12, body, into: &capture)
        case Block.simplePacket:
            guard body.count >= 4, let length = bytes.uint32(body.lowerBound) else { throw short }
            let interface = try interface(0, capture)
            let limit = interface.limit == 0 ? length : min(length, interface.limit)
            guard limit <= body.count - 4, let frame = bytes.slice(body.lowerBound + 4, limit) else { throw short }
            try append(frame, of: length, interface.link, isOutgoing: false, to: &capture)
        default: break
        }
    }

    /// Reads two lengths, the captured bytes, and the options behind them.
    private func readPacket(
        of number: Int, _ at: Int, _ body: Range<Int>, into capture: inout Capture
    ) throws(CaptureError) {
        let interface = try interface(number, capture)
        guard let captured = bytes.uint32(at), let length = bytes.uint32(at + 4),
            captured <= body.upperBound - at - 8, let frame = bytes.slice(at + 8, captured)
        else {
            throw CaptureError(reason: "packet \(capture.packets.count + 1) has more bytes than its block")
        }
        let options = at + 8 + (captured + 3) / 4 * 4
        try append(
            frame, of: length, interface.link, isOutgoing: isOutgoing(options..<max(options, body.upperBound)),
            to: &capture)
    }

    private func append(
        _ frame: ArraySlice<UInt8>, of length: Int, _ link: LinkType, isOutgoing: Bool, to capture: inout Capture
    ) throws(CaptureError) {
        guard frame.count <= CapturedPacket.capacity else {
            throw CaptureError(reason: "packet \(capture.packets.count + 1) cannot have \(frame.count) bytes")
        }
        capture.append(frame, of: length, link, isOutgoing: isOutgoing)
    }

    private func interface(_ number: Int, _ capture: Capture) throws(CaptureError) -> Interface {
        guard interfaces.indices.contains(number) else {
            throw CaptureError(
                reason: "packet \(capture.packets.count + 1) is of interface \(number), which is not there")
        }
        return interfaces[number]
    }

    /// Whether there is an option `epb_flags` that says so: the lowest two bits are 2.
    private func isOutgoing(_ options: Range<Int>) -> Bool {
        var at = options.lowerBound
        while at + 4 <= options.upperBound, let code = bytes.uint16(at), let size = bytes.uint16(at + 2), code != 0 {
            if code == 2, size == 4, at + 8 <= options.upperBound { return bytes.uint32(at + 4).map { $0 & 3 } == 2 }
            at += 4 + (size + 3) / 4 * 4
        }
        return false
    }
}
