// SPDX-License-Identifier: BSD-2-Clause
import Control
import Words

extension InterfaceTool {
    /// The forms of the command, and its words, from the one table.
    var usage: String {
        """
        usage: \(name) [-ciLlv] [-j] [-s socket] [-a | interface [inet6]]
               \(name) [-ijv] [-s socket] create interface [parameter ...]
               \(name) [-ijv] [-s socket] destroy interface
               \(name) [-ijv] [-s socket] interface parameter ...
               \(name) [-j] [-s socket] check interface
        \(own)
               \(name) [-ijv] [-s socket] -f file
               \(name) [-jt] [-s socket] -m
               \(name) [-s socket] -C
               \(name) -h | -V
        \(parameters)

        """
    }

    /// The forms that only this tool has.
    private var own: String {
        list(commands.usage.map { "       \(name) \($0)" }, separator: "\n")
    }

    /// Of several kinds, each in a line of its own.
    private var parameters: String {
        let lines = kinds.map { kind in
            let words = Vocabulary(kind).listed.filter { !$0.place.isVerb || $0.isNegatable }.map(\.usage)
            return (kinds.count > 1 ? "\(kind.rawValue) " : "") + "parameters: " + list(words, separator: ", ")
        }
        return list(lines, separator: "\n")
    }
}
