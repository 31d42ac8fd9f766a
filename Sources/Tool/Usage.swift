// SPDX-License-Identifier: BSD-2-Clause
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
        parameters: \(parameters)

        """
    }

    /// The forms that only this tool has.
    private var own: String {
        list(commands.usage.map { "       \(name) \($0)" }, separator: "\n")
    }

    private var parameters: String {
        list(vocabulary.listed.filter { !$0.place.isVerb || $0.isNegatable }.map(\.usage), separator: ", ")
    }
}
