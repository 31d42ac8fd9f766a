// SPDX-License-Identifier: BSD-2-Clause

/// `joined(separator:)` without its look-up of a generic conformance at run time, which costs a tool as many instructions
/// as decoding an interface does.
package func list(_ words: [String], separator: String) -> String {
    var text = ""
    for (index, word) in words.enumerated() { text += index == 0 ? word : separator + word }
    return text
}
