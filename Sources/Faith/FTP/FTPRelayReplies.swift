// SPDX-License-Identifier: BSD-2-Clause
internal import Internet

/// What the server says, and what the client hears of it.
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

    /// The server says no more: what is left of a line is its last one, and the replies of our own that waited follow.
    public mutating func endOfServer(ports: inout some FTPDataPorts) -> FTPOutput {
        var output = FTPOutput()
        let rest = serverLines.takeRest()
        if !rest.isEmpty { relay(reply: rest, ports: &ports, &output) }
        for case .own(let text) in pending { output.reply(text) }
        pending = []
        isOver = true
        return output
    }

    private mutating func relay(
        reply line: ArraySlice<UInt8>, ports: inout some FTPDataPorts, _ output: inout FTPOutput
    ) {
        let line = replyText(line)
        switch replies.read(line[...]) {
        case .text(let code):
            // The client gets another code, and so none of the lines.
            if !announces(code) { output.line(padded(line[...])) }
        case .part(let code, _):
            if !announces(code) { output.line(line) }
        case .end(let code, let text):
            // 1yz is not the last word.
            if code < 200 { return output.line(reply(code, text)) }
            findAsked(for: code, &output)
            finish(code, text, ports: &ports, &output)
            sendOwn(&output)
        }
    }

    /// Whether a client would go by it to a data connection: by 228 of LPSV anywhere.
    private func announces(_ code: Int?) -> Bool {
        code.map((227...229).contains) ?? false
    }

    private func reply(_ code: Int, _ text: ArraySlice<UInt8>) -> [UInt8] {
        Array("\(code) ".utf8) + text
    }

    /// 227 answers nothing but PASV, 234 nothing but AUTH. A server that left commands before it without a reply will not
    /// answer them now.
    private mutating func findAsked(for code: Int, _ output: inout FTPOutput) {
        let asked = pending.firstIndex {
            switch $0 {
            case .passive: code == 227
            case .authentication: code == 234
            case .unchanged, .active, .own: false
            }
        }
        guard let asked else { return }
        for case .own(let text) in pending[..<asked] { output.reply(text) }
        pending.removeFirst(asked)
    }

    private mutating func finish(
        _ code: Int, _ text: ArraySlice<UInt8>, ports: inout some FTPDataPorts, _ output: inout FTPOutput
    ) {
        let isPositive = (200...299).contains(code)
        switch pending.isEmpty ? .unchanged : pending.removeFirst() {
        case .passive(let verb) where isPositive:
            do throws(FTPRefusal) {
                output.reply(try passiveReply(to: verb, code, text, ports: &ports))
            } catch {
                output.refuse(error, verb)
            }
        case .active(let verb, let listener):
            if isPositive, !announces(code) { return output.reply("\(code) \(verb.rawValue) command successful.") }
            ports.close(listener)
            answer(code, text, &output)
        case .authentication:
            isAuthenticating = false
            answer(code, text, &output)
            endWait(isTLS: code == 234, ports: &ports, &output)
        case .unchanged, .passive, .own: answer(code, text, &output)
        }
    }

    /// What the server says itself, but for data connections that nobody asked it for.
    private func answer(_ code: Int, _ text: ArraySlice<UInt8>, _ output: inout FTPOutput) {
        guard announces(code) else { return output.line(reply(code, text)) }
        output.refuse(.unaskedPort, nil)
    }

    /// Nothing that was said in the clear is believed when TLS begins, or else somebody on the way could have said it in the
    /// client's name. If it does not begin, those were commands like others.
    private mutating func endWait(isTLS: Bool, ports: inout some FTPDataPorts, _ output: inout FTPOutput) {
        let said = held
        held = []
        guard isTLS else { return hear(said, ports: &ports, &output) }
        if !said.isEmpty { output.refuse(.clearText, nil) }
        isTransparent = true
        pending = []
    }

    /// RFC 2428 §3, RFC 1639 §3.
    private func passiveReply(
        to verb: FTPVerb, _ code: Int, _ text: ArraySlice<UInt8>, ports: inout some FTPDataPorts
    ) throws(FTPRefusal) -> String {
        guard code == 227, let target = IPv4Endpoint(passiveReply: text) else { throw .badReply }
        guard target.address == server else { throw .foreignServer }
        guard target.port >= 1024 else { throw .serverPort }
        guard let port = ports.listenForClient(relayingTo: target) else { throw .noDataPort }
        if verb == .epsv { return "229 Entering Extended Passive Mode (|||\(port)|)" }
        return "228 Entering Long Passive Mode (\(IPv6Endpoint(asked, port: port).ftpLongText))"
    }
}
