// SPDX-License-Identifier: BSD-2-Clause
import Control

/// One Varlink interface: what becomes of a call to each of its methods, and what those hear who follow.
protocol VarlinkEndpoint: AnyObject {
    associatedtype Method: VarlinkMethod
    /// As it is shipped, which is what calls are held against.
    static var definition: VarlinkInterface? { get }

    /// - Throws: an error of `org.varlink.service` about parameters that are as the definition says.
    func check(_ parameters: JSONValue, of method: Method) throws(CallError)
    /// What a call that changes something asks for, as it is logged.
    func words(of method: Method, _ parameters: JSONValue) -> String
    /// The reply to a method that is no stream.
    func reply(to method: Method, _ parameters: JSONValue, from caller: Caller) throws(Refusal) -> Reply
    /// The first replies of a stream: what there is now, as those have it who follow already.
    func start(_ method: Method) throws(Refusal) -> [UInt8]
    /// The replies about what has happened since the last time, for all who follow.
    /// - Parameter isWanted: nobody follows, if false, and what has happened is forgotten.
    func news(_ method: Method, isWanted: Bool) -> [UInt8]
    /// How long what has happened may wait to be asked for. Nil: whatever happens ends the loop's wait.
    var patience: Duration? { get }
    /// Interfaces, by name, of which something has changed since the last time that `io.hydrangea.ifnet` does not show.
    func changedInterfaces() -> Set<String>
}

extension VarlinkEndpoint {
    func check(_: JSONValue, of _: Method) throws(CallError) {}
    func words(of method: Method, _: JSONValue) -> String { method.name }
    var patience: Duration? { nil }
    func changedInterfaces() -> Set<String> { [] }
}

/// A call to a method of the interface, as far as that is common to all interfaces.
struct EndpointCall {
    var method: String
    var parameters: JSONValue
    var isStreaming: Bool
    var caller: Caller
}

/// For those who know no interface.
extension VarlinkEndpoint {
    var name: String { Method.interface }
    var definition: VarlinkInterface? { Self.definition }
    /// The full names of the methods that are streams.
    var streams: [String] { Method.allCases.filter(\.isStream).map(\.name) }

    /// What a call is answered with.
    func answer(_ call: EndpointCall) throws(CallError) -> CallAnswer {
        guard let definition, let description = definition.methods[call.method] else {
            throw .varlink("MethodNotFound", "method", "\(name).\(call.method)")
        }
        if let offender = definition.offender(in: call.parameters, as: description.input) {
            throw .varlink("InvalidParameter", "parameter", offender)
        }
        guard let method = Method(rawValue: call.method) else {
            throw .varlink("MethodNotImplemented", "method", "\(name).\(call.method)")
        }
        try check(call.parameters, of: method)
        guard !method.isStream || call.isStreaming else { throw .varlink("ExpectedMore", "method", method.name) }
        do throws(Refusal) {
            if !method.isReadOnly { try call.caller.authorize(words(of: method, call.parameters)) }
            guard !method.isStream else { return .stream(method.name, try start(method)) }
            return .reply(try reply(to: method, call.parameters, from: call.caller))
        } catch {
            throw .refused(name, error)
        }
    }

    /// - Parameter stream: one of `streams`.
    func news(of stream: String, isWanted: Bool) -> [UInt8] {
        guard let method = Method.allCases.first(where: { $0.isStream && $0.name == stream }) else { return [] }
        return news(method, isWanted: isWanted)
    }
}

/// What a call is answered with.
enum CallAnswer {
    case reply(Reply)
    /// The state now, and from here on what happens in this stream.
    case stream(String, [UInt8])
}

/// What a call is answered with instead of a reply.
enum CallError: Error {
    /// By the interface that was called.
    case refused(String, Refusal)
    /// One of `org.varlink.service`, whose only parameter says what it is about.
    case varlink(String, String, String)

    var name: String {
        switch self {
        case .refused(let interface, let refusal): "\(interface).\(refusal.errorName)"
        case .varlink(let name, _, _): "\(ServiceMethod.interface).\(name)"
        }
    }

    var parameters: JSONValue? {
        switch self {
        case .refused(_, let refusal): try? VarlinkWire.convert(refusal, to: JSONValue.self)
        case .varlink("ExpectedMore", _, _): .object([:])
        case .varlink(_, let parameter, let value): .object([parameter: .string(value)])
        }
    }
}

/// From the wire and to it.
enum EndpointWire {
    /// What the interface description let through fits the Swift type, as a test makes sure; this is for what it cannot
    /// say, such as an integer too large.
    static func decoded<Parameters: Decodable>(_ value: JSONValue) throws(Refusal) -> Parameters {
        guard let parameters = try? VarlinkWire.convert(value, to: Parameters.self) else {
            throw Refusal("inet6d", "parameters", .EINVAL)
        }
        return parameters
    }

    /// For what is only logged.
    static func words<Parameters: Decodable>(
        of method: some VarlinkMethod, _ value: JSONValue, _ words: (Parameters) -> String
    ) -> String {
        (try? VarlinkWire.convert(value, to: Parameters.self)).map(words) ?? method.name
    }

    static func encoded(_ reply: some Codable & Sendable) throws(Refusal) -> [UInt8] {
        guard let bytes = try? VarlinkWire.encode(VarlinkReply(parameters: reply)) else {
            throw Refusal("inet6d", "reply", .EIO)
        }
        return bytes
    }

    /// One element of a list.
    static func encoded(element: some Encodable) throws(Refusal) -> ArraySlice<UInt8> {
        guard let bytes = try? VarlinkWire.encode(element) else { throw Refusal("inet6d", "reply", .EIO) }
        return bytes.dropLast()
    }

    /// Replies of a stream, which goes on.
    static func encoded(events: [some Codable]) -> [UInt8] {
        events.flatMap { event in
            var reply = VarlinkReply(parameters: event)
            reply.continues = true
            return (try? VarlinkWire.encode(reply)) ?? []
        }
    }
}
