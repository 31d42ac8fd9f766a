// SPDX-License-Identifier: BSD-2-Clause

/// What precedes the IP header in a frame (https://www.tcpdump.org/linktypes.html).
enum LinkType: Int {
    case null = 0
    case ethernet = 1
    case ppp = 9
    /// As libpcap calls `raw` on some systems.
    case rawOfOthers = 12
    case rawOfOpenBSD = 14
    case pppSerial = 50
    case pppEthernet = 51
    case raw = 101
    case ciscoHDLC = 104
    case loop = 108
    case cooked = 113
    case pppOfDaemon = 166
    case pppWithDirection = 204
    case ipv4 = 228
    case ipv6 = 229
    case cooked2 = 276

    init(_ number: Int) throws(CaptureError) {
        guard let link = LinkType(rawValue: number) else {
            throw CaptureError(reason: "link type \(number) is not known")
        }
        self = link
    }

    /// - Parameter length: bytes of the frame on the wire; at least as many as in `frame`, or the file lies.
    func packet(in frame: ArraySlice<UInt8>, of length: Int) -> CapturedPacket? {
        var rest = FrameBytes(rest: frame)
        var isOutgoing = false
        guard unwrap(&rest, &isOutgoing), let version = rest.rest.first.map({ $0 >> 4 }), version == 4 || version == 6
        else { return nil }
        let header = frame.count - rest.rest.count
        return CapturedPacket(
            bytes: rest.rest, length: max(min(length, CapturedPacket.capacity), frame.count) - header,
            isOutgoing: isOutgoing)
    }

    /// Takes off all that is in front of the IP header; false if there is none.
    private func unwrap(_ frame: inout FrameBytes, _ isOutgoing: inout Bool) -> Bool {
        switch self {
        case .raw, .rawOfOthers, .rawOfOpenBSD, .ipv4, .ipv6: return true
        case .null, .loop: return frame.takeFamily()
        case .ethernet:
            frame.take(12)
            return frame.takeType()
        case .ppp: return frame.takePPP()
        case .pppSerial:
            guard let first = frame.rest.first else { return false }
            // Cisco's own framing, to one or to all, or that of RFC 1662.
            return first == 0x0F || first == 0x8F ? frame.takeCiscoHDLC() : first == 0xFF && frame.takePPP()
        case .pppEthernet: return frame.takePPPoE()
        case .ciscoHDLC: return frame.takeCiscoHDLC()
        case .pppOfDaemon:
            isOutgoing = frame.rest.first == 1
            return frame.takePPP()
        case .pppWithDirection:
            isOutgoing = frame.takeByte() ?? 0 != 0
            return frame.takePPP()
        case .cooked:
            isOutgoing = frame.takeNumber() == FrameBytes.outgoing
            frame.take(12)
            return frame.takeType()
        case .cooked2:
            guard let type = frame.takeNumber() else { return false }
            frame.take(8)
            isOutgoing = frame.takeByte().map(Int.init) == FrameBytes.outgoing
            frame.take(9)
            return frame.unwrap(type)
        }
    }
}

/// What is left of a frame.
private struct FrameBytes {
    var rest: ArraySlice<UInt8>

    /// What Linux says of a packet that it sends, in a cooked capture.
    static let outgoing = 4

    mutating func take(_ count: Int) {
        rest = rest.dropFirst(count)
    }

    mutating func takeByte() -> UInt8? { rest.popFirst() }

    /// Two bytes in network order; nil at the end.
    mutating func takeNumber() -> Int? {
        guard let first = rest.popFirst(), let second = rest.popFirst() else { return nil }
        return Int(first) << 8 | Int(second)
    }

    mutating func takeType() -> Bool {
        guard let type = takeNumber() else { return false }
        return unwrap(type)
    }

    /// Takes off what a type of Ethernet's announces: nothing of IP, and of VLAN tags (802.1Q, 802.1ad, and those from
    /// before it was) as many as there are.
    mutating func unwrap(_ first: Int) -> Bool {
        var type = first
        while true {
            switch type {
            case 0x0800, 0x86DD: return true
            case 0x8100, 0x88A8, 0x9100, 0x9200:
                take(2)
                guard let next = takeNumber() else { return false }
                type = next
            case 0x8864: return takePPPoE()
            case 0x8847, 0x8848: return takeLabels()
            // A length, or what Linux calls a frame of that kind: 802.2, and behind it the same types.
            case 0...1500:
                guard Array(rest.prefix(6)) == [0xAA, 0xAA, 3, 0, 0, 0] else { return false }
                take(6)
                guard let next = takeNumber(), next > 1500 else { return false }
                type = next
            default: return false
            }
        }
    }

    /// Labels of MPLS (RFC 3032 §2.1), of which the last one says so.
    private mutating func takeLabels() -> Bool {
        while rest.count >= 4 {
            let isLast = rest.dropFirst(2).first.map { $0 & 1 } == 1
            take(4)
            if isLast { return true }
        }
        return false
    }

    /// RFC 2516 §4: version and type 1, code 0 of a session, its number, a length.
    mutating func takePPPoE() -> Bool {
        guard takeByte() == 0x11, takeByte() == 0 else { return false }
        take(4)
        return takePPP()
    }

    /// RFC 1661 §2, perhaps behind address and control (RFC 1662 §3.1), where a direction may stand for the address. A
    /// protocol of one byte is odd (RFC 1661 §6.5).
    mutating func takePPP() -> Bool {
        if let first = rest.first, [0xFF, 0, 1].contains(first), rest.dropFirst().first == 3 { take(2) }
        guard let first = takeByte() else { return false }
        guard first & 1 == 0 else { return first == 0x21 || first == 0x57 }
        guard let second = takeByte() else { return false }
        return first == 0 && (second == 0x21 || second == 0x57)
    }

    /// Address, control, and a type of Ethernet's.
    mutating func takeCiscoHDLC() -> Bool {
        take(2)
        guard let type = takeNumber() else { return false }
        return type == 0x0800 || type == 0x86DD
    }

    /// The number of an address family, in the byte order of whoever wrote it.
    mutating func takeFamily() -> Bool {
        let bytes = Array(rest.prefix(4))
        guard bytes.count == 4 else { return false }
        take(4)
        let numbers = [bytes, bytes.reversed()].map { $0.reduce(0) { $0 << 8 | Int($1) } }
        // AF_INET; AF_INET6 of Linux, NetBSD and OpenBSD, FreeBSD, and macOS.
        return !Set(numbers).isDisjoint(with: [2, 10, 24, 28, 30])
    }
}
