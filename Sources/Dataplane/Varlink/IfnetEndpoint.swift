// SPDX-License-Identifier: BSD-2-Clause
import Control
import Words

/// `io.hydrangea.ifnet`: the interfaces that are ours.
final class IfnetEndpoint: VarlinkEndpoint {
    typealias Method = IfnetMethod

    static var definition: VarlinkInterface? { .ifnet }

    private let dataplane: Dataplane
    private let interfaceNews: InterfaceNews

    /// - Parameter others: the other interfaces of this service, which may show more of an interface.
    init(_ dataplane: Dataplane, beside others: [any VarlinkEndpoint]) {
        self.dataplane = dataplane
        interfaceNews = InterfaceNews(dataplane, others)
    }

    func reply(to method: IfnetMethod, _ parameters: JSONValue, from caller: Caller) throws(Refusal) -> Reply {
        switch method {
        case .list:
            let parameters: ListParameters = try EndpointWire.decoded(parameters)
            let listing = try dataplane.listing(parameters.interface, counters: parameters.counters ?? false)
            return try Reply(encoding: ListReply(interfaces: []), "interfaces", listing)
        case .cloners:
            return try Reply(encoding: ClonersReply(kinds: InterfaceKind.allCases))
        case .check:
            let parameters: CheckParameters = try EndpointWire.decoded(parameters)
            return try Reply(encoding: CheckReply(findings: try dataplane.check(parameters.interface)))
        case .explain:
            let question: ExplainParameters = try EndpointWire.decoded(parameters)
            let interface = try dataplane.existing(question.interface, dataplane.kinds.stf)
            return try Reply(encoding: try interface.explain(question, on: dataplane.host))
        case .apply:
            let parameters: ApplyParameters = try EndpointWire.decoded(parameters)
            let results = try caller.logging(IfnetEndpoint.words(parameters)) { () throws(Refusal) in
                try dataplane.apply(
                    parameters.changes, isIdempotent: parameters.idempotent ?? false,
                    isForRoot: caller.authorization.isRoot(caller.peer))
            }
            return try Reply(encoding: ApplyReply(results: results))
        case .monitor:
            return Reply([])
        }
    }

    func words(of method: IfnetMethod, _ parameters: JSONValue) -> String {
        EndpointWire.words(of: method, parameters, IfnetEndpoint.words)
    }

    private static func words(_ parameters: ApplyParameters) -> String {
        parameters.changes.map(\.line).joined(separator: "; ")
    }

    func start(_: IfnetMethod) throws(Refusal) -> [UInt8] { try interfaceNews.start() }

    func news(_: IfnetMethod, isWanted: Bool) -> [UInt8] {
        guard isWanted else {
            interfaceNews.stop()
            return []
        }
        return interfaceNews.next()
    }
}
