// SPDX-License-Identifier: BSD-2-Clause

/// What a line that a server sends is, after those before it (RFC 959 §4.2): of `123-first`, ` second`, `123 last`, only the
/// last ends the reply. Each is to be written anew, so that no client finds the end of a reply where the relay does not.
struct FTPReplyReader: Codable, Sendable {
    enum Line: Equatable {
        /// `123-first`: more lines of this reply follow.
        case part(code: Int, text: ArraySlice<UInt8>)
        /// A reply is complete, and what follows its code and a blank is this.
        case end(code: Int, text: ArraySlice<UInt8>)
        /// Within a reply, or where none begins so: text without a code, for people.
        case text(code: Int?)
    }

    /// The code of the reply whose end has not come.
    private var open: Int?

    mutating func read(_ text: ArraySlice<UInt8>) -> Line {
        guard let code = replyCode(text), (100...699).contains(code), code == open ?? code else {
            return .text(code: open)
        }
        switch text.dropFirst(3).first {
        case UInt8(ascii: "-"):
            open = code
            return .part(code: code, text: text.dropFirst(4))
        case nil, UInt8(ascii: " "):
            open = nil
            return .end(code: code, text: text.dropFirst(4))
        default: return .text(code: open)
        }
    }
}

/// The number in the first three bytes.
private func replyCode(_ text: ArraySlice<UInt8>) -> Int? {
    let digits = text.prefix(3)
    guard digits.count == 3, digits.allSatisfy(isDigit) else { return nil }
    return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
}

/// A line of a server as a client may see it. CR and NUL are the end of a line to some, and are not where they are.
func replyText(_ line: ArraySlice<UInt8>) -> [UInt8] {
    var line = line
    while line.last == UInt8(ascii: "\r") { line.removeLast() }
    return TelnetText(line).bytes.map { $0 == 0 || $0 == UInt8(ascii: "\r") ? UInt8(ascii: "?") : $0 }
}

/// Text that is no reply, and must not look like one: RFC 959 §4.2 has a blank put in front of a number.
func padded(_ text: ArraySlice<UInt8>) -> [UInt8] {
    replyCode(text) == nil ? Array(text) : [UInt8(ascii: " ")] + text
}
