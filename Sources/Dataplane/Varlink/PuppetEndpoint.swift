// SPDX-License-Identifier: BSD-2-Clause
import Control
import PuppetControl
import SystemIO

/// `io.hydrangea.puppet`: what vamp and puppet interfaces carry.
final class PuppetEndpoint: VarlinkEndpoint {
    typealias Method = PuppetMethod

    static var definition: VarlinkInterface? { .puppet }

    private let dataplane: Dataplane
    private var seen: [String: PuppetStatus] = [:]

    init(_ dataplane: Dataplane) {
        self.dataplane = dataplane
    }

    private var all: [PuppetStatus] {
        dataplane.kinds.vamp.all.map(\.status) + dataplane.kinds.puppet.all.map(\.status)
    }

    func reply(to method: PuppetMethod, _ parameters: JSONValue, from caller: Caller) throws(Refusal) -> Reply {
        switch method {
        case .show:
            let parameters: PuppetShowParameters = try EndpointWire.decoded(parameters)
            if let name = parameters.interface, dataplane.kinds.vamp[name] == nil {
                _ = try dataplane.existing(name, dataplane.kinds.puppet)
            }
            let shown = all.filter { parameters.interface == nil || $0.interface == parameters.interface }
            return try Reply(encoding: PuppetShowReply(interfaces: shown))
        case .attach:
            let parameters: AttachParameters = try EndpointWire.decoded(parameters)
            return try caller.logging("attach \(parameters.interface)") { () throws(Refusal) in
                try attach(parameters.interface, from: caller)
            }
        }
    }

    private func attach(_ name: String, from caller: Caller) throws(Refusal) -> Reply {
        guard caller.authorization.isRoot(caller.peer) else {
            throw Refusal(name, nil, .EPERM, "a connection is for root alone to bring")
        }
        let interface = try dataplane.existing(name, dataplane.kinds.puppet)
        guard let connection = caller.passed.take() else {
            throw Refusal(name, nil, .EINVAL, "no connection came with the call")
        }
        let reply = try Reply(encoding: AttachReply(sessions: interface.status.sessions))
        try interface.attach(connection, on: dataplane.host)
        return reply
    }

    func words(of method: PuppetMethod, _ parameters: JSONValue) -> String {
        EndpointWire.words(of: method, parameters) { (parameters: AttachParameters) in "attach \(parameters.interface)"
        }
    }

    // MARK: news

    func start(_: PuppetMethod) -> [UInt8] { [] }
    func news(_: PuppetMethod, isWanted: Bool) -> [UInt8] { [] }

    func changedInterfaces() -> Set<String> {
        let now = Dictionary(
            all.map { status in
                var status = status
                // It differs at each question.
                (status.roundtrip, status.clock) = (nil, nil)
                return (status.interface, status)
            }
        ) { $1 }
        defer { seen = now }
        return Set(now.filter { seen[$0.key] != $0.value }.keys)
    }
}
