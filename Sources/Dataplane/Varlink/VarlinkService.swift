// SPDX-License-Identifier: BSD-2-Clause
import Control
import Logging
import SystemIO

/// Answers Varlink calls, each by the endpoint of its interface, and says what those hear who follow a stream.
final class VarlinkService {
    private let endpoints: [any VarlinkEndpoint]
    /// The full names of the methods that are streams.
    let streams: [String]
    private let authorization = Authorization()
    private let log: Logger

    init(_ endpoints: [any VarlinkEndpoint], log: Logger) {
        self.endpoints = endpoints
        self.log = log
        streams = endpoints.flatMap(\.streams)
    }

    /// Bytes of the largest message taken from `peer`. A question is short; only a change may be long, and decoding a long
    /// one costs seconds that others wait.
    func messageLimit(of peer: Peer) -> Int {
        mayChange(peer) ? VarlinkWire.messageLimit : 4096
    }

    func mayChange(_ peer: Peer) -> Bool {
        authorization.mayChange(peer)
    }

    /// What a message is answered with; nil if it is no call.
    func answer(_ message: ArraySlice<UInt8>, from peer: Peer) -> CallAnswer? {
        guard VarlinkWire.isWithinLimits(message) else { return nil }
        guard let call = try? VarlinkWire.decode(VarlinkCall<JSONValue>.self, from: message) else { return nil }
        let answer: CallAnswer
        do throws(CallError) {
            answer = try perform(call, from: peer)
        } catch {
            let refusal = VarlinkReply(parameters: error.parameters, error: error.name)
            guard let bytes = try? VarlinkWire.encode(refusal) else { return nil }
            answer = .reply(bytes)
        }
        // Who wants no reply wants none to follow, either.
        return call.oneway == true ? .reply([]) : answer
    }

    private func perform(_ call: VarlinkCall<JSONValue>, from peer: Peer) throws(CallError) -> CallAnswer {
        guard let dot = call.method.lastIndex(of: ".") else { throw .varlink("MethodNotFound", "method", call.method) }
        let (interface, method) = (String(call.method[..<dot]), String(call.method[dot...].dropFirst()))
        guard let endpoint = endpoints.first(where: { $0.name == interface }) else {
            throw .varlink("InterfaceNotFound", "interface", interface)
        }
        return try endpoint.answer(
            EndpointCall(
                method: method, parameters: call.parameters ?? .object([:]), isStreaming: call.more == true,
                caller: Caller(peer: peer, authorization: authorization, log: log)))
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
