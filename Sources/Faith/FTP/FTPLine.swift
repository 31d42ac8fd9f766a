// SPDX-License-Identifier: BSD-2-Clause

/// A line of the control connection, which is a Telnet connection (RFC 959 §4.1): an ABOR often comes after IAC IP IAC DM.
/// Telnet's commands are told from the text, so that none can hide an FTP command from us.
struct FTPLine {
    /// The Telnet commands, which are passed on as they are.
    let telnet: [UInt8]
    /// The rest, without the end of the line.
    let text: ArraySlice<UInt8>

    /// Takes `FF F4 FF F2 41 42 4F 52 0D 0A` apart, into `FF F4 FF F2` and `ABOR`.
    init(_ line: [UInt8]) {
        var rest = line[...]
        if rest.last == UInt8(ascii: "\n") { rest.removeLast() }
        if rest.last == UInt8(ascii: "\r") { rest.removeLast() }
        guard rest.contains(Telnet.iac) else {
            self.init(telnet: [], text: rest)
            return
        }
        var telnet: [UInt8] = []
        var text: [UInt8] = []
        while let first = rest.first {
            if first != Telnet.iac {
                text.append(first)
                rest.removeFirst()
            } else {
                let length = Telnet.length(ofCommandAt: rest)
                if length == 2, rest.dropFirst().first == Telnet.iac {
                    text.append(Telnet.iac)
                } else {
                    telnet += rest.prefix(length)
                }
                rest = rest.dropFirst(length)
            }
        }
        self.init(telnet: telnet, text: text[...])
    }

    private init(telnet: [UInt8], text: ArraySlice<UInt8>) {
        self.telnet = telnet
        self.text = text
    }

    /// The first word of a command, and what comes after it without blanks around.
    var command: (verb: ArraySlice<UInt8>, argument: ArraySlice<UInt8>) {
        let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let start = (pieces.first ?? []).drop(while: isBlank)
        let verb = start.prefix { !isBlank($0) }
        var argument = start.dropFirst(verb.count).drop(while: isBlank)
        while let last = argument.last, isBlank(last) { argument.removeLast() }
        return (verb, argument)
    }

    /// Whether a server that takes CR or NUL for the end of a line would find one of our commands behind it: in
    /// `NOOP\rPORT 127,0,0,1,0,25`, but not in a path with CR in it.
    var hidesCommand: Bool {
        pieces.dropFirst().contains { piece in
            FTPVerb(FTPLine(telnet: [], text: piece).command.verb) != nil
        }
    }

    private var pieces: [ArraySlice<UInt8>] {
        text.split { $0 == UInt8(ascii: "\r") || $0 == 0 }
    }
}

/// The commands of RFC 854 that may be on a control connection.
private enum Telnet {
    static let iac: UInt8 = 255

    /// Bytes of the command that `bytes` starts with, which may be cut off: IAC DO has an option after it, IAC SB all up to
    /// IAC SE, IAC IAC is a byte 255 of the text.
    static func length(ofCommandAt bytes: ArraySlice<UInt8>) -> Int {
        switch bytes.dropFirst().first {
        case 251, 252, 253, 254: return min(3, bytes.count)
        case 250:
            let end = zip(bytes.dropFirst(2), bytes.dropFirst(3)).enumerated().first { $1.0 == iac && $1.1 == 240 }
            return end.map { $0.offset + 4 } ?? bytes.count
        default: return min(2, bytes.count)
        }
    }
}
