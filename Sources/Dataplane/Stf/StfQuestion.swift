// SPDX-License-Identifier: BSD-2-Clause
import Stf
import Control
import Internet
import Netlink

extension StfInterface {
    /// Says what would become of a packet now. Nothing is sent, delivered or counted.
    func explain(_ question: ExplainParameters, on host: Host) throws(Refusal) -> ExplainReply {
        try packet(of: question).withPacket { packet throws(Refusal) in
            switch question.direction {
            case .output:
                return ExplainReply(rules.explainOutput(packet))
            case .input:
                var routes = PresentRoutes(socket: host.requests)
                let arrival = try arrival(of: packet, question, &routes, host)
                return ExplainReply(rules.explainInput(packet, on: arrival, routes: &routes))
            }
        }
    }

    /// The bytes that the digits mean, with zeros for those that were not given.
    private func packet(of question: ExplainParameters) throws(Refusal) -> [UInt8] {
        guard var packet = [UInt8](hexadecimal: question.packet) else {
            throw Refusal(question.interface, "packet", .EINVAL, "not hexadecimal digits")
        }
        let length = question.length ?? packet.count
        guard packet.count <= length, length <= Int(UInt16.max) else {
            throw Refusal(question.interface, "length \(length)", .EINVAL, "\(packet.count)..\(UInt16.max)")
        }
        packet += [UInt8](repeating: 0, count: length - packet.count)
        return packet
    }

    /// Where the packet comes by, or else where it may come by: the interface that an answer would leave by.
    private func arrival(
        of packet: borrowing RawSpan, _ question: ExplainParameters, _ routes: inout PresentRoutes, _ host: Host
    ) throws(Refusal) -> UInt32 {
        if let name = question.arrival {
            guard let link = host.network.link(named: name) else {
                throw Refusal(name, nil, .ENXIO, "no such interface")
            }
            return link.index
        }
        return IPv4Header(packet).flatMap { routes.interface(to: $0.source) } ?? 0
    }
}

extension ExplainReply {
    init(_ verdict: StfVerdict) {
        switch verdict {
        case .leaves(let header):
            self.init(
                .passes,
                "leaves as \(header.source) > \(header.destination), ttl \(header.timeToLive), tos \(header.typeOfService)"
            )
        case .arrives(let inner, let trafficClass):
            self.init(.passes, "arrives as \(inner.source) > \(inner.destination), traffic class \(trafficClass)")
        case .tells(let sender, let error): self.init(.passes, "\(sender) is told: \(error.words)")
        case .dies(let drop, let error):
            let told = error.map { "; the sender is told: \($0.words)" } ?? ""
            self.init(.dropped, reason: drop.name, drop.description + told)
        case .ignored(let why): self.init(.ignored, why.words)
        }
    }
}

extension StfVerdict.Ignored {
    fileprivate var words: String {
        switch self {
        case .notIPv4: "not a whole IPv4 packet"
        case .fragment: "a fragment of an IPv4 packet"
        case .noError: "not an ICMP error about a packet of protocol 41, or a damaged one"
        case .otherProtocol(let number): "protocol \(number), not 41"
        }
    }
}

extension ICMPv6Error {
    fileprivate var words: String {
        switch self {
        case .unreachable(.noRoute): "no route"
        case .unreachable(.prohibited): "administratively prohibited"
        case .unreachable(.address): "address unreachable"
        case .unreachable(.sourceFailedPolicy): "source address failed policy"
        case .packetTooBig(let mtu): "packet too big, mtu \(mtu)"
        }
    }
}

/// The kernel's routing tables as they are now.
private struct PresentRoutes: RouteLookup {
    let socket: RouteSocket

    func interface(to address: IPv4Address) -> UInt32? { socket.interface(to: address) }
    func interface(to address: IPv6Address) -> UInt32? { socket.interface(to: address) }
}
