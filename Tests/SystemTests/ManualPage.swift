// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport

/// A manual page of this package, as far as its examples go.
struct ManualPage {
    /// The commands of each literal display, without the prompt; displays without any are left out.
    let examples: [[String]]

    /// - Parameter name: `stf.4`
    init(_ name: String) throws {
        let file = Executables.package.appending(path: "man/\(name)")
        var examples: [[String]] = []
        var isLiteral = false
        for line in String(decoding: try Data(contentsOf: file), as: UTF8.self).split(separator: "\n") {
            if line.hasPrefix(".Bd -literal") {
                isLiteral = true
                examples.append([])
            } else if line.hasPrefix(".Ed") {
                isLiteral = false
            } else if isLiteral, line.hasPrefix("# ") {
                examples[examples.count - 1].append(ManualPage.text(line.dropFirst(2)))
            }
        }
        self.examples = examples.filter { !$0.isEmpty }
    }

    /// What mandoc(1) would print.
    private static func text(_ source: Substring) -> String {
        String(source).replacing("\\&", with: "").replacing("\\-", with: "-").replacing("\\(aq", with: "'")
            .replacing("\\e", with: "\\")
    }
}
