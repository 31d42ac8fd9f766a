// SPDX-License-Identifier: BSD-2-Clause
import Control
import Logging
import SystemIO
import Words

/// Answers Varlink calls: `org.varlink.service` about itself, `io.hydrangea.ifnet` by the dataplane.
final class VarlinkService {
    private let dataplane: Dataplane
    private let log: Logger
    private let interfaces: [VarlinkInterface]
    private let authorization = Authorization()

    init(dataplane: Dataplane, log: Logger) {
        self.dataplane = dataplane
        self.log = log
        interfaces = VarlinkInterface.all
    }

    /// The bytes to send back, perhaps none; nil if the message is no call.
    func answer(_ message: ArraySlice<UInt8>, from peer: Peer) -> [UInt8]? {
        guard let call = try? VarlinkWire.decode(VarlinkCall<JSONValue>.self, from: message) else { return nil }
        let reply: VarlinkReply<JSONValue>
        do throws(CallError) {
            reply = VarlinkReply(parameters: try perform(call, from: peer))
        } catch {
            reply = VarlinkReply(parameters: error.parameters, error: error.name)
        }
        if call.oneway == true { return [] }
        return try? VarlinkWire.encode(reply)
    }

    private func perform(_ call: VarlinkCall<JSONValue>, from peer: Peer) throws(CallError) -> JSONValue {
        guard let dot = call.method.lastIndex(of: ".") else { throw .varlink("MethodNotFound", "method", call.method) }
        let (interfaceName, methodName) = (String(call.method[..<dot]), String(call.method[dot...].dropFirst()))
        guard let interface = interfaces.first(where: { $0.name == interfaceName }) else {
            throw .varlink("InterfaceNotFound", "interface", interfaceName)
        }
        guard let method = interface.methods[methodName] else {
            throw .varlink("MethodNotFound", "method", call.method)
        }
        let parameters = call.parameters ?? .object([:])
        if let offender = interface.offender(in: parameters, as: method.input) {
            throw .varlink("InvalidParameter", "parameter", offender)
        }
        guard let ours = IfnetMethod(rawValue: methodName), interfaceName == IfnetMethod.interface else {
            return try describe(methodName, parameters)
        }
        return try perform(ours, parameters, from: peer)
    }

    // MARK: io.hydrangea.ifnet

    private func perform(_ method: IfnetMethod, _ parameters: JSONValue, from peer: Peer) throws(CallError) -> JSONValue {
        do throws(Refusal) {
            guard method.isReadOnly || authorization.mayChange(peer) else {
                throw Refusal("inet6d", nil, .EPERM, "changes are for root and group \(Authorization.group)")
            }
            switch method {
            case .list:
                let parameters: ListParameters = try decoded(parameters)
                return try encoded(ListReply(interfaces: try dataplane.list(parameters.interface, counters: parameters.counters ?? false)))
            case .cloners:
                return try encoded(ClonersReply(kinds: InterfaceKind.allCases))
            case .apply:
                let parameters: ApplyParameters = try decoded(parameters)
                let reply = try apply(parameters, from: peer)
                return try encoded(reply)
            }
        } catch {
            throw .refused(error)
        }
    }

    private func apply(_ parameters: ApplyParameters, from peer: Peer) throws(Refusal) -> ApplyReply {
        let who = "uid \(peer.userID) pid \(peer.processID)"
        let words = parameters.changes.map(\.line).joined(separator: "; ")
        do throws(Refusal) {
            let results = try dataplane.apply(parameters.changes, isIdempotent: parameters.idempotent ?? false)
            log.notice("\(who): \(words)")
            return ApplyReply(results: results)
        } catch {
            log.notice("\(who): \(words): refused: \(error.line)")
            throw error
        }
    }

    /// What the interface description let through fits the Swift type, as a test makes sure; this is for what it cannot
    /// say, such as an integer too large.
    private func decoded<Parameters: Decodable>(_ value: JSONValue) throws(Refusal) -> Parameters {
        guard let parameters = try? VarlinkWire.convert(value, to: Parameters.self) else {
            throw Refusal("inet6d", "parameters", .EINVAL)
        }
        return parameters
    }

    private func encoded(_ reply: some Encodable) throws(Refusal) -> JSONValue {
        guard let value = try? VarlinkWire.convert(reply, to: JSONValue.self) else {
            throw Refusal("inet6d", "reply", .EIO)
        }
        return value
    }

    // MARK: org.varlink.service

    private func describe(_ method: String, _ parameters: JSONValue) throws(CallError) -> JSONValue {
        switch method {
        case "GetInfo":
            return .object([
                "vendor": .string("Hydrangea"), "product": .string("inet6d"),
                "version": .string(Hydrangea.version), "url": .string("https://varlink.org/"),
                "interfaces": .array(interfaces.map { .string($0.name) }),
            ])
        case "GetInterfaceDescription":
            guard case .object(let fields) = parameters, case .string(let name) = fields["interface"] else {
                throw .varlink("InvalidParameter", "parameter", "interface")
            }
            guard let interface = interfaces.first(where: { $0.name == name }) else {
                throw .varlink("InterfaceNotFound", "interface", name)
            }
            return .object(["description": .string(interface.text)])
        default:
            throw .varlink("MethodNotImplemented", "method", method)
        }
    }
}

/// What a call is answered with instead of a reply.
private enum CallError: Error {
    case refused(Refusal)
    /// One of `org.varlink.service`, whose only parameter says what it is about.
    case varlink(String, String, String)

    var name: String {
        switch self {
        case .refused(let refusal): refusal.errorName
        case .varlink(let name, _, _): "org.varlink.service.\(name)"
        }
    }

    var parameters: JSONValue? {
        switch self {
        case .refused(let refusal): try? VarlinkWire.convert(refusal, to: JSONValue.self)
        case .varlink(_, let parameter, let value): .object([parameter: .string(value)])
        }
    }
}
