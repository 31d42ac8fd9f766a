// SPDX-License-Identifier: BSD-2-Clause
import Faith
import Internet

/// What client and server say to each other through the relay. The client is 2001:db8::1; it connects to
/// 2001:db8:64::c000:201, which stands for 192.0.2.1; towards the server, the relay is 198.51.100.1.
struct FTPDialogue: Sendable {
    enum Speaker: Sendable {
        case client, server
    }

    struct Step: Sendable {
        var speaker: Speaker
        var bytes: [UInt8]
        /// What then goes out to either.
        var toClient: [UInt8] = []
        var toServer: [UInt8] = []
    }

    var name: String
    var steps: [Step]
    /// What was asked of the sockets, and after all that, what was refused.
    var events: [String] = []
    var hasSockets = true
    var isOver = false
    var isTransparent = false

    static func client(_ text: String, toServer: String = "", toClient: String = "") -> Step {
        Step(speaker: .client, bytes: said(text), toClient: said(toClient), toServer: said(toServer))
    }

    static func server(_ text: String, toClient: String = "", toServer: String = "") -> Step {
        Step(speaker: .server, bytes: said(text), toClient: said(toClient), toServer: said(toServer))
    }

    static func said(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// A line of the client that is passed on as it is, and the answer to it.
    static func unchanged(_ command: String, _ reply: String) -> [Step] {
        [client(command, toServer: command), server(reply, toClient: reply)]
    }

    /// A greeting, as servers send it before they are asked.
    static let greeting = server("220 ready\r\n", toClient: "220 ready\r\n")
}

/// Sockets that are only written down: the first listens on port 50000, the next on 50001.
struct WrittenPorts: FTPDataPorts {
    var events: [String] = []
    var hasSockets = true
    private var next: UInt16 = 50_000

    init(hasSockets: Bool = true) {
        self.hasSockets = hasSockets
    }

    mutating func listenForServer(relayingTo client: IPv6Endpoint) -> IPv4Endpoint? {
        events.append("active to \(client)")
        return port().map { IPv4Endpoint(IPv4Address(bits: 0xC633_6401), port: $0) }
    }

    mutating func listenForClient(relayingTo server: IPv4Endpoint) -> UInt16? {
        events.append("passive to \(server)")
        return port()
    }

    mutating func close(_ listener: IPv4Endpoint) {
        events.append("close \(listener)")
    }

    private mutating func port() -> UInt16? {
        guard hasSockets else { return nil }
        defer { next += 1 }
        return next
    }
}

/// What comes of a dialogue.
struct FTPTranscript: Equatable {
    var toClient: [[UInt8]] = []
    var toServer: [[UInt8]] = []
    var events: [String] = []
    var isOver = false
    var isTransparent = false
}

extension FTPDialogue {
    static func relay() -> FTPRelay {
        FTPRelay(
            client: IPv6Address(high: 0x2001_0DB8 << 32, low: 1),
            asked: IPv6Address(high: 0x2001_0DB8_0064_0000, low: 0xC000_0201), server: IPv4Address(bits: 0xC000_0201))
    }

    var expected: FTPTranscript {
        FTPTranscript(
            toClient: steps.map(\.toClient), toServer: steps.map(\.toServer),
            events: events, isOver: isOver, isTransparent: isTransparent)
    }

    /// Has the relay hear each step in the pieces that `cut` makes of it.
    func play(_ cut: (_ step: Int, _ bytes: [UInt8]) -> [[UInt8]]) -> FTPTranscript {
        var relay = FTPDialogue.relay()
        var ports = WrittenPorts(hasSockets: hasSockets)
        var transcript = FTPTranscript()
        var refusals: [FTPRefusal] = []
        for (index, step) in steps.enumerated() {
            var (toClient, toServer): ([UInt8], [UInt8]) = ([], [])
            for piece in cut(index, step.bytes) {
                let output =
                    switch step.speaker {
                    case .client: relay.takeFromClient(piece, ports: &ports)
                    case .server: relay.takeFromServer(piece, ports: &ports)
                    }
                toClient += output.toClient
                toServer += output.toServer
                refusals += output.refusals
            }
            transcript.toClient.append(toClient)
            transcript.toServer.append(toServer)
        }
        transcript.events = ports.events + refusals.map(\.name)
        (transcript.isOver, transcript.isTransparent) = (relay.isOver, relay.isTransparent)
        return transcript
    }
}
