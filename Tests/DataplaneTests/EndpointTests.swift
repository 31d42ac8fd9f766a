// SPDX-License-Identifier: BSD-2-Clause
import Control
import KernelPrograms
import Logging
import SystemIO
import TestSupport
import Testing

@testable import Dataplane

/// What is the same for all Varlink interfaces, with one that knows next to nothing; and that ours fit their definitions.
@Suite struct EndpointTests {
    private enum Method: String, VarlinkMethod {
        case ask = "Ask"
        case change = "Change"
        case follow = "Follow"

        static let interface = "org.example.things"

        var isReadOnly: Bool { self != .change }
        var isStream: Bool { self == .follow }
    }

    private final class Endpoint: VarlinkEndpoint {
        typealias Method = EndpointTests.Method

        static var definition: VarlinkInterface? {
            try? VarlinkInterface(
                parsing: """
                    interface org.example.things
                    method Ask(what: ?string) -> (answer: string)
                    method Change() -> ()
                    method Follow() -> (event: string)
                    method Later() -> ()
                    """)
        }

        private(set) var isFollowed = false

        func reply(
            to method: Method, _ parameters: JSONValue, from caller: Caller
        ) throws(Refusal) -> Reply {
            switch method {
            case .ask:
                guard case .object(let fields) = parameters, let what = fields["what"] else {
                    throw Refusal("thing", nil, .ENOENT)
                }
                return try Reply(encoding: ["answer": what])
            case .change:
                return try caller.logging("change") { () throws(Refusal) in try Reply(encoding: [String: String]()) }
            case .follow: return Reply([])
            }
        }

        func start(_: Method) throws(Refusal) -> [UInt8] { EndpointWire.encoded(events: [["event": "current"]]) }

        func news(_: Method, isWanted: Bool) -> [UInt8] {
            isFollowed = isWanted
            return isWanted ? EndpointWire.encoded(events: [["event": "news"]]) : []
        }
    }

    private let endpoint = Endpoint()
    private let service: VarlinkService
    private static let root = Peer(processID: 1, userID: 0, groupIDs: [])
    private static let nobody = Peer(processID: 2, userID: 65534, groupIDs: [65534])

    init() {
        service = VarlinkService([ServiceEndpoint(beside: [endpoint]), endpoint])
    }

    private func answer(_ call: String, from peer: Peer = root) -> String? {
        let caller = Caller(
            peer: peer, authorization: Authorization(), log: Logger(label: "test"),
            refusals: RefusalLog { .zero })
        return switch service.answer(Array(call.utf8)[...], from: caller) {
        case .reply(let reply): String(decoding: reply.first.dropLast(), as: UTF8.self)
        case .stream(let stream, let bytes): "\(stream): \(String(decoding: bytes.dropLast(), as: UTF8.self))"
        case nil: nil
        }
    }

    private func thing(_ method: String, _ rest: String = "") -> String {
        #"{"method":"org.example.things.\#(method)"\#(rest)}"#
    }

    @Test func `a call is answered by the endpoint of its interface`() {
        #expect(answer(thing("Ask", #","parameters":{"what":"x"}"#)) == #"{"parameters":{"answer":"x"}}"#)
        #expect(answer(thing("Ask"))?.contains(#""error":"org.example.things.NotFound""#) == true)
        #expect(
            answer(#"{"method":"org.varlink.service.GetInfo"}"#)?.contains(
                #""interfaces":["org.varlink.service","org.example.things"]"#) == true)
        #expect(answer("words") == nil)
    }

    /// A call with several faults is told of the first in this order.
    @Test(arguments: [
        ("Frob", "{}", "MethodNotFound", #""method":"org.example.things.Frob""#),
        ("Ask", #"{"what":1}"#, "InvalidParameter", #""parameter":"what""#),
        ("Follow", #"{"what":1}"#, "InvalidParameter", #""parameter":"what""#),
        ("Later", "{}", "MethodNotImplemented", #""method":"org.example.things.Later""#),
        ("Follow", "{}", "ExpectedMore", ""),
    ])
    func `a wrong call gets the error of the standard interface`(
        _ method: String, _ parameters: String, _ error: String, _ told: String
    ) {
        #expect(
            answer(thing(method, #","parameters":\#(parameters)"#))
                == #"{"error":"org.varlink.service.\#(error)","parameters":{\#(told)}}"#)
    }

    @Test func `changes are for some, questions for all`() {
        #expect(answer(thing("Change")) == #"{"parameters":{}}"#)
        #expect(
            answer(thing("Change"), from: Self.nobody)?.contains(#""error":"org.example.things.NotPermitted""#) == true)
        #expect(answer(thing("Ask", #","parameters":{"what":"x"}"#), from: Self.nobody)?.contains("answer") == true)
    }

    @Test func `a stream starts with what there is, and goes on with news`() {
        #expect(service.streams == ["org.example.things.Follow"])
        #expect(
            answer(thing("Follow", #","more":true"#), from: Self.nobody)
                == #"org.example.things.Follow: {"continues":true,"parameters":{"event":"current"}}"#)
        let news = service.news(of: "org.example.things.Follow", isWanted: true)
        #expect(String(decoding: news, as: UTF8.self) == #"{"continues":true,"parameters":{"event":"news"}}"# + "\0")
        #expect(endpoint.isFollowed)
        #expect(service.news(of: "org.example.things.Follow", isWanted: false) == [])
        #expect(!endpoint.isFollowed)
    }

    @Test func `who wants no reply gets none, nor follows`() {
        #expect(answer(thing("Follow", #","more":true,"oneway":true"#)) == "")
        #expect(answer(thing("Frob", #","oneway":true"#)) == "")
    }

    /// Each has a definition with the methods that it answers, and no name twice.
    @Test func `all our endpoints fit their definitions`() throws {
        try inOwnNetwork([]) {
            let dataplane = try Dataplane(log: Logger(label: "test"), node: .none(.permission))
            let boot = BootReload(of: "/nonexistent", dataplane, log: Logger(label: "test"))
            let all = endpoints(of: dataplane, boot)
            #expect(
                all.map(\.name) == [
                    "org.varlink.service", "io.hydrangea.ifnet", "io.hydrangea.inet6", "io.hydrangea.mib",
                    "io.hydrangea.faith", "io.hydrangea.puppet", "io.hydrangea.boot",
                ])
            for endpoint in all {
                let definition = try #require(endpoint.definition)
                #expect(definition.name == endpoint.name)
                #expect(Set(definition.methods.keys) == endpoint.methods)
            }
        }
    }
}

extension VarlinkEndpoint {
    fileprivate var methods: Set<String> { Set(Method.allCases.map(\.rawValue)) }
}
