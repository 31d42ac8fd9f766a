// SPDX-License-Identifier: BSD-2-Clause
import Control

/// What those who follow interfaces have been told.
final class InterfaceNews {
    private let dataplane: Dataplane
    /// What else is shown of an interface, each by its own Varlink interface.
    private let others: [any VarlinkEndpoint]
    /// Nil while nobody follows.
    private var told: [String: InterfaceStatus]?
    /// What was told of is of this generation.
    private var generation: UInt64 = 0
    /// What a new follower has been told of already, and the others not.
    private var untold: [UInt8] = []
    /// What a new follower is told, the same array for all who come before it changes.
    private var state: [UInt8]?

    init(_ dataplane: Dataplane, _ others: [any VarlinkEndpoint]) {
        self.dataplane = dataplane
        self.others = others
    }

    /// The replies that a new call starts with: every interface as it is now.
    func start() throws(Refusal) -> [UInt8] {
        let isFirst = told == nil
        let changes = try changes()
        if !isFirst { untold += changes }
        if let state { return state }
        let interfaces = (told ?? [:]).values.sorted { ($0.name.count, $0.name) < ($1.name.count, $1.name) }
        let bytes = EndpointWire.encoded(
            events: interfaces.map { MonitorReply(.interface, interface: $0) } + [MonitorReply(.current)])
        state = bytes
        return bytes
    }

    /// The replies about what is not as it was told last.
    func next() -> [UInt8] {
        defer { untold = [] }
        guard told == nil || dataplane.generation != generation else { return untold }
        // What cannot be read now is told when it can be.
        return untold + ((try? changes()) ?? [])
    }

    func stop() {
        told = nil
        untold = []
        state = nil
    }

    private func changes() throws(Refusal) -> [UInt8] {
        let interfaces = try dataplane.list(nil, counters: false).map(InterfaceNews.lasting)
        generation = dataplane.generation
        let elsewhere = others.reduce(into: Set<String>()) { $0.formUnion($1.changedInterfaces()) }
        let before = told ?? [:]
        let names = Set(interfaces.map(\.name))
        let removed = before.keys.filter { !names.contains($0) }.sorted()
        let changed = interfaces.filter { before[$0.name] != $0 || elsewhere.contains($0.name) }
        if !removed.isEmpty || !changed.isEmpty { state = nil }
        told = Dictionary(interfaces.map { ($0.name, $0) }) { $1 }
        return EndpointWire.encoded(
            events: removed.map { MonitorReply(.removed, name: $0) }
                + changed.map { MonitorReply(.interface, interface: $0) })
    }

    /// Lifetimes that run down are no event.
    private static func lasting(_ status: InterfaceStatus) -> InterfaceStatus {
        var status = status
        for place in status.inet6.indices {
            status.inet6[place].pltime = nil
            status.inet6[place].vltime = nil
        }
        return status
    }
}
