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
            (proto, destination) = (frame.byte(at: place + 9), IPv6Address(mapped: frame.ipv4Address(at: place + 16)))
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
            "filter \"not (udp and host \(end.address.eitherText) and port \(end.port))\""
        case .ip(let proto, let address):
            "filter \"not (\(address.mapped != nil ? "ip" : "ip6") proto \(proto) and host \(address.eitherText))\""
        case .other(let type): "filter \"not ether proto \(type)\""
        }
    }
}

extension TransportPair {
    /// `192.0.2.1:22,198.51.100.7:50000`
    public var words: String { "\(one.eitherText),\(other.eitherText)" }
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
