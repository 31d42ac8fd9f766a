// SPDX-License-Identifier: BSD-2-Clause

/// Files of captured packets, written number by number.
struct CaptureFile {
    let isLittle: Bool
    private(set) var bytes: [UInt8] = []

    init(isLittle: Bool = true) {
        self.isLittle = isLittle
    }

    mutating func put(_ numbers: UInt32...) {
        for number in numbers {
            bytes += (0..<4).map { UInt8(truncatingIfNeeded: number >> (isLittle ? 8 * $0 : 24 - 8 * $0)) }
        }
    }

    mutating func put(halves numbers: UInt16...) {
        for number in numbers {
            bytes += [UInt8(number & 255), UInt8(number >> 8)].reversed(unless: isLittle)
        }
    }

    mutating func put(_ more: [UInt8]) { bytes += more }

    /// A file of pcap-savefile(5).
    /// - Parameter missing: so many bytes of each frame were not captured.
    static func pcap(
        _ frames: [[UInt8]], link: UInt32, magic: UInt32 = 0xA1B2_C3D4, isLittle: Bool = true, missing: UInt32 = 0
    ) -> [UInt8] {
        var file = CaptureFile(isLittle: isLittle)
        file.put(magic)
        file.put(halves: 2, 4)
        file.put(0, 0, 262_144, link)
        for frame in frames {
            file.put(1, 2, UInt32(frame.count), UInt32(frame.count) + missing)
            if magic == 0xA1B2_CD34 { file.put(0, 0) }
            file.put(frame)
        }
        return file.bytes
    }

    // MARK: pcapng

    mutating func putBlock(_ type: UInt32, _ body: (inout CaptureFile) -> Void) {
        var inner = CaptureFile(isLittle: isLittle)
        body(&inner)
        inner.bytes += [UInt8](repeating: 0, count: (4 - inner.bytes.count % 4) % 4)
        let size = UInt32(inner.bytes.count + 12)
        put(type, size)
        put(inner.bytes)
        put(size)
    }

    mutating func putSection() {
        putBlock(0x0A0D_0D0A) {
            $0.put(0x1A2B_3C4D)
            $0.put(halves: 1, 0)
            $0.put(.max, .max)
        }
    }

    /// - Parameter resolution: an option `if_tsresol`: 9 is nanoseconds.
    mutating func putInterface(link: UInt16, limit: UInt32 = 0, resolution: UInt8? = nil) {
        putBlock(1) {
            $0.put(halves: link, 0)
            $0.put(limit)
            guard let resolution else { return }
            $0.put(halves: 9, 1)
            $0.put([resolution, 0, 0, 0])
            $0.put(0)
        }
    }

    /// - Parameter flags: an option `epb_flags`, behind a comment.
    mutating func putEnhanced(_ frame: [UInt8], interface: UInt32 = 0, missing: UInt32 = 0, flags: UInt32? = nil) {
        putBlock(6) {
            $0.put(interface, 1, 2, UInt32(frame.count), UInt32(frame.count) + missing)
            $0.put(frame + [UInt8](repeating: 0, count: (4 - frame.count % 4) % 4))
            guard let flags else { return }
            $0.put(halves: 1, 5)
            $0.put(Array("hello\0\0\0".utf8))
            $0.put(halves: 2, 4)
            $0.put(flags, 0)
        }
    }

    mutating func putSimple(_ frame: [UInt8], of length: Int) {
        putBlock(3) {
            $0.put(UInt32(length))
            $0.put(frame)
        }
    }

    /// Of before there were enhanced ones.
    mutating func putPacket(_ frame: [UInt8], interface: UInt16 = 0) {
        putBlock(2) {
            $0.put(halves: interface, 0)
            $0.put(1, 2, UInt32(frame.count), UInt32(frame.count))
            $0.put(frame)
        }
    }
}

extension [UInt8] {
    fileprivate func reversed(unless isKept: Bool) -> [UInt8] { isKept ? self : reversed() }
}
