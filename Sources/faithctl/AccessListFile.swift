// SPDX-License-Identifier: BSD-2-Clause
import Control
import Faith
import SystemIO
import Tool

/// A file that may be a faithd.conf(5).
struct AccessListFile {
    /// Its lines, each checked; nil if it holds something else.
    let rules: [String]?

    /// A line of faithd.conf(5) has `permit` or `deny` in the second place, where a command never has it.
    init(_ name: String) throws(ToolError) {
        // Standard input can be read once, and commands are what comes there.
        guard name != "-" else {
            rules = nil
            return
        }
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try contents(ofFile: name)
        } catch {
            throw .noInput("\(name): \(BSDErrno(error.errno).text)")
        }
        guard AccessListFile.hasRules(bytes) else {
            rules = nil
            return
        }
        do throws(AccessFile.Failure) {
            rules = try AccessFile.rules(in: bytes, name: name).map(\.line)
        } catch {
            throw .line("\(error)")
        }
    }

    /// Whether the first line that says something is a rule, or none says anything in a file of that name.
    private static func hasRules(_ bytes: [UInt8]) -> Bool {
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let words = line.prefix { $0 != UInt8(ascii: "#") }
                .split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }
                .map { String(decoding: $0, as: UTF8.self) }
            guard let first = words.first else { continue }
            // The word of a garbled line is no command's either, so an address in front is enough.
            return first.contains(":")
                || words.dropFirst().first.map { ["permit", "deny"].contains($0.lowercased()) } ?? false
        }
        return false
    }
}
