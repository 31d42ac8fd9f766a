// SPDX-License-Identifier: BSD-2-Clause
import Captures

/// What must hold of a file of captured packets, whatever is in it.
enum CaptureTarget {
    static func run(_ bytes: [UInt8]) throws(Violation) {
        let capture: Capture
        do throws(CaptureError) {
            capture = try Capture(reading: bytes)
        } catch {
            return try require(!error.reason.isEmpty, "refused without a reason")
        }
        try require(capture.packets.count <= bytes.count / 12, "more packets than a file of that size has")
        for case let packet? in capture.packets {
            try require(!packet.bytes.isEmpty, "a packet without a byte")
            try require(packet.length >= packet.bytes.count, "more bytes captured than there were")
            try require(packet.bytes.endIndex <= bytes.count, "bytes from beyond the file")
            try require(packet.bytes.elementsEqual(bytes[packet.bytes.indices]), "bytes that are not in the file")
            try require(packet.bytes.first.map { [4, 6].contains($0 >> 4) } ?? false, "not IP")
        }
    }
}
