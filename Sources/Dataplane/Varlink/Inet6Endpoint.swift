// SPDX-License-Identifier: BSD-2-Clause
import Control
import Inet6Control

/// `io.hydrangea.inet6`: the addresses and options of all interfaces of this host.
final class Inet6Endpoint: VarlinkEndpoint {
    typealias Method = Inet6Method

    static var definition: VarlinkInterface? { .inet6 }

    private let dataplane: Dataplane

    init(_ dataplane: Dataplane) {
        self.dataplane = dataplane
    }

    func reply(to method: Inet6Method, _ parameters: JSONValue, from caller: Caller) throws(Refusal) -> Reply {
        switch method {
        case .list:
            let parameters: Inet6ListParameters = try EndpointWire.decoded(parameters)
            let listing = try dataplane.inet6Listing(parameters.interface)
            return try Reply(encoding: Inet6ListReply(interfaces: []), "interfaces", listing)
        case .apply:
            let parameters: Inet6ApplyParameters = try EndpointWire.decoded(parameters)
            let results = try caller.logging(Inet6Endpoint.words(parameters)) { () throws(Refusal) in
                try dataplane.apply(parameters.changes, isIdempotent: parameters.idempotent ?? false)
            }
            return try Reply(encoding: ApplyReply(results: results))
        }
    }

    func words(of method: Inet6Method, _ parameters: JSONValue) -> String {
        EndpointWire.words(of: method, parameters, Inet6Endpoint.words)
    }

    private static func words(_ parameters: Inet6ApplyParameters) -> String {
        parameters.changes.map(\.line).joined(separator: "; ")
    }

    // No method is a stream.
    func start(_: Inet6Method) -> [UInt8] { [] }
    func news(_: Inet6Method, isWanted _: Bool) -> [UInt8] { [] }
}
