// SPDX-License-Identifier: BSD-2-Clause
import Control
import Inet6Control
import Foundation
import Synchronization
import TestSupport
import Testing

extension SystemTests {
    /// Many who read and write at once see whole writes only, and whatever bytes `inet6ctl` is given, it ends by itself.
    /// One host.
    @Suite struct VariableLoadTests {
        /// One that is ours to keep, and one of the kernel.
        private static let names = ["net.inet6.icmp6.errppslimit", "net.inet6.icmp6.nd6_gctimer"]

        @Test func twoHundredClientsSeeWholeWritesOnly() throws {
            try Topology.with { net in
                let daemon = try net.daemon(in: try net.namespace("a"))
                for name in VariableLoadTests.names { try daemon.set(name, 50) }
                let record = Record()
                let threads = DispatchGroup()
                for number in 0..<8 {
                    threads.enter()
                    let path = daemon.socket.path
                    Thread.detachNewThread {
                        defer { threads.leave() }
                        VariableLoadTests.converse(path, seed: UInt64(number), record)
                    }
                }
                threads.wait()
                let (writes, reads, failures) = record.all
                #expect(failures == [])
                #expect(writes.count >= 1500 && reads >= 1500 && writes.count + reads == 4000)
                // Each write found what another one left: the values are a chain from the first to the last.
                var balance: [String: Int] = ["50": 1]
                for write in writes {
                    balance[write.old, default: 0] -= 1
                    balance[write.new, default: 0] += 1
                }
                let last = try daemon.inet6ctl("-n \(VariableLoadTests.names[0])").lines[0]
                #expect(balance.filter { $0.value != 0 } == [last: 1])
                #expect(try daemon.processorTime < 10)
                #expect(daemon.process.isRunning)
            }
        }

        /// 25 clients, each of which makes 20 calls in turn with all others.
        private static func converse(_ path: String, seed: UInt64, _ record: Record) {
            var generator = SeededGenerator(seed: seed)
            let clients = (0..<25).compactMap { _ in try? RawClient(path: path, patience: .seconds(30)) }
            for _ in 0..<20 {
                let isWrite = clients.map { _ in generator.oneIn(2) }
                for (client, isWrite) in zip(clients, isWrite) {
                    let value = generator.pick(1...255)
                    let assignments = names.map { #"{"name":"\#($0)","value":"\#(value)"}"# }.joined(separator: ",")
                    client.send(
                        isWrite
                            ? #"{"method":"io.hydrangea.mib.Write","parameters":{"assignments":[\#(assignments)]}}"#
                            : #"{"method":"io.hydrangea.mib.Read","parameters":{"name":"net.inet6.icmp6"}}"#)
                }
                for (client, isWrite) in zip(clients, isWrite) {
                    let reply = client.reply() ?? "nothing"
                    isWrite ? record.addWrite(reply) : record.addRead(reply, names)
                }
            }
        }

        /// What all clients were told.
        private final class Record: Sendable {
            private let state = Mutex((writes: [VariableChange](), reads: 0, failures: [String]()))

            var all: (writes: [VariableChange], reads: Int, failures: [String]) {
                state.withLock { $0 }
            }

            /// Both variables were the same, and are.
            func addWrite(_ text: String) {
                let reply = try? VarlinkWire.decode(VarlinkReply<WriteReply>.self, from: Array(text.utf8))
                let changes = reply?.parameters?.changes ?? []
                let isWhole = changes.count == 2 && changes[0].old == changes[1].old && changes[0].new == changes[1].new
                state.withLock {
                    if isWhole { $0.writes.append(changes[0]) } else { $0.failures.append(text) }
                }
            }

            func addRead(_ text: String, _ names: [String]) {
                let reply = try? VarlinkWire.decode(VarlinkReply<ReadReply>.self, from: Array(text.utf8))
                let values = reply?.parameters?.variables.filter { names.contains($0.name) }.map(\.value) ?? []
                state.withLock {
                    if values.count == 2, values[0] == values[1] { $0.reads += 1 } else { $0.failures.append(text) }
                }
            }
        }

        /// Any bytes but NUL, among them options, names and assignments cut and mixed; files have NUL too. It may monitor
        /// or read standard input then, so each call has a second.
        @Test func anyBytesAreTakenOrRefused() throws {
            try Topology.with { net in
                let daemon = try net.daemon(in: try net.namespace("a"))
                let script = #"""
                    srand 41;
                    my ($tool, $file) = @ARGV;
                    my @pieces = ("net.link.stf.ttl", "net", ".", "/", "=", ":", "7", "-", "--check", "-n", "-x", "-b",
                        "-j", "-P", "*", "[", "\\", "-f", $file, "\"", "'", "#", " ", "\n", "-h", "-c", "-td", "-o");
                    sub bytes { join "", map { chr(1 + int rand 255) } 1 .. rand shift }
                    my %ends;
                    for (1 .. 400) {
                        my $text = join "", map { rand() < .5 ? $pieces[rand @pieces] : bytes(9) . "\0" } 1 .. rand 40;
                        open my $out, ">:raw", $file or die; print $out $text; close $out;
                        my @words = map { rand() < .7 ? $pieces[rand @pieces] : bytes(9) } 1 .. 1 + rand 5;
                        @words = ("-f", $file) if rand() < .2;
                        my $pid = fork;
                        if (!$pid) {
                            open STDIN, "<", "/dev/null"; open STDOUT, ">", "/dev/null"; open STDERR, ">", "/dev/null";
                            alarm 1;
                            exec { $tool } $tool, @words;
                        }
                        waitpid $pid, 0;
                        my $end = $? & 127 ? "signal " . ($? & 127) : "status " . ($? >> 8);
                        print "$end: ", join(" ", map { unpack "H*", $_ } @words), "\n"
                            unless $end =~ /^status (\d|[1-5]\d|6[01234679]|77)$/ || $end eq "signal 14";
                        $ends{$end}++;
                    }
                    print "$_ x $ends{$_}\n" for sort keys %ends;
                    """#
                let result = try net.start(
                    [
                        "perl", "-e", script, net.executables.appending(path: "inet6ctl").path,
                        net.scratch.path + "/noise",
                    ],
                    environment: ["INET6D_SOCKET": daemon.socket.path]
                ).wait(within: .seconds(60))
                let ends = result.lines.filter { $0.contains(" x ") }
                #expect(result.lines.filter { !$0.contains(" x ") } == [], "\(result)")
                // Otherwise the bytes are too wild, or too tame, to tell anything.
                #expect(ends.contains { $0.hasPrefix("status 0 ") } && ends.contains { $0.hasPrefix("status 64 ") })
                #expect(ends.contains { $0.hasPrefix("status 1 ") }, "\(ends)")
                #expect(daemon.process.isRunning)
                #expect(try daemon.inet6ctl("net.link.stf.ttl").status == 0)
            }
        }
    }
}
