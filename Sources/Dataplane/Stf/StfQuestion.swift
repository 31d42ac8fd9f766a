// SPDX-License-Identifier: BSD-2-Clause
import Stf
import Control
import Internet
import Netlink
import SystemIO

extension StfInterface {
    /// Says what would become of a packet now. Nothing is sent, delivered or counted.
    func explain(_ question: ExplainParameters, on host: Host) throws(Refusal) -> ExplainReply {
        let packet = try packet(of: question)
        return try packet.bytes.withPacket { bytes throws(Refusal) in
            switch question.direction {
            case .output:
                var way: UInt32?
                if packet.captured >= IPv6Header.size {
                    let header = IPv6Header(bytes)
                    way = host.requests.interface(to: header.destination, from: header.source)
                }
                return ExplainReply(
                    rules.explainOutput(bytes, captured: packet.captured, by: way, surroundings(on: host)))
            case .input:
                var routes = PresentRoutes(socket: host.requests)
                let arrival = try arrival(of: bytes, question, &routes, host)
                let name = host.network.links[arrival]?.name
                return ExplainReply(
                    rules.explainInput(
                        bytes, captured: packet.captured, on: arrival, surroundings(on: host, by: name),
                        routes: &routes))
            }
        }
    }

    private func surroundings(on host: Host, by arrival: String? = nil) -> StfSurroundings {
        let takes = { (name: String) in kernelVariable("net/ipv4/conf/\(name)/accept_source_route") == "1" }
        return StfSurroundings(
            mtu: host.network.links[device.index]?.mtu ?? record.defaultMTU,
            sendsErrors: host.variables.mib[.errppslimit] != 0,
            takesSourceRoutes: takes("all") && takes(arrival ?? "default"),
            addresses: Set(host.network.ipv4Addresses.map(\.address)))
    }

    private func packet(of question: ExplainParameters) throws(Refusal) -> CapturedPacket {
        guard let bytes = [UInt8](hexadecimal: question.packet) else {
            throw Refusal(question.interface, "packet", .EINVAL, "not hexadecimal digits")
        }
        let lengths = bytes.count...max(bytes.count, CapturedPacket.capacity)
        if let length = question.length, !lengths.contains(length) {
            throw Refusal(
                question.interface, "length \(length)", .EINVAL, "\(lengths.lowerBound)..\(lengths.upperBound)")
        }
        return CapturedPacket(bytes, of: question.length)
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
        guard packet.byteCount >= IPv4Header.minimumSize else { return 0 }
        return host.requests.interface(to: packet.ipv4Address(at: 12)) ?? 0
    }
}

/// A packet of which perhaps only the first bytes were captured.
struct CapturedPacket: Equatable {
    /// As many as it has, with zeros for those that were not captured.
    let bytes: [UInt8]
    let captured: Int

    /// More than any packet has, even one that the kernel has still to cut.
    static let capacity = 1 << 20

    /// - Parameter length: bytes of the whole packet; if nobody knows, it says so itself.
    init(_ bytes: [UInt8], of length: Int? = nil) {
        let length = max(length ?? CapturedPacket.length(claimedBy: bytes), bytes.count)
        captured = bytes.count
        self.bytes = bytes + [UInt8](repeating: 0, count: length - bytes.count)
    }

    private static func length(claimedBy bytes: [UInt8]) -> Int {
        bytes.withPacket { bytes in
            switch bytes.byteCount > 0 ? bytes.byte(at: 0) >> 4 : 0 {
            case 4 where bytes.byteCount >= 4: Int(bytes.uint16(at: 2))
            case 6 where bytes.byteCount >= 6: IPv6Header.size + Int(bytes.uint16(at: 4))
            default: 0
            }
        }
    }
}

extension ExplainReply {
    init(_ verdict: StfVerdict) {
        switch verdict {
        case .leaves(let header, let inSegments):
            let cut = inSegments ? ", cut into segments that fit the MTU" : ""
            self.init(
                .passes,
                "leaves as \(header.source) > \(header.destination), ttl \(header.timeToLive), "
                    + "tos \(header.typeOfService)\(cut)")
        case .arrives(let inner, let trafficClass):
            self.init(.passes, "arrives as \(inner.source) > \(inner.destination), traffic class \(trafficClass)")
        case .tells(let sender?, let error): self.init(.passes, "\(sender) is told: \(error.words)")
        case .tells(nil, _):
            self.init(.ignored, "nobody is told: what it quotes is an error itself, or not from one node to one node")
        case .dies(let drop, let told): self.init(.dropped, reason: drop.name, drop.description + told.words)
        case .tooBig(let mtu, let told):
            self.init(.dropped, "larger than the MTU, which is \(mtu): the kernel refuses it\(told.words)")
        case .ignored(let why): self.init(.ignored, why.words)
        }
    }
}

extension StfVerdict.Told {
    fileprivate var words: String {
        switch self {
        case .nothing: ""
        case .error(let error): "; the sender is told: \(error.words)"
        case .perhaps(let error): "; the sender is told, unless it is an error itself: \(error.words)"
        }
    }
}

extension StfVerdict.Ignored {
    fileprivate var words: String {
        switch self {
        case .notIPv4: "not an IPv4 packet"
        case .fragment: "a fragment of an IPv4 packet"
        case .noError: "not an ICMP error about a packet of protocol 41, or a damaged one"
        case .otherProtocol(let number): "protocol \(number), not 41"
        case .notCaptured(let captured, let length): "only \(captured) of \(length) bytes were captured"
        case .sentByThisHost: "sent by this host"
        case .routedElsewhere: "the route to its destination leads elsewhere"
        case .refusedByKernel(.checksum): "the kernel drops it: the IPv4 header checksum is wrong"
        case .refusedByKernel(.length): "the kernel drops it: shorter than its header says"
        case .refusedByKernel(.options): "the kernel drops it: the IPv4 options are malformed"
        case .refusedByKernel(.sourceRoute): "the kernel drops it: it has a source route"
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

    func leads(to address: IPv4Address, by interface: UInt32) -> Bool { socket.leads(to: address, by: interface) }
    func interface(to address: IPv6Address) -> UInt32? { socket.interface(to: address) }
}
