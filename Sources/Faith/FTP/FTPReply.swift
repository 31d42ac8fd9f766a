// SPDX-License-Identifier: BSD-2-Clause

/// What a line that a server sends is, after those before it (RFC 959 §4.2): of `123-first`, ` second`, `123 last`, only the
/// last ends the reply.
struct FTPReplyReader: Sendable {
    enum Line: Equatable {
        /// More lines of this reply follow.
        case part(code: Int)
        /// A reply is complete, and what follows its code is this.
        case end(code: Int, text: ArraySlice<UInt8>)
        /// No reply begins so.
        case other
    }

    /// The code of the reply whose end has not come.
    private var open: Int?

    mutating func read(_ text: ArraySlice<UInt8>) -> Line {
        let digits = text.prefix { (0x30...0x39).contains($0) }
        let code = digits.count == 3 ? digits.reduce(0) { $0 * 10 + Int($1 - 0x30) } : nil
        let rest = text.dropFirst(3)
        let isEnd = rest.first == nil || rest.first == UInt8(ascii: " ")
        if let open {
            guard code == open, isEnd else { return .part(code: open) }
            self.open = nil
            return .end(code: open, text: rest)
        }
        guard let code, (100...699).contains(code) else { return .other }
        if isEnd { return .end(code: code, text: rest) }
        guard rest.first == UInt8(ascii: "-") else { return .other }
        open = code
        return .part(code: code)
    }
}
