// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
import PuppetTLS
import SystemIO
import SystemPackage
import Tool

/// `key`: tells the fingerprint of the key by which this host is known to other ends, and makes one if there is none.
struct KeyCommand {
    private let path: String
    /// As whom inet6d may run.
    private let owner = effectiveUserID() == 0 ? userID(named: "inet6") : nil

    private static let directory = "/etc/inet6d"

    init(_ words: ArraySlice<String>) throws(ToolError) {
        guard words.count <= 1 else { throw .usage("key: takes one file") }
        // Whoever means such a file says ./-f.
        if let word = words.first, word.hasPrefix("-") { throw .usage("key: \(word): unknown option") }
        path = words.first ?? "\(KeyCommand.directory)/puppet.key"
    }

    func run() throws(ToolError) -> ExitStatus {
        let identity: TLSIdentity
        do throws(KeyFault) {
            identity = try read()
        } catch {
            throw .noInput("\(path): \(error.reason)")
        }
        write("\(identity.fingerprint)\n", to: .output)
        return .success
    }

    private func read() throws(KeyFault) -> TLSIdentity {
        do throws(KeyFault) {
            return try TLSIdentity(readingFile: path, owner: owner)
        } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw error }
            if path.hasPrefix(KeyCommand.directory + "/") { try? makeDirectory(KeyCommand.directory) }
            try TLSIdentity.makeKey(inFile: path, owner: owner)
            write("\(path): made\n", to: .error)
            return try TLSIdentity(readingFile: path, owner: owner)
        }
    }
}
