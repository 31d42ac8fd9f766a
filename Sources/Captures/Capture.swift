// SPDX-License-Identifier: BSD-2-Clause

/// IP packets that somebody captured, in a file as tcpdump(8) and Wireshark write it.
///
/// libpcap reads such files, too. Debian's is linked with D-Bus, which there is not for a tool without a dynamic linker;
/// what its reader gives is what a test asks tcpdump(8) itself.
public struct Capture: Equatable, Sendable {
    /// Nil stands for a frame that holds no IP packet.
    public internal(set) var packets: [CapturedPacket?] = []
    /// Why there are no more packets, if that is not because the file ends: "ends within packet 3".
    public internal(set) var flaw: String?

    /// Reads pcap-savefile(5) of either byte order and resolution, or pcapng, by what the first bytes say.
    /// - Throws: what the matter is with a file of neither kind.
    public init(reading file: [UInt8]) throws(CaptureError) {
        let bytes = CaptureBytes(file)
        do throws(CaptureError) {
            if let pcap = Pcap(bytes) {
                try pcap.read(into: &self)
            } else if Pcapng.isSection(bytes) {
                var pcapng = Pcapng(bytes)
                try pcapng.read(into: &self)
            } else {
                throw CaptureError(reason: "not a file of captured packets")
            }
        } catch {
            // What was read before is worth explaining.
            guard !packets.isEmpty else { throw error }
            flaw = error.reason
        }
    }

    mutating func append(_ frame: ArraySlice<UInt8>, of length: Int, _ link: LinkType, isOutgoing: Bool = false) {
        var packet = link.packet(in: frame, of: length)
        if isOutgoing { packet?.isOutgoing = true }
        packets.append(packet)
    }

    /// Where in the file the reader is, in words.
    func ends() -> CaptureError { CaptureError(reason: "ends within packet \(packets.count + 1)") }
}

/// One packet, from its IP header on.
public struct CapturedPacket: Equatable, Sendable {
    /// As far as it was captured.
    public var bytes: ArraySlice<UInt8>
    /// Bytes of the whole packet, and of what follows it in its frame.
    public var length: Int
    /// Whether the capture says that the host which made it sent the packet.
    public var isOutgoing: Bool

    /// More than any program captures of one packet (libpcap's MAXIMUM_SNAPLEN), and more than a packet has.
    public static let capacity = 262_144

    public init(bytes: ArraySlice<UInt8>, length: Int, isOutgoing: Bool = false) {
        self.bytes = bytes
        self.length = length
        self.isOutgoing = isOutgoing
    }
}

/// Why a file of captured packets cannot be read, or not to its end.
public struct CaptureError: Error, Equatable, Sendable {
    public var reason: String

    public init(reason: String) {
        self.reason = reason
    }
}

/// The bytes of a file, and numbers in them of the byte order in which they were written.
struct CaptureBytes {
    let all: [UInt8]
    var isLittle = true

    init(_ all: [UInt8]) {
        self.all = all
    }

    var count: Int { all.count }

    /// Nil beyond the end.
    func uint32(_ at: Int) -> Int? {
        guard at >= 0, count - at >= 4 else { return nil }
        let bytes = all[at..<at + 4]
        return isLittle ? bytes.reversed().reduce(0) { $0 << 8 | Int($1) } : bytes.reduce(0) { $0 << 8 | Int($1) }
    }

    /// Nil beyond the end.
    func uint16(_ at: Int) -> Int? {
        guard at >= 0, count - at >= 2 else { return nil }
        return isLittle ? Int(all[at + 1]) << 8 | Int(all[at]) : Int(all[at]) << 8 | Int(all[at + 1])
    }

    /// Nil unless all of it is there.
    func slice(_ at: Int, _ length: Int) -> ArraySlice<UInt8>? {
        guard at >= 0, length >= 0, at <= count, length <= count - at else { return nil }
        return all[at..<at + length]
    }
}
