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
    /// A last line without its end counts, and a carriage return is a blank; faithd(8) reads neither.
    public static func rules(in bytes: some Collection<UInt8>, name: String) throws(Failure) -> [AccessRule] {
        var rules: [AccessRule] = []
        let newline = UInt8(ascii: "\n")
        for (index, line) in bytes.split(separator: newline, omittingEmptySubsequences: false).enumerated() {
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
