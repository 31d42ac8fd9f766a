// SPDX-License-Identifier: BSD-2-Clause
public import Internet

/// Whose a frame is, as far as words can tell it from others.
public enum FrameFlow: Equatable, Sendable {
    case tcp(TransportPair)
    case udp(to: IPv6Endpoint)
    case ip(UInt8, to: IPv6Address)
    case other(type: UInt16)

    /// Nil: it is no whole frame.
    public init?(of frame: borrowing RawSpan, from start: Int = 0) {
        guard let (type, place) = EthernetFrame.network(frame, from: start) else { return nil }
        if let pair = TransportPair(of: frame, from: start) {
            self = .tcp(pair)
            return
        }
        let (proto, destination, ports): (UInt8, IPv6Address, Int)
        switch type {
        case EthernetFrame.EtherType.ipv4:
            guard frame.byteCount >= place + 20 else { return nil }
            (proto, destination) = (frame.byte(at: place + 9), .mapped(frame.ipv4Address(at: place + 16)))
            ports = place + Int(frame.byte(at: place) & 15) * 4
        case EthernetFrame.EtherType.ipv6:
            guard frame.byteCount >= place + 40 else { return nil }
            (proto, destination, ports) = (frame.byte(at: place + 6), frame.ipv6Address(at: place + 24), place + 40)
        case _:
            self = .other(type: type)
            return
        }
        if proto == 17, frame.byteCount >= ports + 4 {
            self = .udp(to: IPv6Endpoint(destination, port: frame.uint16(at: ports + 2)))
        } else {
            self = .ip(proto, to: destination)
        }
    }

    /// Words of puppetctl(8) that keep it from being sniffed.
    public var words: String {
        switch self {
        case .tcp(let pair): "exclude \(pair.words)"
        case .udp(let end):
            "filter \"not (udp and host \(FrameFlow.text(end.address)) and port \(end.port))\""
        case .ip(let proto, let address):
            "filter \"not (\(address.isMapped ? "ip" : "ip6") proto \(proto) and host \(FrameFlow.text(address)))\""
        case .other(let type): "filter \"not ether proto \(type)\""
        }
    }

    private static func text(_ address: IPv6Address) -> String {
        address.isMapped ? IPv4Address(bits: UInt32(truncatingIfNeeded: address.low)).description : "\(address)"
    }
}

extension TransportPair {
    /// `192.0.2.1:22,198.51.100.7:50000`
    public var words: String { "\(one.eitherText),\(other.eitherText)" }
}

extension IPv6Endpoint {
    /// `[2001:db8::1]:7113`, and of a mapped address `192.0.2.1:7113`.
    public var eitherText: String {
        guard address.isMapped else { return description }
        return IPv4Endpoint(IPv4Address(bits: UInt32(truncatingIfNeeded: address.low)), port: port).description
    }
}

/// The flow with more than half of the bytes, if there is one (Boyer and Moore's vote).
public struct FlowVote: Sendable {
    public private(set) var leader: FrameFlow?
    private var weight = 0

    public init() {}

    public mutating func add(_ flow: FrameFlow, bytes: Int) {
        if leader == flow {
            weight += bytes
        } else if weight >= bytes {
            weight -= bytes
        } else {
            (leader, weight) = (flow, bytes - weight)
        }
    }
}
