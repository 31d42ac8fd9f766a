// SPDX-License-Identifier: BSD-2-Clause
import Control
import PuppetControl
import Tool
import Words

/// What puppetctl(8) shows below ifconfig(8)'s lines.
struct PuppetDetails: KindDetails {
    let interfaces: [PuppetStatus]

    func settings(of interface: InterfaceStatus) -> [String] { [] }

    func lines(of interface: InterfaceStatus, counters: Bool) -> [String] {
        guard let status = interfaces.first(where: { $0.interface == interface.name }) else { return [] }
        var change = Change(interface: interface.name)
        status.say(in: &change, interface.kind, all: counters)
        let words = Vocabulary(interface.kind ?? .puppet).words(of: change).dropFirst()
        return (words.isEmpty ? [] : ["\t" + CommandFile.line(Array(words))]) + [status.connection]
    }

    func complete(_ change: inout Change, of interface: InterfaceStatus) {
        guard let status = interfaces.first(where: { $0.interface == interface.name }) else { return }
        status.say(in: &change, interface.kind, all: true)
    }

    func document(_ reply: ListReply, zeros: Bool) -> any Encodable {
        let names = reply.interfaces.map(\.name)
        return PuppetDocument(
            interfaces: reply.interfaces, puppet: interfaces.filter { names.contains($0.interface) })
    }

    private struct PuppetDocument: Encodable {
        var interfaces: [InterfaceStatus]
        var puppet: [PuppetStatus]
    }
}

extension PuppetStatus {
    /// - Parameter all: also what is as it is with a new interface.
    fileprivate func say(in change: inout Change, _ kind: InterfaceKind?, all: Bool) {
        var said = PuppetChange()
        let isVamp = kind == .vamp
        (said.dev, said.listen, said.connect) = (dev, listen, connect)
        if !keys.isEmpty { said.peer = keys }
        if insecure { said.insecure = true }
        if proto != "modern" || all { said.proto = proto }
        if !offload || all { said.offload = offload }
        if let filter { said.filter = FilterChange(words: filter, program: "") }
        if all { (said.keepalive, said.reconnect, said.rate) = (keepalive, reconnect, rate) }
        if all || copy != (isVamp ? ["link", "mtu", "inet", "inet6"] : ["link", "mtu"]) { said.copy = copy }
        if promisc == false || all { said.promisc = promisc }
        if direction != "both" || all { said.direction = direction }
        if inject == false || all { said.inject = inject }
        if exclusive == true || all { said.exclusive = exclusive }
        if exclude != ["auto"] || all { said.exclude = exclude }
        if isVamp { change.vamp = said } else { change.puppet = said }
    }

    /// `connected 127.0.0.1:7113 to 127.0.0.1:50000 modern as eth0, round trip 120 us`
    fileprivate var connection: String {
        var line = "\t\(state)"
        if let local, let peer { line += " \(local) to \(peer)" }
        if let spoken { line += " \(spoken)" }
        if key != nil { line += " in TLS" }
        if let remote, !remote.isEmpty { line += " as \(remote)" }
        if let roundtrip { line += ", round trip \(roundtrip) us" }
        if let failure { line += ": \(failure)" }
        if strangers > 0 { line += "\n\t\(strangers) came without a key of the peer's" }
        return line
    }
}
