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
/// A data connection goes from the client itself to the server itself, never elsewhere (RFC 2577 §3). After AUTH has
/// succeeded (RFC 4217) nothing can be read any more, and all is passed on as it is.
public struct FTPRelay: Sendable {
    /// How many commands may wait for their replies.
    public static let pendingLimit = 256

    /// The IPv6 address that the control connection comes from.
    public let client: IPv6Address
    /// The IPv6 address that it was made to, which stands for the server.
    public let asked: IPv6Address
    /// The IPv4 address that it is relayed to.
    public let server: IPv4Address

    /// Both connections are to be closed when what there is to send is sent; nothing more is read.
    public private(set) var isOver = false
    /// The lines are not looked at any more.
    public private(set) var isTransparent = false

    private var clientLines = FTPLineBuffer()
    private var serverLines = FTPLineBuffer()
    private var replies = FTPReplyReader()
    /// Oldest first. A server greets before it is asked.
    private var pending: [Pending] = [.unchanged]
    private var isExtendedOnly = false

    /// What a reply will be about.
    private enum Pending: Sendable {
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
}

// MARK: from the client

extension FTPRelay {
    /// Takes bytes that the client sent. In all, at most 32 bytes go out for each that came in from either side, and 128:
    /// a refusal is longer than the command.
    public mutating func takeFromClient(
        _ bytes: some Sequence<UInt8>, ports: inout some FTPDataPorts
    ) -> FTPOutput {
        var output = FTPOutput()
        for byte in bytes where !isOver {
            if isTransparent {
                output.toServer.append(byte)
                continue
            }
            switch clientLines.take(byte) {
            case .line(let line): relay(command: line, ports: &ports, &output)
            case .overflow: refuse(.lineTooLong, nil, &output)
            case nil: break
            }
        }
        return output
    }

    private mutating func relay(command line: [UInt8], ports: inout some FTPDataPorts, _ output: inout FTPOutput) {
        let parsed = FTPLine(line)
        let command = parsed.command
        let verb = FTPVerb(command.verb)
        switch verb {
        case _ where command.verb.isEmpty:
            // Some servers answer an empty line, some do not: with it, no reply could be told from the next.
            output.toServer += parsed.telnet
        case _ where parsed.hidesCommand:
            output.toServer += parsed.telnet
            refuse(.hiddenCommand, nil, &output)
        case nil, .auth:
            if expect(verb == nil ? .unchanged : .authentication, &output) { output.toServer += line }
        case .some(let verb):
            output.toServer += parsed.telnet
            do throws(FTPRefusal) {
                try translate(verb, command.argument, ports: &ports, &output)
            } catch {
                refuse(error, verb, &output)
            }
        }
    }

    private mutating func translate(
        _ verb: FTPVerb, _ argument: ArraySlice<UInt8>, ports: inout some FTPDataPorts, _ output: inout FTPOutput
    ) throws(FTPRefusal) {
        if isExtendedOnly, verb == .eprt || verb == .lprt || verb == .lpsv { throw .afterAll }
        switch verb {
        case .eprt: try listen(verb, for: try IPv6Endpoint(extended: argument), ports: &ports, &output)
        case .lprt: try listen(verb, for: try IPv6Endpoint(long: argument), ports: &ports, &output)
        case .epsv:
            let word = String(decoding: argument, as: UTF8.self).uppercased()
            if word == "ALL" {
                isExtendedOnly = true
                _ = expect(.own("200 EPSV ALL command successful."), &output)
                return
            }
            guard word.isEmpty || word == "2" else {
                throw decimal(argument, upTo: .max) == nil ? .badArgument : .unknownFamily
            }
            if expect(.passive(verb), &output) { output.command("PASV") }
        case .lpsv:
            guard argument.isEmpty else { throw .badArgument }
            if expect(.passive(verb), &output) { output.command("PASV") }
        case .port, .pasv: throw .notForIPv6
        case .auth: break
        }
    }

    private mutating func listen(
        _ verb: FTPVerb, for target: IPv6Endpoint, ports: inout some FTPDataPorts, _ output: inout FTPOutput
    ) throws(FTPRefusal) {
        guard target.address == client else { throw .foreignClient }
        guard target.port >= 1024 else { throw .clientPort }
        guard let listener = ports.listenForServer(relayingTo: target) else { throw .noDataPort }
        if expect(.active(verb, listener: listener), &output) {
            output.command("PORT \(listener.ftpText)")
        } else {
            ports.close(listener)
        }
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

    private mutating func refuse(_ refusal: FTPRefusal, _ verb: FTPVerb?, _ output: inout FTPOutput) {
        if refusal.isFatal {
            isOver = true
            pending = []
            output.reply(refusal.reply(to: verb))
        } else if !expect(.own(refusal.reply(to: verb)), &output) {
            return
        }
        output.refusals.append(refusal)
    }

    /// The replies of our own whose turn it is.
    private mutating func sendOwn(_ output: inout FTPOutput) {
        while case .own(let text) = pending.first {
            output.reply(text)
            pending.removeFirst()
        }
    }
}

// MARK: from the server

extension FTPRelay {
    /// Takes bytes that the server sent.
    public mutating func takeFromServer(
        _ bytes: some Sequence<UInt8>, ports: inout some FTPDataPorts
    ) -> FTPOutput {
        var output = FTPOutput()
        for byte in bytes where !isOver {
            if isTransparent {
                output.toClient.append(byte)
                continue
            }
            switch serverLines.take(byte) {
            case .line(let line): relay(reply: line, ports: &ports, &output)
            case .overflow: refuse(.replyTooLong, nil, &output)
            case nil: break
            }
        }
        return output
    }

    /// The server says no more: what is left of a line is passed on, and the replies of our own that waited.
    public mutating func endOfServer() -> FTPOutput {
        var output = FTPOutput()
        output.toClient = serverLines.takeRest()
        for case .own(let text) in pending { output.reply(text) }
        pending = []
        isOver = true
        return output
    }

    private mutating func relay(reply line: [UInt8], ports: inout some FTPDataPorts, _ output: inout FTPOutput) {
        switch replies.read(FTPLine(line).text) {
        case .other: output.toClient += line
        case .part(let code):
            if code == 227 { findPassive(&output) }
            // The client gets another code than 227, and so none of its lines.
            if code != 227 || !isPassiveNext { output.toClient += line }
        case .end(let code, let text):
            // 1yz is not the last word.
            guard code >= 200 else {
                output.toClient += line
                return
            }
            if code == 227 { findPassive(&output) }
            finish(code, text, line, ports: &ports, &output)
            sendOwn(&output)
        }
    }

    private var isPassiveNext: Bool {
        if case .passive = pending.first { true } else { false }
    }

    /// 227 answers nothing but PASV. A server that left commands before it without a reply will not answer them now.
    private mutating func findPassive(_ output: inout FTPOutput) {
        let passive = pending.firstIndex { if case .passive = $0 { true } else { false } }
        guard let passive else { return }
        for case .own(let text) in pending[..<passive] { output.reply(text) }
        pending.removeFirst(passive)
    }

    private mutating func finish(
        _ code: Int, _ text: ArraySlice<UInt8>, _ line: [UInt8], ports: inout some FTPDataPorts,
        _ output: inout FTPOutput
    ) {
        switch pending.isEmpty ? .unchanged : pending.removeFirst() {
        case .active(let verb, _) where (200...299).contains(code):
            output.reply("\(code) \(verb.rawValue) command successful.")
        case .active(_, let listener):
            ports.close(listener)
            output.toClient += line
        case .passive(let verb) where code == 227:
            do throws(FTPRefusal) {
                output.reply(try passiveReply(to: verb, text, ports: &ports))
            } catch {
                output.reply(error.reply(to: verb))
                output.refusals.append(error)
            }
        case .authentication where code == 234:
            output.toClient += line
            output.toServer += clientLines.takeRest()
            isTransparent = true
            pending = []
        case .unchanged, .authentication, .passive, .own:
            output.toClient += line
        }
    }

    /// RFC 2428 §3, RFC 1639 §3.
    private func passiveReply(
        to verb: FTPVerb, _ text: ArraySlice<UInt8>, ports: inout some FTPDataPorts
    ) throws(FTPRefusal) -> String {
        guard let target = IPv4Endpoint(passiveReply: text) else { throw .badReply }
        guard target.address == server else { throw .foreignServer }
        guard target.port >= 1024 else { throw .serverPort }
        guard let port = ports.listenForClient(relayingTo: target) else { throw .noDataPort }
        if verb == .epsv { return "229 Entering Extended Passive Mode (|||\(port)|)" }
        return "228 Entering Long Passive Mode (\(IPv6Endpoint(asked, port: port).ftpLongText))"
    }
}
