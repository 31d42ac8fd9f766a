// SPDX-License-Identifier: BSD-2-Clause

/// A file of rules, as faithd.conf(5) has them: one a line, words separated by spaces and tabs, comments from `#` on.
///
///     # the office may reach everything but the printers
///     2001:db8:ffff::/48 deny 192.0.2.0/24
///     2001:db8:ffff::/48 permit 0.0.0.0/0
public enum AccessFile {
    /// Bytes in a line, without its end.
    public static let lineLimit = 1024

    /// `faithd.conf:3: allow: neither permit nor deny`
    public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        public var name: String
        /// Counted from 1.
        public var line: Int
        public var reason: String

        public var description: String { "\(name):\(line): \(reason)" }
    }

    /// Reads the whole file or, at its first bad line, nothing. `name` is for the error.
    ///
    /// A last line without its end counts, a carriage return is a blank, and a byte order mark in front, which some editors
    /// write, is passed over; faithd(8) reads none of these.
    public static func rules(in bytes: some Collection<UInt8>, name: String) throws(Failure) -> [AccessRule] {
        var rules: [AccessRule] = []
        let newline = UInt8(ascii: "\n")
        let text = body(of: bytes)
        for (index, line) in text.split(separator: newline, omittingEmptySubsequences: false).enumerated() {
            let failure = { (reason: String) in Failure(name: name, line: index + 1, reason: reason) }
            guard line.count <= lineLimit else { throw failure("longer than \(lineLimit) bytes") }
            let fields = fields(of: line)
            guard !fields.isEmpty else { continue }
            guard rules.count < AccessList.limit else { throw failure("more than \(AccessList.limit) rules") }
            do throws(AccessRuleError) {
                rules.append(try AccessRule(fields: fields))
            } catch {
                throw failure(error.reason)
            }
        }
        return rules
    }

    /// Of the first line that says something, its first word; nil if none does.
    public static func firstWord(of bytes: some Collection<UInt8>) -> String? {
        for line in body(of: bytes).split(separator: UInt8(ascii: "\n")) {
            if let word = fields(of: line).first { return word }
        }
        return nil
    }

    private static func body<Bytes: Collection<UInt8>>(of bytes: Bytes) -> Bytes.SubSequence {
        bytes.starts(with: "\u{FEFF}".utf8) ? bytes.dropFirst(3) : bytes[...]
    }

    /// The file that has these rules.
    public static func text(of rules: [AccessRule]) -> String {
        rules.map { $0.line + "\n" }.joined()
    }

    private static func fields(of line: some Collection<UInt8>) -> [String] {
        line.prefix { $0 != UInt8(ascii: "#") }
            .split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }
            .map { String(decoding: $0, as: UTF8.self) }
    }
}
