// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// However a client goes, and whatever it has asked for, `inet6d` and its other clients go on. One host.
    @Suite struct ControlEndTests {
        /// What can be followed, and how it is made to happen.
        enum Stream: String, CaseIterable, Sendable {
            case interfaces, variables, sessions

            var call: String {
                switch self {
                case .interfaces: #"{"method":"io.hydrangea.ifnet.Monitor","more":true}"#
                case .variables: #"{"method":"io.hydrangea.mib.Monitor","more":true}"#
                case .sessions: #"{"method":"io.hydrangea.faith.Monitor","more":true}"#
                }
            }
        }

        /// How a client goes while something happens.
        enum End: String, CaseIterable, Sendable {
            /// It has read everything.
            case closed
            /// What was sent to it last is lost, so that the daemon reads ECONNRESET.
            case reset
            case halfACall, afterACall
            case endsSending, endsReceiving
        }

        @Test(arguments: Stream.allCases, End.allCases)
        func aMonitorThatGoesTakesNobodyWithIt(_ stream: Stream, _ end: End) throws {
            try Topology.with { net in
                let host = try net.namespace("a")
                let daemon = try net.daemon(in: host)
                try daemon.succeed("create stf0 inet6 2002:c000:201::1/16")
                if stream == .sessions { try daemon.faith("create faith0 relay 81 local /bin/cat up") }
                let descriptors = try daemon.idleDescriptors
                let client = try RawClient(daemon)
                #expect(client.call(call("Cloners")) != nil)
                for round in 0..<10 {
                    try go(end, from: stream, of: daemon, on: host, round)
                    try #require(daemon.process.isRunning, "round \(round): \(daemon.log)")
                    #expect(
                        client.call(call("Cloners")) == #"{"parameters":{"kinds":["stf","faith","vamp","puppet"]}}"#)
                }
                #expect(try eventually { try daemon.descriptors <= descriptors + 1 })
            }
        }

        /// Something happens while the daemon sees nothing, and then the monitor goes: it hears of both at once.
        private func go(
            _ end: End, from stream: Stream, of daemon: Daemon, on host: Namespace, _ round: Int
        ) throws {
            var monitor: RawClient? = try RawClient(daemon)
            monitor?.send(stream.call)
            while let reply = monitor?.reply(), !reply.contains("current") {}
            if end == .reset { monitor?.send(call("Cloners")) }
            // Known to the daemon before, so that it hears of both in one turn.
            let other = try RawClient(daemon)
            #expect(other.call(call("Cloners")) != nil)
            daemon.process.signal(SIGSTOP)
            let visitor = try TestSocket(in: host, type: SOCK_STREAM)
            other.send(Self.change(of: stream, round))
            if stream == .sessions { _ = visitor.connect("::1", port: 81) }
            switch end {
            case .closed, .reset: monitor = nil
            case .halfACall: monitor?.send(Array(call("List").utf8.prefix(20)))
            case .afterACall: monitor?.send(call("List"))
            case .endsSending: monitor?.endSending()
            case .endsReceiving: monitor?.endReceiving()
            }
            if end == .halfACall || end == .afterACall { monitor = nil }
            daemon.process.signal(SIGCONT)
            #expect(other.reply() != nil, "round \(round): \(daemon.log)")
        }

        /// What makes something happen in a stream.
        private static func change(of stream: Stream, _ round: Int) -> String {
            switch stream {
            case .interfaces:
                call("Apply", #"{"changes":[{"interface":"stf0","description":"\#(round)"}]}"#)
            case .variables:
                #"{"method":"io.hydrangea.mib.Write","parameters":{"assignments":[{"#
                    + #""name":"net.link.stf.ttl","value":"\#(41 + round)"}]}}"#
            case .sessions: call("Cloners")
            }
        }
    }
}
