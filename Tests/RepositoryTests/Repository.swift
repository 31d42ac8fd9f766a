// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport

/// The files of this package, as the tests about them read them.
enum Repository {
    static func text(_ path: String) throws -> String {
        try String(contentsOf: Executables.package.appending(path: path), encoding: .utf8)
    }

    static func lines(_ path: String) throws -> [String] {
        try text(path).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    /// The paths below a directory that end in `suffix`.
    static func files(below directory: String, suffix: String = "") throws -> [String] {
        let root = Executables.package.appending(path: directory)
        return try FileManager.default.subpathsOfDirectory(atPath: root.path)
            .filter { $0.hasSuffix(suffix) }.sorted().map { "\(directory)/\($0)" }
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: Executables.package.appending(path: path).path)
    }

    /// The executables that the package makes.
    static func executables() throws -> [String] {
        try text("Package.swift").matches(of: /\.executable\(name: "([^"]+)"/).map { String($0.1) }
    }
}
