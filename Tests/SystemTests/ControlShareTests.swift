// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// Users who may only ask have each a share of the daemon, and an admin never waits for their answers. One host.
    @Suite struct ControlShareTests {
        private static let interfaces = 200
        private static let nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        private static let question =
            #"{"method":"io.hydrangea.mib.Read","parameters":{"name":"net.inet6.ip6.interface"}}"#

        /// More than forty answers a second are asked for, of half a megabyte each.
        @Test func rootWaitsForNoUsersAnswers() throws {
            try with { daemon, net in
                let answer = try RawClient(daemon, patience: .seconds(60)).call(Self.question)
                #expect((answer?.utf8.count ?? 0) > 8 * 65_536)
                // Each asks again as soon as it has its answer.
                let readers = try ask(
                    daemon, net, clients: 40,
                    """
                    while (my @ready = $select->can_read) {
                        for my $client (@ready) {
                            sysread $client, my $bytes, 1 << 20 or exit;
                            $client->syswrite("$ARGV[1]\\0") for 1..($bytes =~ tr/\\0//);
                        }
                    }
                    """)
                #expect(eventually { readers.output == "ready\n" })
                let times = try (0..<9).map { try changeTime(daemon, $0) }
                #expect(readers.isRunning)
                #expect(times.sorted()[4] < .milliseconds(500), "\(times)")
            }
        }

        /// They ask for much and read nothing.
        @Test func answersThatNobodyReadsAreNotMade() throws {
            try with { daemon, net in
                let before = try daemon.residentKiB
                let readers = try ask(daemon, net, clients: 60, "sleep 600;")
                #expect(eventually { readers.output == "ready\n" })
                // All have had their turn when nothing is left to do.
                let isQuiet = try eventually(within: .seconds(60)) {
                    let time = try daemon.processorTime
                    Thread.sleep(forTimeInterval: 0.3)
                    return try daemon.processorTime - time < 0.05
                }
                #expect(isQuiet)
                // The answers would be 60 times what they are, 600 KB and more.
                #expect(try daemon.residentKiB - before < 16 << 10)
                #expect(try daemon.answerTime() < .seconds(5))
            }
        }

        /// The daemon has half of these for itself.
        @Test func usersLeaveADescriptorToRoot() throws {
            try with(interfaces: 1, under: ["prlimit", "--nofile=64:64"]) { daemon, net in
                let users = try ask(daemon, net, clients: 150, "sleep 600;")
                #expect(eventually { users.output == "ready\n" })
                for number in 0..<5 { #expect(try changeTime(daemon, number) < .seconds(3)) }
                #expect(users.isRunning)
            }
        }

        @Test(arguments: [1024, 1025, 3000])
        func whoIsInManyGroupsIsAnswered(_ count: Int) throws {
            try with(interfaces: 1) { daemon, _ in
                let groups = (0..<count).map { "\($0 + 100_000)" }.joined(separator: ",")
                let result = try daemon.stfctl(
                    ["-l"], under: ["setpriv", "--reuid", "65534", "--regid", "65534", "--groups", groups])
                #expect(result.status == 0 && result.output == "stf0\n", "\(result)")
            }
        }

        /// Clients of a user who may only ask, which ask and then do as they are told.
        private func ask(_ daemon: Daemon, _ net: Topology, clients: Int, _ script: String) throws -> RunningCommand {
            let connect = """
                my $select = IO::Select->new;
                for (1..\(clients)) {
                    my $client = IO::Socket::UNIX->new(Peer => $ARGV[0]) or next;
                    $client->syswrite("$ARGV[1]\\0");
                    $select->add($client);
                }
                syswrite STDOUT, "ready\\n";
                $SIG{PIPE} = 'IGNORE';
                """
            return try net.start(
                Self.nobody + ["perl", "-MIO::Select", "-MIO::Socket::UNIX", "-e", connect + script]
                    + [daemon.socket.path, Self.question])
        }

        private func changeTime(_ daemon: Daemon, _ number: Int) throws -> Duration {
            let start = ContinuousClock.now
            let client = try RawClient(daemon, patience: .seconds(60))
            let reply = client.call(
                call("Apply", #"{"changes":[{"interface":"stf0","description":"number \#(number)"}]}"#))
            try #require(reply?.contains("changed") == true, "\(reply ?? daemon.log)")
            return ContinuousClock.now - start
        }

        private func with(
            interfaces: Int = interfaces, under wrapper: [String] = [], _ body: (Daemon, Topology) throws -> Void
        ) throws {
            try Topology.with { net in
                let daemon = try net.daemon(in: try net.namespace("a"), under: wrapper)
                try daemon.succeed("-f -", input: (0..<interfaces).map { "create stf\($0)\n" }.joined())
                try body(daemon, net)
                #expect(daemon.process.isRunning)
            }
        }
    }
}
