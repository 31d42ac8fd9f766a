// SPDX-License-Identifier: BSD-2-Clause
import Control
import Faith
import SystemIO
import Tool

/// What a file holds that may be a faithd.conf(5).
enum AccessListFile: Equatable {
    /// Lines of faithd.conf(5), each checked.
    case rules([String])
    case commands
    /// Comments at most.
    case nothing

    /// Reads the file; what does not begin as a faithd.conf(5) does is taken for commands.
    init(_ name: String) throws(ToolError) {
        guard let bytes = try AccessListFile.bytes(of: name) else {
            self = .commands
            return
        }
        guard let word = AccessFile.firstWord(of: bytes) else {
            self = .nothing
            return
        }
        // A rule begins with an IPv6 prefix, a command with an interface, and no name of one has a colon in Linux:
        // `2001:db8::/32 permit 0.0.0.0/0`, `faith0 permit 2001:db8::/32 0.0.0.0/0`.
        guard word.contains(":") else {
            self = .commands
            return
        }
        do throws(AccessFile.Failure) {
            self = .rules(try AccessFile.rules(in: bytes, name: name).map(\.line))
        } catch {
            throw .line("\(error)")
        }
    }

    /// Nil of what can be read once, standard input or another pipe: commands are what comes there.
    private static func bytes(of name: String) throws(ToolError) -> [UInt8]? {
        if name == "-" { return nil }
        do throws(RegularFileError) {
            return try contents(ofRegularFile: name, limit: sizeLimit)
        } catch {
            switch error {
            case .notRegular: return nil
            case .failed(let error): throw .noInput("\(name): \(BSDErrno(error.errno).text)")
            case .tooLarge(let limit): throw .noInput("\(name): longer than \(limit) bytes")
            }
        }
    }

    /// As many bytes as the longest lines of the most rules.
    private static let sizeLimit = AccessFile.lineLimit * 8192
}
