// SPDX-License-Identifier: BSD-2-Clause

/// A file as pcap-savefile(5) describes it: a header, and then packets, each behind a header of its own.
struct Pcap {
    private let bytes: CaptureBytes
    /// Bytes of the header in front of each packet.
    private let headerSize: Int
    /// Old programs wrote the two lengths of a packet in the other order.
    private let minorVersion: Int

    private static let fileHeaderSize = 24
    /// Nil: the file begins otherwise.
    init?(_ bytes: CaptureBytes) {
        var bytes = bytes
        // Microseconds, nanoseconds, and the longer packet headers of a patched Linux.
        let magics = [0xA1B2_C3D4: 16, 0xA1B2_3C4D: 16, 0xA1B2_CD34: 24]
        bytes.isLittle = true
        if let size = bytes.uint32(0).flatMap({ magics[$0] }) {
            headerSize = size
        } else {
            bytes.isLittle = false
            guard let size = bytes.uint32(0).flatMap({ magics[$0] }) else { return nil }
            headerSize = size
        }
        minorVersion = bytes.uint16(6) ?? 0
        self.bytes = bytes
    }

    func read(into capture: inout Capture) throws(CaptureError) {
        guard bytes.count >= Pcap.fileHeaderSize, let major = bytes.uint16(4), let number = bytes.uint32(20) else {
            throw CaptureError(reason: "ends within its header")
        }
        guard major == 2 else { throw CaptureError(reason: "version \(major).\(minorVersion) is not known") }
        // What is above tells of frame check sequences.
        let link = try LinkType(number & 0x03FF_FFFF)
        var at = Pcap.fileHeaderSize
        while at < bytes.count {
            guard var captured = bytes.uint32(at + 8), var length = bytes.uint32(at + 12),
                bytes.slice(at, headerSize) != nil
            else { throw capture.ends() }
            if minorVersion < 3 || (minorVersion == 3 && captured > length) { swap(&captured, &length) }
            guard captured <= CapturedPacket.capacity else {
                throw CaptureError(reason: "packet \(capture.packets.count + 1) cannot have \(captured) bytes")
            }
            guard let frame = bytes.slice(at + headerSize, captured) else { throw capture.ends() }
            capture.append(frame, of: length, link)
            at += headerSize + captured
        }
    }
}
