// SPDX-License-Identifier: BSD-2-Clause

/// What the FTP relay does not pass on, and why. Each reason is here once; names, counters and what is shown follow.
public enum FTPRefusal: UInt8, Error, CaseIterable, Hashable, Sendable {
    case lineTooLong
    case tooManyCommands
    case replyTooLong
    case badTelnet
    case controlCharacter
    case badVerb
    case hiddenCommand
    case encodedCommand
    case unknownMechanism
    case clearText
    case notForIPv6
    case badArgument
    case unknownFamily
    case afterAll
    case foreignClient
    case clientPort
    case foreignServer
    case serverPort
    case badReply
    case unaskedPort
    case noDataPort

    /// A name that scripts may rely on.
    public var name: String {
        switch self {
        case .lineTooLong: "line-too-long"
        case .tooManyCommands: "too-many-commands"
        case .replyTooLong: "reply-too-long"
        case .badTelnet: "bad-telnet"
        case .controlCharacter: "control-character"
        case .badVerb: "bad-verb"
        case .hiddenCommand: "hidden-command"
        case .encodedCommand: "encoded-command"
        case .unknownMechanism: "unknown-mechanism"
        case .clearText: "clear-text"
        case .notForIPv6: "not-for-ipv6"
        case .badArgument: "bad-argument"
        case .unknownFamily: "unknown-family"
        case .afterAll: "after-epsv-all"
        case .foreignClient: "foreign-client"
        case .clientPort: "client-port"
        case .foreignServer: "foreign-server"
        case .serverPort: "server-port"
        case .badReply: "bad-reply"
        case .unaskedPort: "unasked-port"
        case .noDataPort: "no-data-port"
        }
    }

    public var description: String {
        switch self {
        case .lineTooLong: "a command is longer than \(FTPLineBuffer.limit) bytes"
        case .tooManyCommands: "more than \(FTPRelay.pendingLimit) commands wait for their replies"
        case .replyTooLong: "a line of a reply is longer than \(FTPLineBuffer.limit) bytes"
        case .badTelnet: "a Telnet command is not complete within its line, or is none"
        case .controlCharacter: "a command has a carriage return, NUL, tab or the like in it"
        case .badVerb: "a command does not begin with a word of letters and digits"
        case .hiddenCommand: "a long command with PORT, EPRT or LPRT where a server may split it"
        case .encodedCommand: "MIC, CONF and ENC have another command in them"
        case .unknownMechanism: "AUTH names something other than TLS"
        case .clearText: "the client did not wait for the answer to AUTH; what it said is dropped"
        case .notForIPv6: "PORT and PASV are for IPv4 clients"
        case .badArgument: "the argument of EPRT, LPRT, EPSV or LPSV cannot be read"
        case .unknownFamily: "the data connection would not be over IPv6"
        case .afterAll: "the client said EPSV ALL, and then something else"
        case .foreignClient: "the client wants data to go to another address than its own"
        case .clientPort: "the client wants data to go to a port below 1024"
        case .foreignServer: "the server wants data to come to another address than its own"
        case .serverPort: "the server wants data to come to a port below 1024"
        case .badReply: "there is no address in the server's reply to PASV"
        case .unaskedPort: "the server announces a data connection that nobody asked it for"
        case .noDataPort: "no socket for the data connection"
        }
    }

    /// What the client is told, without the end of the line. RFC 2428 §2 has 522, RFC 1639 §4 has 521, RFC 2577 §3 has 504
    /// for ports of other services. Nil: it is told nothing, for nobody would know that it is us.
    func reply(to verb: FTPVerb?) -> String? {
        let verb = verb?.rawValue ?? "Command"
        switch self {
        case .lineTooLong: return "500 Command line too long."
        case .tooManyCommands: return "421 Too many commands at once, closing control connection."
        case .replyTooLong: return "421 Reply too long, closing control connection."
        case .badTelnet: return "501 Telnet command not understood."
        case .controlCharacter: return "501 No control characters in a command."
        case .badVerb: return "500 Command not understood."
        case .hiddenCommand: return "501 One command a line."
        case .encodedCommand: return "502 \(verb) not implemented."
        case .unknownMechanism: return "504 Only AUTH TLS is understood."
        case .clearText: return nil
        case .notForIPv6: return "502 \(verb) not implemented."
        case .badArgument: return "501 Illegal parameter to \(verb)."
        case .unknownFamily where verb == FTPVerb.lprt.rawValue: return "521 Supported address families are (6)"
        case .unknownFamily: return "522 Network protocol not supported, use (2)"
        case .afterAll: return "501 \(verb) disallowed in EPSV ALL."
        case .foreignClient: return "504 \(verb) only to your own address."
        case .clientPort: return "504 \(verb) not to a port below 1024."
        case .foreignServer, .serverPort, .badReply, .unaskedPort, .noDataPort:
            return "425 Cannot open data connection."
        }
    }

    /// Whether nothing can be relayed after it.
    var isFatal: Bool {
        self == .tooManyCommands || self == .replyTooLong
    }
}
