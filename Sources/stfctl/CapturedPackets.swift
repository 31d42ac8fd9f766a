// SPDX-License-Identifier: BSD-2-Clause
import SystemIO

/// IP packets that somebody captured.
struct CapturedPackets {
    struct Packet: Equatable {
        /// From the IP header on, as far as it was captured.
        var bytes: ArraySlice<UInt8>
        /// Bytes of the whole packet.
        var length: Int
    }

    struct Failure: Error, Equatable {
        var reason: String
    }

    /// Nil stands for a frame that holds no IP packet.
    private(set) var packets: [Packet?] = []

    /// Reads a file as tcpdump(8) writes it (pcap-savefile(5)), of either byte order and resolution.
    ///
    /// libpcap would read more, such as pcapng, but cannot be linked into a tool without a dynamic linker.
    init(reading file: [UInt8]) throws(Failure) {
        guard file.count >= 24 else { throw Failure(reason: "not a pcap file") }
        let isLittle: Bool
        switch Array(file[..<4]) {
        case [0xD4, 0xC3, 0xB2, 0xA1], [0x4D, 0x3C, 0xB2, 0xA1]: isLittle = true
        case [0xA1, 0xB2, 0xC3, 0xD4], [0xA1, 0xB2, 0x3C, 0x4D]: isLittle = false
        case [0x0A, 0x0D, 0x0D, 0x0A]:
            throw Failure(reason: "a pcapng file: tcpdump -r file -w - makes a pcap file of it")
        default: throw Failure(reason: "not a pcap file")
        }
        let number = { (at: Int) in
            let bytes = file[at..<at + 4]
            return (isLittle ? Array(bytes.reversed()) : Array(bytes)).reduce(0) { $0 << 8 | Int($1) }
        }
        // What is above the low 16 bits tells of frame check sequences.
        guard let link = LinkType(rawValue: number(20) & 0xFFFF) else {
            throw Failure(reason: "link type \(number(20) & 0xFFFF) is not known")
        }
        var at = 24
        while at < file.count {
            guard at + 16 <= file.count, number(at + 8) <= file.count - at - 16 else {
                throw Failure(reason: "ends within packet \(packets.count + 1)")
            }
            let frame = file[at + 16..<at + 16 + number(at + 8)]
            packets.append(link.packet(in: frame, of: number(at + 12)))
            at += 16 + frame.count
        }
    }
}

/// What precedes the IP header in a frame (https://www.tcpdump.org/linktypes.html).
private enum LinkType: Int {
    case null = 0
    case ethernet = 1
    /// As libpcap calls it on some systems.
    case rawOfOthers = 12
    case raw = 101
    case cooked = 113
    case ipv4 = 228
    case ipv6 = 229
    case cooked2 = 276

    /// - Parameter length: bytes of the frame on the wire, at least as many as in `frame`.
    func packet(in frame: ArraySlice<UInt8>, of length: Int) -> CapturedPackets.Packet? {
        guard let size = headerSize(frame), frame.count > size,
            let version = frame.dropFirst(size).first.map({ $0 >> 4 }),
            version == 4 || version == 6
        else { return nil }
        return CapturedPackets.Packet(bytes: frame.dropFirst(size), length: max(length, frame.count) - size)
    }

    /// Bytes before the IP header; nil for frames of other protocols.
    private func headerSize(_ frame: ArraySlice<UInt8>) -> Int? {
        switch self {
        case .raw, .rawOfOthers, .ipv4, .ipv6: return 0
        case .null: return 4
        case .cooked: return isIP(frame, at: 14) ? 16 : nil
        case .cooked2: return isIP(frame, at: 0) ? 20 : nil
        case .ethernet:
            var at = 12
            while type(frame, at: at) == 0x8100 || type(frame, at: at) == 0x88A8 { at += 4 }
            return isIP(frame, at: at) ? at + 2 : nil
        }
    }

    private func isIP(_ frame: ArraySlice<UInt8>, at offset: Int) -> Bool {
        type(frame, at: offset) == 0x0800 || type(frame, at: offset) == 0x86DD
    }

    private func type(_ frame: ArraySlice<UInt8>, at offset: Int) -> Int? {
        guard frame.count >= offset + 2 else { return nil }
        let at = frame.startIndex + offset
        return Int(frame[at]) << 8 | Int(frame[at + 1])
    }
}
