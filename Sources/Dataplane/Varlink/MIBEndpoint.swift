// SPDX-License-Identifier: BSD-2-Clause
import Control
import Inet6Control

/// `io.hydrangea.mib`: variables.
final class MIBEndpoint: VarlinkEndpoint {
    typealias Method = MIBMethod

    static var definition: VarlinkInterface? { .mib }

    /// How often the kernel's variables are looked at while somebody follows: it tells nobody of them.
    private static let lookInterval = Duration.seconds(1)

    private let dataplane: Dataplane
    private var lastLook = ContinuousClock.now - MIBEndpoint.lookInterval

    init(_ dataplane: Dataplane) {
        self.dataplane = dataplane
    }

    func reply(to method: MIBMethod, _ parameters: JSONValue, from caller: Caller) throws(Refusal) -> Reply {
        switch method {
        case .read:
            let parameters: ReadParameters = try EndpointWire.decoded(parameters)
            let (node, listing) = try dataplane.variableListing(parameters.name)
            return try Reply(encoding: ReadReply(variables: [], node: node), "variables", listing)
        case .write:
            let parameters: WriteParameters = try EndpointWire.decoded(parameters)
            return try Reply(encoding: WriteReply(changes: try write(parameters, caller)))
        case .monitor:
            return Reply([])
        }
    }

    private func write(_ parameters: WriteParameters, _ caller: Caller) throws(Refusal) -> [VariableChange] {
        guard parameters.check != true else { return try dataplane.write(parameters.assignments, isCheck: true) }
        let told = { (changes: [VariableChange]) in changes.map { "\($0.name): \($0.old) -> \($0.new)" } }
        return try caller.logging(MIBEndpoint.words(parameters), outcome: told) { () throws(Refusal) in
            try dataplane.write(parameters.assignments, isCheck: false)
        }
    }

    func words(of method: MIBMethod, _ parameters: JSONValue) -> String {
        EndpointWire.words(of: method, parameters, MIBEndpoint.words)
    }

    private static func words(_ parameters: WriteParameters) -> String {
        parameters.assignments.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
    }

    // MARK: news

    var patience: Duration? { MIBEndpoint.lookInterval }

    /// Nothing but that nothing is missed from here on: of the many variables nobody wants to hear all.
    func start(_: MIBMethod) -> [UInt8] {
        dataplane.host.variables.lookAtKernel(isWanted: true)
        return EndpointWire.encoded(events: [VariableEvent(.current)])
    }

    func news(_: MIBMethod, isWanted: Bool) -> [UInt8] {
        let now = ContinuousClock.now
        if !isWanted || now - lastLook >= MIBEndpoint.lookInterval {
            lastLook = now
            dataplane.host.variables.lookAtKernel(isWanted: isWanted)
        }
        let news = dataplane.host.variables.takeNews()
        return isWanted ? EndpointWire.encoded(events: news.map { VariableEvent(.changed, $0) }) : []
    }
}
