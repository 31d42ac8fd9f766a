// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import Synchronization
import TestSupport
import Testing

extension SystemTests {
    /// Many calls, many clients and slow ones: each gets its answers in turn, and nobody waits long for others. One host.
    @Suite struct ControlLoadTests {
        @Test func callsInOneWriteAreAnsweredInOrder() throws {
            try with { daemon, _ in
                let client = try RawClient(daemon)
                let calls = (0..<1000).map { call("List", #"{"interface":"x\#($0)"}"#) + "\0" }
                #expect(client.send(Array(calls.joined().utf8)))
                for number in 0..<1000 {
                    let reply = try #require(client.reply(), "after \(number)")
                    try #require(reply.contains(#""object":"x\#(number)""#), "\(number): \(reply)")
                }
            }
        }

        /// Replies of many times the size of the calls, to a client that takes them.
        @Test func largeRepliesToManyCallsAllArrive() throws {
            try with { daemon, _ in
                let client = try RawClient(daemon)
                let calls = String(repeating: call("List", #"{"counters":true}"#) + "\0", count: 1000)
                #expect(client.send(Array(calls.utf8)))
                let replies = (0..<1000).prefix { _ in client.reply() != nil }
                #expect(replies.count == 1000)
            }
        }

        @Test func aClientThatDoesNotReadCostsLittle() throws {
            try with { daemon, _ in
                let before = try daemon.residentKiB
                for parameters in ["{}", #"{"counters":true}"#] {
                    let client = try RawClient(daemon, patience: .seconds(2))
                    let calls = Array(String(repeating: call("List", parameters) + "\0", count: 1000).utf8)
                    // 100,000 calls; it ends early when the daemon takes no more.
                    var isTaken = true
                    for _ in 0..<100 where isTaken { isTaken = client.send(calls) }
                    #expect(!isTaken)
                    #expect(try daemon.answerTime() < .seconds(5))
                    #expect(try daemon.residentKiB - before < 32 << 10)
                }
            }
        }

        @Test func clientsThatAskWithoutEndLeaveRoomForOthers() throws {
            try with { daemon, _ in
                let flood = Flood(daemon.socket.path, clients: 8)
                let times = try (0..<5).map { _ in try daemon.answerTime() }
                flood.stop()
                #expect(times.filter { $0 > .seconds(5) } == [])
            }
        }

        @Test func silentClientsMakeRoomForOthers() throws {
            try with { daemon, net in
                let descriptors = try daemon.idleDescriptors
                let busy = try RawClient(daemon)
                let silent = try (0..<300).map { _ in try RawClient(daemon, patience: .seconds(1)) }
                #expect(try eventually { try daemon.descriptors == descriptors + 256 })
                let stfctl = try net.start("-l", at: daemon.socket.path)
                // One that calls now and then is not silent.
                let isServed = eventually(within: .seconds(15)) {
                    #expect(busy.call(call("Cloners")) != nil)
                    return !stfctl.isRunning
                }
                #expect(isServed)
                #expect(try stfctl.wait().output == "stf0\n")
                #expect(try daemon.descriptors <= descriptors + 256)
                #expect(silent.contains { $0.isClosed() })
            }
        }

        /// Monitors are silent by nature, and calls now and then keep any client.
        @Test func aUserCannotTakeEveryPlace() throws {
            try with { daemon, net in
                let script = """
                    for (1..300) {
                        my $client = IO::Socket::UNIX->new(Peer => $ARGV[0]) or next;
                        $client->print($ARGV[1], "\\0");
                        push @clients, $client;
                    }
                    print "ready\\n"; close STDOUT; sleep 60;
                    """
                let monitor = call("Monitor", "{}", #","more":true"#)
                let user = try net.start(
                    ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
                        + ["perl", "-MIO::Socket::UNIX", "-e", script, daemon.socket.path, monitor])
                #expect(eventually { user.output == "ready\n" })
                #expect(try daemon.answerTime() < .seconds(5))
                #expect(try daemon.stfctl("stf0 down").status == 0)
                user.kill()
            }
        }

        @Test func manyToolsAtOnceAreAllAnswered() throws {
            try with { daemon, net in
                let words = ["-l", "-j", "stf0", "stf0 description x", "-iv stf0 up"]
                let tools = try (0..<200).map { try net.start(words[$0 % words.count], at: daemon.socket.path) }
                for tool in tools {
                    let result = try tool.wait()
                    #expect(result.status == 0 && result.error.isEmpty, "\(result)")
                }
            }
        }

        @Test func noDescriptorsLeftIsNoReasonToSpin() throws {
            try with(under: ["prlimit", "--nofile=130:130"]) { daemon, _ in
                let before = try daemon.processorTime
                let clients = try (0..<100).map { _ in try RawClient(daemon) }
                #expect(try daemon.answerTime() < .seconds(15))
                #expect(try daemon.processorTime - before < 1)
                #expect(daemon.log.utf8.count < 10_000)
                #expect(clients.count == 100)
            }
        }

        /// Under the soft limit that systemd sets.
        @Test func hundredsOfInterfacesAreListed() throws {
            try with(under: ["prlimit", "--nofile=1024:8192"]) { daemon, _ in
                let names = (0..<300).map { "stf\($0)" }
                try daemon.succeed("-if -", input: names.map { "create \($0)\n" }.joined())
                #expect(try daemon.succeed("-l") == names.joined(separator: " ") + "\n")
                #expect(try daemon.interfaces().map(\.name) == names)
                #expect(try daemon.succeed("-v").split(separator: "\n").filter { $0.hasPrefix("stf") }.count == 300)
                let destroy = names.filter { $0 != "stf0" }.map { "destroy \($0)\n" }
                try daemon.succeed("-f -", input: destroy.joined())
            }
        }

        /// After `body` the daemon is the same process, with as many descriptors as before.
        private func with(under wrapper: [String] = [], _ body: (Daemon, Topology) throws -> Void) throws {
            try Topology.with { net in
                let daemon = try net.daemon(in: try net.namespace("a"), under: wrapper)
                try daemon.succeed("create stf0 inet6 2002:c000:201::1/16")
                let descriptors = try daemon.idleDescriptors
                try body(daemon, net)
                #expect(daemon.process.isRunning)
                #expect(try eventually { try daemon.descriptors == descriptors })
            }
        }

        /// Clients on threads of their own that ask for more than is easily answered, and read all of it.
        private final class Flood: Sendable {
            private let isOver = Atomic(false)
            private let clients = DispatchGroup()

            init(_ path: String, clients count: Int) {
                let calls = Array(String(repeating: call("List", #"{"counters":true}"#) + "\0", count: 100).utf8)
                for _ in 0..<count {
                    clients.enter()
                    Thread.detachNewThread { [self] in
                        defer { clients.leave() }
                        guard let client = try? RawClient(path: path, patience: .seconds(30)) else { return }
                        while !isOver.load(ordering: .relaxed), client.send(calls) {
                            for _ in 0..<100 where client.reply() == nil { return }
                        }
                    }
                }
            }

            func stop() {
                isOver.store(true, ordering: .relaxed)
                clients.wait()
            }
        }
    }
}
