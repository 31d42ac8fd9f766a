// SPDX-License-Identifier: BSD-2-Clause
import TestSupport

/// A UDP datagram, and the packets that may carry it.
public struct Datagram {
    public var source: String
    public var destination: String
    /// Behind the UDP header.
    public var data: [UInt8]

    public init(source: String, destination: String, data: [UInt8]) {
        self.source = source
        self.destination = destination
        self.data = data
    }

    static let destinationOptions: UInt8 = 60

    /// With its checksum.
    private var segment: [UInt8] {
        let length = UInt16(8 + data.count)
        let port = [UInt8(NodeBed.port >> 8), UInt8(NodeBed.port & 255)]
        let header = port + port + [UInt8(length >> 8), UInt8(length & 255), 0, 0]
        let whole = Packet.ipv6(from: source, to: destination, nextHeader: 17, payload: header + data)
        let sum = ~Packet.transportSum(of: whole, proto: 17)
        return Array(header[..<6]) + [UInt8(sum >> 8), UInt8(sum & 255)] + data
    }

    /// In one packet, behind as many headers of options, each with nothing in it.
    public func packet(options: Int = 0, hopByHop: Bool = false) -> [UInt8] {
        let (first, payload) = Datagram.wrap(17, segment, options: options)
        guard hopByHop else {
            return Packet.ipv6(from: source, to: destination, nextHeader: first, payload: payload)
        }
        let options: [UInt8] = [first, 0, 1, 4, 0, 0, 0, 0]
        return Packet.ipv6(from: source, to: destination, nextHeader: 0, payload: options + payload)
    }

    /// In fragments with up to `size` bytes of data each, a multiple of 8.
    /// - Parameter options: headers before the fragment header.
    public func fragments(of size: Int, id: UInt32, options: Int = 0) -> [[UInt8]] {
        let segment = segment
        return stride(from: 0, to: segment.count, by: size).map { start in
            let end = min(start + size, segment.count)
            return fragment(Array(segment[start..<end]), at: start, more: end < segment.count, id: id, options: options)
        }
    }

    /// One fragment with whatever data.
    public func fragment(
        _ data: [UInt8], at offset: Int, more: Bool, id: UInt32, nextHeader: UInt8 = 17, options: Int = 0
    ) -> [UInt8] {
        var header: [UInt8] = [nextHeader, 0, UInt8(offset >> 8), UInt8(offset & 0xF8) | (more ? 1 : 0)]
        header += (0..<4).map { UInt8(id >> (24 - 8 * $0) & 255) }
        let (first, payload) = Datagram.wrap(44, header + data, options: options)
        return Packet.ipv6(from: source, to: destination, nextHeader: first, payload: payload)
    }

    private static func wrap(_ proto: UInt8, _ payload: [UInt8], options: Int) -> (UInt8, [UInt8]) {
        var next = proto
        var bytes = payload
        for _ in 0..<options {
            bytes = [next, 0, 1, 4, 0, 0, 0, 0] + bytes
            next = destinationOptions
        }
        return (next, bytes)
    }
}
