// SPDX-License-Identifier: BSD-2-Clause
import Control
import Faith
import FaithControl
import Internet

/// `io.hydrangea.faith`: what faith interfaces relay, and their sessions.
final class FaithEndpoint: VarlinkEndpoint {
    typealias Method = FaithMethod

    static var definition: VarlinkInterface? { .faith }

    /// A ring of events holds so much that it need not be emptied more often.
    private static let eventInterval = Duration.milliseconds(100)

    private let dataplane: Dataplane
    private var seen: [String: Shown] = [:]

    /// What `Show` says of an interface, and `List` does not.
    private struct Shown: Equatable {
        var record: FaithRecord
        var captured: PrefixMap<FaithPrefix>
        var objections: [IPv6Prefix: FaithObjection]
    }

    init(_ dataplane: Dataplane) {
        self.dataplane = dataplane
    }

    private var interfaces: Clones<FaithCloner> { dataplane.kinds.faith }

    func reply(to method: FaithMethod, _ parameters: JSONValue, from caller: Caller) throws(Refusal) -> Reply {
        switch method {
        case .show:
            let parameters: FaithShowParameters = try EndpointWire.decoded(parameters)
            let names = try dataplane.existing(parameters.interface, of: interfaces).map(\.name)
            return try Reply(
                encoding: FaithShowReply(interfaces: []), "interfaces",
                Listing(of: names) { [interfaces] in
                    interfaces[$0].map { [$0.status(counters: parameters.counters ?? false)] } ?? []
                })
        case .sessions:
            let parameters: SessionsParameters = try EndpointWire.decoded(parameters)
            let names = try dataplane.existing(parameters.interface, of: interfaces).map(\.name)
            return try Reply(
                encoding: SessionsReply(sessions: []), "sessions", interfaces.sessions(ofInterfaces: names))
        case .kill:
            let parameters: KillParameters = try EndpointWire.decoded(parameters)
            let killed = try caller.logging(FaithEndpoint.words(parameters)) { () throws(Refusal) in
                try dataplane.existing(parameters.interface, interfaces).kill(parameters.numbers)
            }
            return try Reply(encoding: KillReply(killed: killed))
        case .monitor:
            return Reply([])
        }
    }

    func words(of method: FaithMethod, _ parameters: JSONValue) -> String {
        EndpointWire.words(of: method, parameters, FaithEndpoint.words)
    }

    private static func words(_ parameters: KillParameters) -> String {
        "kill \(parameters.interface) \(parameters.numbers.count) sessions"
    }

    // MARK: news

    var patience: Duration? { FaithEndpoint.eventInterval }

    func start(_: FaithMethod) -> [UInt8] {
        interfaces.watchSessions(isWanted: true)
        return EndpointWire.encoded(events: [SessionEvent(.current)])
    }

    func news(_: FaithMethod, isWanted: Bool) -> [UInt8] {
        interfaces.watchSessions(isWanted: isWanted)
        return isWanted ? EndpointWire.encoded(events: interfaces.takeSessionNews()) : []
    }

    func changedInterfaces() -> Set<String> {
        let now = Dictionary(
            interfaces.all.map {
                ($0.name, Shown(record: $0.record, captured: $0.captured, objections: $0.objections))
            }
        ) { $1 }
        defer { seen = now }
        return Set(now.filter { seen[$0.key] != $0.value }.keys)
    }
}
