// SPDX-License-Identifier: BSD-2-Clause
public import Internet

/// The control connection of FTP between an IPv6 client and an IPv4 server, each of which is told what it understands of
/// data connections: EPRT, LPRT, EPSV and LPSV (RFC 2428, RFC 1639) become PORT and PASV (RFC 959), their replies the
/// reverse. faithd(8) does the same, line by line; this does it wherever the lines are split, and if many commands are
/// sent before the first reply.
///
///     client                          relay                          server
///     EPSV                            PASV
///     229 ... (|||50000|)             listens on port 50000          227 ... (192,0,2,1,4,1)
///     EPRT |2|2001:db8::1|1025|       PORT 198,51,100,1,195,81
///
/// A data connection goes from the client itself to the server itself, never elsewhere (RFC 2577 §3). So that nothing is
/// hidden from it, each line that goes out is one that it has understood, and has written anew: ``FTPCommand``,
/// ``FTPReplyReader``. After AUTH TLS has succeeded (RFC 4217) nothing can be read any more, and all is passed on as it is.
public struct FTPRelay: Codable, Sendable {
    /// How many commands may wait for their replies.
    public static let pendingLimit = 256

    /// The IPv6 address that the control connection comes from.
    public let client: IPv6Address
    /// The IPv6 address that it was made to, which stands for the server.
    public let asked: IPv6Address
    /// The IPv4 address that it is relayed to.
    public let server: IPv4Address

    /// Both connections are to be closed when what there is to send is sent; nothing more is read.
    public internal(set) var isOver = false
    /// The lines are not looked at any more.
    public internal(set) var isTransparent = false

    private var clientLines = FTPLineBuffer()
    private var isUrgent = false
    var serverLines = FTPLineBuffer()
    var replies = FTPReplyReader()
    /// Oldest first. A server greets before it is asked.
    var pending: [Pending] = [.unchanged]
    private var isExtendedOnly = false

    /// The server has not said yet whether TLS begins.
    public internal(set) var isAuthenticating = false
    /// What the client has said since: lines if TLS does not begin.
    var held: [UInt8] = []
    /// Bytes of it after which nothing more is to be received from the client.
    private static let heldLimit = 1024

    /// What a reply will be about.
    enum Pending: Codable, Sendable {
        case unchanged
        case authentication
        case active(FTPVerb, listener: IPv4Endpoint)
        case passive(FTPVerb)
        /// The server was not asked; this goes to the client when its turn comes.
        case own(String)
    }

    public init(client: IPv6Address, asked: IPv6Address, server: IPv4Address) {
        self.client = client
        self.asked = asked
        self.server = server
    }

    /// There is no room for more from the client until the server has said something.
    public var isFull: Bool { isAuthenticating && held.count >= FTPRelay.heldLimit }
}

// MARK: from the client

extension FTPRelay {
    /// Takes bytes that the client sent. In all, at most 32 bytes go out for each that came in from either side, and 128:
    /// a refusal is longer than the command.
    /// - Parameter isUrgent: the first of them was sent as urgent data. So is the end of the command that it belongs to,
    ///   then: a server that is busy with a transfer learns of ABOR by this (RFC 959 §4.1.3).
    public mutating func takeFromClient(
        _ bytes: some Sequence<UInt8>, isUrgent: Bool = false, ports: inout some FTPDataPorts
    ) -> FTPOutput {
        var output = FTPOutput()
        if isUrgent { self.isUrgent = true }
        hear(bytes, ports: &ports, &output)
        return output
    }

    mutating func hear(_ bytes: some Sequence<UInt8>, ports: inout some FTPDataPorts, _ output: inout FTPOutput) {
        for byte in bytes where !isOver {
            if isTransparent {
                output.toServer.append(byte)
                continue
            }
            if isAuthenticating {
                held.append(byte)
                continue
            }
            switch clientLines.take(byte) {
            case .line(let line):
                relay(command: line, ports: &ports, &output)
                isUrgent = false
            case .overflow: refuse(.lineTooLong, nil, &output)
            case nil: break
            }
        }
    }

    private mutating func relay(
        command line: ArraySlice<UInt8>, ports: inout some FTPDataPorts, _ output: inout FTPOutput
    ) {
        let text = TelnetText(line)
        output.toClient += text.answers
        var verb: FTPVerb?
        do throws(FTPRefusal) {
            guard text.isWhole else { throw .badTelnet }
            // Some servers answer an empty line, some do not: with it, no reply could be told from the next.
            guard let command = try FTPCommand(text.bytes[...]) else { return }
            verb = FTPVerb(command.verb)
            if let verb {
                try translate(verb, command, ports: &ports, &output)
            } else {
                pass(command, &output)
            }
        } catch {
            refuse(error, verb, &output)
        }
    }

    private mutating func translate(
        _ verb: FTPVerb, _ command: FTPCommand, ports: inout some FTPDataPorts, _ output: inout FTPOutput
    ) throws(FTPRefusal) {
        if isExtendedOnly, verb == .eprt || verb == .lprt || verb == .lpsv { throw .afterAll }
        switch verb {
        case .eprt: try listen(verb, for: try IPv6Endpoint(extended: command.word), ports: &ports, &output)
        case .lprt: try listen(verb, for: try IPv6Endpoint(long: command.word), ports: &ports, &output)
        case .epsv:
            let word = String(decoding: command.word, as: UTF8.self).uppercased()
            if word == "ALL" {
                isExtendedOnly = true
                _ = expect(.own("200 EPSV ALL command successful."), &output)
                return
            }
            guard word.isEmpty || word == "2" else {
                throw decimal(command.word, upTo: .max) == nil ? .badArgument : .unknownFamily
            }
            ask(.passive(verb), "PASV", &output)
        case .lpsv:
            guard command.word.isEmpty else { throw .badArgument }
            ask(.passive(verb), "PASV", &output)
        case .port, .pasv: throw .notForIPv6
        case .auth:
            // RFC 4217 §2: these are all that mean TLS. After others, commands are hidden in MIC and its like.
            let word = String(decoding: command.word, as: UTF8.self).uppercased()
            guard ["TLS", "TLS-C", "TLS-P", "SSL"].contains(word) else { throw .unknownMechanism }
            isAuthenticating = ask(.authentication, "AUTH \(word)", &output)
        case .mic, .conf, .enc: throw .encodedCommand
        }
    }

    private mutating func listen(
        _ verb: FTPVerb, for target: IPv6Endpoint, ports: inout some FTPDataPorts, _ output: inout FTPOutput
    ) throws(FTPRefusal) {
        guard target.address == client else { throw .foreignClient }
        guard target.port >= 1024 else { throw .clientPort }
        guard let listener = ports.listenForServer(relayingTo: target) else { throw .noDataPort }
        if !ask(.active(verb, listener: listener), "PORT \(listener.ftpText)", &output) { ports.close(listener) }
    }

    private mutating func pass(_ command: FTPCommand, _ output: inout FTPOutput) {
        if expect(.unchanged, &output) { output.command(command.written, isUrgent: isUrgent) }
    }

    /// False: there was no room for another command.
    @discardableResult
    private mutating func ask(_ reply: Pending, _ command: String, _ output: inout FTPOutput) -> Bool {
        guard expect(reply, &output) else { return false }
        output.command(Array(command.utf8), isUrgent: isUrgent)
        return true
    }
}

// MARK: replies

extension FTPRelay {
    /// Whether there is room for another command.
    private mutating func expect(_ reply: Pending, _ output: inout FTPOutput) -> Bool {
        guard pending.count < FTPRelay.pendingLimit else {
            refuse(.tooManyCommands, nil, &output)
            return false
        }
        pending.append(reply)
        sendOwn(&output)
        return true
    }

    mutating func refuse(_ refusal: FTPRefusal, _ verb: FTPVerb?, _ output: inout FTPOutput) {
        if refusal.isFatal {
            isOver = true
            pending = []
            output.refuse(refusal, verb)
        } else if let text = refusal.reply(to: verb), expect(.own(text), &output) {
            output.refusals.append(refusal)
        }
    }

    /// The replies of our own whose turn it is.
    mutating func sendOwn(_ output: inout FTPOutput) {
        while case .own(let text) = pending.first {
            output.reply(text)
            pending.removeFirst()
        }
    }
}
