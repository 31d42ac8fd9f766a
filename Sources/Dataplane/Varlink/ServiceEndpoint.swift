// SPDX-License-Identifier: BSD-2-Clause
import Control

/// `org.varlink.service`: what this service is, and which interfaces it has.
final class ServiceEndpoint: VarlinkEndpoint {
    typealias Method = ServiceMethod

    static var definition: VarlinkInterface? { .service }

    private let interfaces: [VarlinkInterface]

    /// - Parameter others: its interfaces besides this one.
    init(beside others: [any VarlinkEndpoint]) {
        interfaces = ([ServiceEndpoint.definition] + others.map(\.definition)).compactMap(\.self)
    }

    func check(_ parameters: JSONValue, of method: ServiceMethod) throws(CallError) {
        guard case .getInterfaceDescription = method else { return }
        guard interface(of: parameters) != nil else {
            throw .varlink("InterfaceNotFound", "interface", ServiceEndpoint.name(in: parameters))
        }
    }

    func reply(to method: ServiceMethod, _ parameters: JSONValue, from _: Caller) throws(Refusal) -> Reply {
        switch method {
        case .getInfo:
            return try Reply(
                encoding:
                    JSONValue.object([
                        "vendor": .string("Hydrangea"), "product": .string("inet6d"),
                        "version": .string(Hydrangea.version), "url": .string("https://varlink.org/"),
                        "interfaces": .array(interfaces.map { .string($0.name) }),
                    ]))
        case .getInterfaceDescription:
            return try Reply(encoding: ["description": interface(of: parameters)?.text])
        }
    }

    private func interface(of parameters: JSONValue) -> VarlinkInterface? {
        interfaces.first { $0.name == ServiceEndpoint.name(in: parameters) }
    }

    private static func name(in parameters: JSONValue) -> String {
        if case .object(let fields) = parameters, case .string(let name) = fields["interface"] { name } else { "" }
    }

    // No method is a stream.
    func start(_: ServiceMethod) -> [UInt8] { [] }
    func news(_: ServiceMethod, isWanted _: Bool) -> [UInt8] { [] }
}
