// SPDX-License-Identifier: BSD-2-Clause
import Faith
import FaithControl
import Internet
import Tool
import Words

/// Which sessions are meant: `from 2001:db8::/32 to 192.0.2.1 port 22 state connecting`. Each word narrows it down.
struct SessionFilter {
    private var clients: IPv6Prefix?
    private var servers: IPv4Prefix?
    private var port: UInt16?
    private var state: String?
    var numbers: Set<Int> = []

    static let candidates = [
        Candidate(text: "from", help: "clients: an IPv6 address, or a prefix"),
        Candidate(text: "to", help: "servers: an IPv4 address, or a prefix"),
        Candidate(text: "port", help: "the port that was asked for"), Candidate(text: "state", help: "connecting, ..."),
    ]

    /// What could follow a word that wants something; nil if it wants nothing.
    static func candidates(after word: String?) -> [Candidate]? {
        switch word {
        case "from", "to", "port": []
        case "state": states.map { Candidate(text: $0, help: "a state of sessions") }
        default: nil
        }
    }

    init(_ words: ArraySlice<String>) throws(ToolError) {
        var rest = words
        while let word = rest.popFirst() {
            if let number = SessionFilter.number(word) {
                numbers.insert(number)
                continue
            }
            guard ["from", "to", "port", "state"].contains(word) else { throw .usage("\(word): unknown word") }
            guard let value = rest.popFirst() else { throw .usage("\(word): requires an argument") }
            guard take(word, value) else { throw .line("\(word) \(value): bad value") }
        }
    }

    /// `17`, as sessions are numbered; not `0`, `+17`.
    static func number(_ word: String) -> Int? {
        guard let number = Int(word), number > 0, String(number) == word else { return nil }
        return number
    }

    private mutating func take(_ word: String, _ value: String) -> Bool {
        switch word {
        case "from":
            clients = IPv6Prefix(reading: value, hostLength: 128)
            return clients != nil
        case "to":
            servers = IPv4Prefix(reading: value, hostLength: 32)
            return servers != nil
        case "port":
            // Of numbers alone: nobody reads services(5) for it.
            guard let ports = ServiceName.ports(value, services: { "" }), ports.count == 1 else { return false }
            port = ports.lowerBound
            return true
        default:
            state = value
            return SessionFilter.states.contains(value)
        }
    }

    static let states = ["connecting", "listening", "established", "client-ended", "server-ended", "program"]

    func matches(_ session: FaithSession) -> Bool {
        if !numbers.isEmpty, !numbers.contains(session.number) { return false }
        if let state, session.state != state { return false }
        if let clients {
            guard let client = IPv6Endpoint(session.client), clients.contains(client.address) else { return false }
        }
        if let servers {
            guard let server = session.server.flatMap({ IPv4Endpoint($0) }), servers.contains(server.address) else {
                return false
            }
        }
        if let port {
            guard let asked = IPv6Endpoint(session.asked), asked.port == port else { return false }
        }
        return true
    }
}
