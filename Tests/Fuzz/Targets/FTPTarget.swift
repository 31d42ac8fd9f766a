// SPDX-License-Identifier: BSD-2-Clause
import Faith
import Internet

/// What must hold of a control connection of FTP, whatever client and server say on it. Both are read here once more, with
/// as little knowledge as possible: of Telnet the server knows nothing, and of a reply the client looks at three bytes.
///
/// A byte says who speaks, the client if it is even, and its upper bits how many of the next bytes are said.
enum FTPTarget {
    static func run(_ bytes: [UInt8]) throws(Violation) {
        var talk = FTPTalk()
        var rest = bytes[...]
        while let first = rest.popFirst(), !talk.relay.isTransparent {
            let said = Array(rest.prefix(Int(first >> 1)))
            rest = rest.dropFirst(said.count)
            if first & 1 == 0 { talk.client(said) } else { talk.server(said) }
        }
        try talk.checkCommands()
        try talk.checkReplies()
    }
}

/// A client 2001:db8::1, a relay that is 198.51.100.1 to the server, and the server 192.0.2.1.
private struct FTPTalk {
    var relay = FTPRelay(
        client: IPv6Address(high: 0x2001_0DB8 << 32, low: 1),
        asked: IPv6Address(high: 0x2001_0DB8_0064_0000, low: 0xC000_0201), server: IPv4Address(bits: 0xC000_0201))
    var ports = FuzzPorts()
    private var saidByClient: [UInt8] = []
    private var heardByServer: [UInt8] = []
    private var heardByClient: [UInt8] = []
    private var isTold = true

    mutating func client(_ said: [UInt8]) {
        saidByClient += said
        take(relay.takeFromClient(said, isUrgent: said.first == 242, ports: &ports))
    }

    mutating func server(_ said: [UInt8]) {
        take(relay.takeFromServer(said, ports: &ports))
    }

    private mutating func take(_ output: FTPOutput) {
        // What comes behind 234 may be anything.
        if relay.isTransparent { isTold = false }
        heardByServer += output.toServer
        if isTold { heardByClient += output.toClient }
        if let urgent = output.urgent { isUrgentWell = isUrgentWell && output.toServer[urgent] == 0x0D }
    }

    private var isUrgentWell = true

    /// Each command is one that the client said, in the order in which it did; or ours, with an address of ours.
    func checkCommands() throws(Violation) {
        try require(isUrgentWell, "an urgent byte that is no carriage return")
        try require(heardByServer.isEmpty || heardByServer.suffix(2) == [0x0D, 0x0A], "a command without end")
        var meant = saidByClient.split(separator: 0x0A)[...].map(FTPTalk.withoutTelnet)[...]
        for line in heardByServer.split(separator: 0x0A) {
            try require(line.last == 0x0D, "an end of line without carriage return")
            let line = line.dropLast()
            let text = String(decoding: line, as: UTF8.self)
            try require(line.allSatisfy { $0 >= 0x20 }, "\(text.debugDescription) has a control character")
            try require(FTPTalk.isPaired(line), "\(text.debugDescription) has a Telnet command")
            let verb = line.prefix { $0 != 0x20 }
            let isWord = verb.allSatisfy { 0x30...0x39 ~= $0 || 0x41...0x5A ~= $0 || 0x61...0x7A ~= $0 }
            try require(isWord && !verb.isEmpty, "\(text.debugDescription) has no verb")
            switch String(decoding: verb, as: UTF8.self).uppercased() {
            case "PORT": try require(ports.announced.contains(text), "\(text) is not our port")
            case "PASV": try require(text == "PASV", "\(text.debugDescription) instead of PASV")
            case "EPRT", "EPSV", "LPRT", "LPSV", "MIC", "CONF", "ENC":
                throw Violation(description: "\(text) got through")
            case "AUTH": continue
            default:
                guard let place = meant.firstIndex(of: Array(line)) else {
                    throw Violation(description: "\(text.debugDescription) was not said, or not then")
                }
                meant = meant[(place + 1)...]
            }
        }
    }

    /// No data connection is announced to the client but at a port of ours.
    func checkReplies() throws(Violation) {
        for line in heardByClient.split(separator: 0x0A) {
            // Answers to Telnet's options, with whatever number the client named.
            var line = line
            while line.starts(with: [255, 252]) || line.starts(with: [255, 254]) { line = line.dropFirst(3) }
            let text = String(decoding: line, as: UTF8.self)
            try require(line.dropLast().allSatisfy { $0 != 0x0D && $0 != 0 }, "\(text.debugDescription) has two ends")
            try require(!text.hasPrefix("227"), "\(text.debugDescription) to a client of IPv6")
            guard text.hasPrefix("228") || text.hasPrefix("229") else { continue }
            let isOurs = ports.replies.contains { text == $0 + "\r" }
            try require(isOurs, "\(text.debugDescription) announces a port that is not ours")
        }
    }

    /// What a line of the client says, blanks in front aside: byte by byte, as RFC 854 and RFC 855 have it.
    private static func withoutTelnet(_ line: ArraySlice<UInt8>) -> [UInt8] {
        enum State { case text, command, option, inside, insideCommand }
        var (state, text): (State, [UInt8]) = (.text, [])
        for byte in line {
            switch (state, byte) {
            case (.text, 255): state = .command
            case (.text, _): text.append(byte)
            case (.command, 255):
                text += [255, 255]
                state = .text
            case (.command, 250): state = .inside
            case (.command, 251...254): state = .option
            case (.command, _), (.option, _): state = .text
            case (.inside, 255): state = .insideCommand
            case (.inside, _): break
            case (.insideCommand, 240): state = .text
            case (.insideCommand, _): state = .inside
            }
        }
        if text.last == 0x0D { text.removeLast() }
        return Array(text.drop { $0 == 0x20 })
    }

    private static func isPaired(_ line: ArraySlice<UInt8>) -> Bool {
        line.split(whereSeparator: { $0 != 255 }).allSatisfy { $0.count % 2 == 0 }
    }
}

/// Sockets that are only written down.
private struct FuzzPorts: FTPDataPorts {
    private(set) var announced: Set<String> = []
    private(set) var replies: Set<String> = []
    private var next: UInt16 = 50_000

    mutating func listenForServer(relayingTo client: IPv6Endpoint) -> IPv4Endpoint? {
        guard client.address == IPv6Address(high: 0x2001_0DB8 << 32, low: 1), client.port >= 1024 else { return nil }
        next &+= 1
        announced.insert("PORT 198,51,100,1,\(next >> 8),\(next & 255)")
        return IPv4Endpoint(IPv4Address(bits: 0xC633_6401), port: next)
    }

    mutating func listenForClient(relayingTo server: IPv4Endpoint) -> UInt16? {
        guard server.address == IPv4Address(bits: 0xC000_0201), server.port >= 1024 else { return nil }
        next &+= 1
        replies.insert("229 Entering Extended Passive Mode (|||\(next)|)")
        let address = "32,1,13,184,0,100,0,0,0,0,0,0,192,0,2,1"
        replies.insert("228 Entering Long Passive Mode (6,16,\(address),2,\(next >> 8),\(next & 255))")
        return next
    }

    mutating func close(_ listener: IPv4Endpoint) {}
}
