// SPDX-License-Identifier: BSD-2-Clause
import Control
import PacketFilter
import Puppet
import PuppetControl
import Tool
import Words

/// What puppetctl(8) can do that stfctl(8) cannot.
struct PuppetCommands: KindCommands {
    let hasManyAddresses = true

    let usage = [
        "[-s socket] ssh interface [user@]host [push] dev interface [parameter ...]",
        "serve dev interface [parameter ...]",
        "key [file]",
    ]

    let verbs: [(text: String, help: String)] = [
        ("ssh", "be an interface of a host that ssh reaches"),
        ("serve", "be the other end, for standard input and output"),
        ("key", "tell this host's key, and make one if there is none"),
    ]

    func run(_ options: Options, of tool: InterfaceTool) throws(ToolError) -> ExitStatus? {
        switch options.words.first {
        case "ssh": return try SSHCommand(options.words.dropFirst()).run(options)
        case "serve": return try ServeCommand(options.words.dropFirst()).run()
        case "key": return try KeyCommand(options.words.dropFirst()).run()
        case _: return nil
        }
    }

    /// A filter's words become a program here, where a library that reads anybody's words has no rights; and only here is
    /// known by what connection of ssh's somebody came.
    func prepare(_ change: inout Change) throws(ToolError) {
        if let words = change.vamp?.exclude, words.contains("ssh") {
            guard let pair = try SSHConnection.pair(for: change.interface) else {
                throw .line("\(change.interface): exclude ssh: SSH_CONNECTION does not say what connection this is")
            }
            change.vamp?.exclude = words.map { $0 == "ssh" ? pair.words : $0 }
        }
        if change.vamp?.exclusive == true { change.vamp?.caller = SSHConnection.client }
        if let filter = change.vamp?.filter { change.vamp?.filter = try compiled(filter, change.interface) }
        if let filter = change.puppet?.filter { change.puppet?.filter = try compiled(filter, change.interface) }
    }

    private func compiled(_ filter: FilterChange, _ name: String) throws(ToolError) -> FilterChange {
        guard !filter.words.isEmpty else { return filter }
        return FilterChange(words: filter.words, program: PacketFilter.digits(try program(filter.words, name)))
    }

    func details(
        of interface: String?, in reply: ListReply, counters: Bool, by client: () throws(ControlError) -> ControlClient
    ) throws(ControlError) -> any KindDetails {
        PuppetDetails(interfaces: try client().puppet(interface).interfaces)
    }

    func candidates(after words: [String], interfaces: () -> [Candidate]) -> [Candidate]? {
        switch words.first {
        case "ssh": words.count == 1 ? interfaces() : []
        case "key": []
        case "serve": Vocabulary(.vamp).candidates(after: ["vamp0"] + words.dropFirst())
        case _: nil
        }
    }
}

/// - Throws: what libpcap says of the words.
func program(_ words: String, _ name: String) throws(ToolError) -> [UInt64] {
    do throws(PacketFilterError) {
        return try PacketFilter.program(words)
    } catch {
        throw .line("\(name): filter \(words): \(error.reason)")
    }
}
