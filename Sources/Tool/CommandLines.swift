// SPDX-License-Identifier: BSD-2-Clause
import Control
import Words

/// The changes that a file of commands asks for.
struct CommandLines {
    let file: String
    private(set) var changes: [Change] = []
    private var numbers: [Int] = []

    /// - Parameter kind: whose words a line has.
    init(of file: String, _ kind: ([String]) -> InterfaceKind) throws(ToolError) {
        self.file = file
        let text = String(decoding: try contents(ofNamedFile: file), as: UTF8.self)
        let lines: [(number: Int, words: [String])]
        do throws(LineError) {
            lines = try CommandFile.lines(of: text)
        } catch {
            throw .line("\(file):\(error.line): \(error.reason)")
        }
        for (number, words) in lines {
            do throws(WordError) {
                guard case .change(let change) = try InterfaceCommand(parsing: words, for: kind(words)) else {
                    throw WordError(object: nil, reason: "changes nothing")
                }
                changes.append(change)
                numbers.append(number)
            } catch {
                throw .line("\(file):\(number): \(error.line)")
            }
        }
    }

    /// Of what was refused: that change, or the only one of the interface.
    func place(of refusal: Refusal) -> String? {
        let ofObject = changes.indices.filter { changes[$0].interface == refusal.object }
        let index = refusal.index ?? (changes.count == 1 ? 0 : ofObject.count == 1 ? ofObject[0] : nil)
        return index.flatMap { numbers.indices.contains($0) ? "\(file):\(numbers[$0])" : nil }
    }
}
