// SPDX-License-Identifier: BSD-2-Clause
import Control

/// Answers Varlink calls, each by the endpoint of its interface, and says what those hear who follow a stream.
final class VarlinkService {
    private let endpoints: [any VarlinkEndpoint]
    /// The full names of the methods that are streams.
    let streams: [String]

    init(_ endpoints: [any VarlinkEndpoint]) {
        self.endpoints = endpoints
        streams = endpoints.flatMap(\.streams)
    }

    /// What a message is answered with; nil if it is no call.
    func answer(_ message: ArraySlice<UInt8>, from caller: Caller) -> CallAnswer? {
        guard VarlinkWire.isWithinLimits(message) else { return nil }
        guard let call = try? VarlinkWire.decode(VarlinkCall<JSONValue>.self, from: message) else { return nil }
        let answer: CallAnswer
        do throws(CallError) {
            answer = try perform(call, from: caller)
        } catch {
            let refusal = VarlinkReply(parameters: error.parameters, error: error.name)
            guard let bytes = try? VarlinkWire.encode(refusal) else { return nil }
            answer = .reply(Reply(bytes))
        }
        // Who wants no reply wants none to follow, either.
        return call.oneway == true ? .reply(Reply([])) : answer
    }

    private func perform(_ call: VarlinkCall<JSONValue>, from caller: Caller) throws(CallError) -> CallAnswer {
        guard let dot = call.method.lastIndex(of: ".") else { throw .varlink("MethodNotFound", "method", call.method) }
        let (interface, method) = (String(call.method[..<dot]), String(call.method[dot...].dropFirst()))
        guard let endpoint = endpoints.first(where: { $0.name == interface }) else {
            throw .varlink("InterfaceNotFound", "interface", interface)
        }
        return try endpoint.answer(
            EndpointCall(
                method: method, parameters: call.parameters ?? .object([:]), isStreaming: call.more == true,
                caller: caller))
    }

    // MARK: streams

    /// What has happened since the last time, for all who follow.
    /// - Parameter isWanted: nobody does, if false, and what has happened is forgotten.
    func news(of stream: String, isWanted: Bool) -> [UInt8] {
        endpoint(of: stream)?.news(of: stream, isWanted: isWanted) ?? []
    }

    /// How long what has happened may wait to be asked for.
    func patience(of stream: String) -> Duration? { endpoint(of: stream)?.patience }

    private func endpoint(of stream: String) -> (any VarlinkEndpoint)? {
        endpoints.first { $0.streams.contains(stream) }
    }
}
