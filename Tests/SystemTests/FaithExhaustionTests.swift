// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// faith when there are no more descriptors, with very many sessions, and with input that is none.
    @Suite struct FaithExhaustionTests {
        /// The limit of the process is taken away while it runs: clients wait or are refused, and later all is well.
        @Test func clientsWaitForDescriptors() throws {
            try FaithBed.with("relay 80") { bed in
                try bed.receive(on: 80, .listens)
                let few = try bed.crowd(5, port: 80)
                #expect(try bed.hasSessions(5))
                let before = try bed.daemon.descriptors
                try limitDescriptors(to: before + 4, bed)
                let crowd = try bed.crowd(20, port: 80)
                // The control socket wants one, too; those that are told no do not stay.
                try limitDescriptors(to: 20_000, bed)
                #expect(try bed.daemon.relayed().sessions < 25 || bed.daemon.descriptors > before + 4)
                #expect(
                    try eventually {
                        let state = try bed.daemon.relayed()
                        let refused = state.counters.refused.first { $0.reason == "no-descriptors" }?.sessions ?? 0
                        return state.counters.accepted >= 25 && state.sessions + refused == 25
                    })
                #expect(try bed.daemon.faith("-v faith0").contains("pause") || crowd.closed > 0)
                crowd.leave()
                few.leave()
                #expect(try bed.hasSessions(0))
                #expect(try eventually { try bed.daemon.descriptors <= before })
                try bed.greet(on: [81])
                try bed.daemon.faith("faith0 relay 81")
                #expect(try bed.ask("tcp [\(FaithBed.address)]:81") == FaithBed.greeting)
            }
        }

        /// With few descriptors from the start there are fewer sessions, and what is too much is refused at once.
        @Test func sessionsAreAsManyAsDescriptorsAllow() throws {
            try FaithBed.with("relay 80") { bed in
                try bed.receive(on: 80, .listens)
                _ = try bed.daemon.stop()
                let daemon = try bed.net.daemon(in: bed.router, under: ["prlimit", "--nofile=200"])
                try daemon.createFaith("relay 80")
                let before = try daemon.descriptors
                for _ in 0..<3 {
                    let crowd = try bed.crowd(150, port: 80)
                    #expect(try eventually { try daemon.relayed().counters.accepted.isMultiple(of: 150) })
                    let sessions = try daemon.relayed().sessions
                    #expect(1..<70 ~= sessions, "\(sessions)")
                    #expect(eventually { crowd.closed == 150 - sessions }, "\(crowd.closed)")
                    #expect(try daemon.descriptors < 200)
                    crowd.leave()
                    #expect(try bed.hasSessions(0, of: daemon))
                }
                #expect(try eventually { try daemon.descriptors <= before })
                let ends = try daemon.relayed().ends
                #expect(ends.contains { $0.hasPrefix("session-limit: ") }, "\(ends)")
                #expect(!ends.contains { $0.hasPrefix("no-descriptors") }, "\(ends)")
            }
        }

        /// What an idle session costs, and that it costs nothing any more when it has ended.
        @Test func thousandsOfSessionsCostLittle() throws {
            let count = 8000
            try FaithBed.with("relay 80 maxsessions 0 clientsessions 0 clientrate 0") { bed in
                try bed.receive(on: 80, .listens)
                let first = try bed.crowd(50, port: 80)
                #expect(try bed.hasSessions(50))
                first.leave()
                #expect(try bed.hasSessions(0))
                let (descriptors, memory) = (try bed.daemon.descriptors, try bed.daemon.memory())
                let crowd = try bed.crowd(count, port: 80)
                #expect(try eventually { try bed.daemon.relayed().counters.connected == 50 + count })
                #expect(try bed.daemon.relayed().sessions == count)
                #expect(try bed.daemon.descriptors >= descriptors + 2 * count)
                let cost = (try bed.daemon.memory() - memory) / count
                #expect(cost < 2048, "\(cost) bytes each")
                crowd.leave()
                #expect(try bed.hasSessions(0))
                #expect(try eventually { try bed.daemon.descriptors <= descriptors })
            }
        }

        /// Files of anything: the tool says what is wrong, or the rules are what the file says.
        @Test(arguments: 1...4 as ClosedRange<UInt64>)
        func garbageIsNoAccessList(_ seed: UInt64) throws {
            try Topology.with { net in
                var random = SeededGenerator(seed: seed)
                let daemon = try net.daemon(in: try net.namespace("a"))
                try daemon.faith("create faith0 permit 2001:db8::/32 192.0.2.0/24")
                var statuses: Set<Int32> = []
                for _ in 0..<40 {
                    let before = try daemon.faith("-c")
                    let file = net.scratch.appending(path: "garbage")
                    try Data(garbage(&random)).write(to: file)
                    let result = try daemon.faithctl(["-f", file.path, "faith0"])
                    statuses.insert(result.status)
                    #expect([0, 1, 64].contains(result.status), "\(result)")
                    #expect(result.status == 0 || result.error.hasPrefix("faithctl: "), "\(result)")
                    if result.status != 0 { #expect(try daemon.faith("-c") == before) }
                }
                #expect(statuses.isSuperset(of: [0, 64]), "\(statuses)")
                #expect(daemon.process.isRunning)
            }
        }

        @Test func accessListHasALimit() throws {
            try Topology.with { net in
                let daemon = try net.daemon(in: try net.namespace("a"))
                try daemon.faith("create faith0")
                let lines = (0..<4097).map { "2001:db8:\(String($0, radix: 16))::/48 permit 192.0.2.1\n" }
                let (fits, long) = (lines.dropLast().joined(), lines.joined())
                try daemon.faith("-f \(try net.file("fits", fits)) faith0")
                #expect(
                    try daemon.faith("faith0").split(separator: "\n").filter { $0.contains("permit") }.count == 4096)
                let refused = try daemon.faithctl("-f \(try net.file("long", long)) faith0")
                #expect([1, 64].contains(refused.status), "\(refused)")
                #expect(
                    try daemon.faith("faith0").split(separator: "\n").filter { $0.contains("permit") }.count == 4096)
                let more = try daemon.faithctl("faith0 permit 2001:db8::1 192.0.2.1")
                #expect(more.status == 1)
                #expect(more.error.contains("at most 4096"), "\(more)")
            }
        }

        /// An FTP command of megabytes is one answer, and costs no memory; the next command is read as ever.
        @Test func endlessCommandIsAnswered() throws {
            try FaithBed.with("relay ftp") { bed in
                let server = try bed.net.file(
                    "ftpd.py",
                    """
                    import socket
                    peer, _ = socket.create_server(("", 21)).accept()
                    peer.sendall(b"220 ready\\r\\n")
                    for line in peer.makefile("rb"):
                        print(line, flush=True)
                        peer.sendall(b"200 well\\r\\n")
                    """)
                let client = try bed.net.file(
                    "ftp.py",
                    """
                    import socket
                    ftp = socket.create_connection(("\(FaithBed.address)", 21), 10)
                    replies = ftp.makefile("rb")
                    print(replies.readline())
                    for _ in range(100):
                        ftp.sendall(b"A" * 65536)
                    ftp.sendall(b"\\r\\nNOOP\\r\\n")
                    print(replies.readline()[:3], replies.readline())
                    """)
                let listening = try bed.server.serve(["python3", server], port: 21)
                let before = try bed.daemon.memory()
                let said = try bed.client.succeed("timeout 20 python3 \(client)")
                #expect(said == "b'220 ready\\r\\n'\nb'500' b'200 well\\r\\n'\n")
                #expect(eventually { listening.output == "b'NOOP\\r\\n'\n" }, "\(listening.output)")
                #expect(try bed.daemon.memory() - before < 2 << 20)
            }
        }

        /// All of them are answered, whether they ask or say something.
        @Test func manyToolsAtOnce() throws {
            try FaithBed.with("relay 80") { bed in
                try bed.greet(on: [80])
                let before = try bed.daemon.descriptors
                let faithctl = "\(bed.net.executables.appending(path: "faithctl").path) -s \(bed.daemon.socket.path)"
                let line = """
                    for i in $(seq 100); do
                        \(faithctl) -j >one-$i && echo said & \(faithctl) faith0 relay $((1000 + i)) && echo said &
                    done; wait
                    """
                let said = try bed.router.shell(line)
                #expect(said == String(repeating: "said\n", count: 200))
                let relays = try bed.daemon.faith("faith0").split(separator: "\n").filter { $0.hasPrefix("\trelay") }
                #expect(relays.count == 101)
                #expect(try bed.ask(FaithBed.question) == FaithBed.greeting)
                #expect(try eventually { try bed.daemon.descriptors <= before + 1 })
            }
        }

        private func limitDescriptors(to count: Int, _ bed: FaithBed) throws {
            try bed.router.succeed("prlimit --pid \(bed.daemon.process.processID) --nofile=\(count):")
        }

        /// Lines of words that belong into the file, with some that do not, or bytes of any kind.
        private func garbage(_ random: inout SeededGenerator) -> [UInt8] {
            if random.oneIn(4) { return random.bytes(Int.random(in: 0...5000, using: &random)) }
            let words = [
                "2001:db8::/32", "::/0", "permit", "deny", "PERMIT", "192.0.2.0/24", "10.0.0.0/8", "192.0.2.1", "#",
                "\n",
                "::/129", "1.2.3", "-1", "\0", "\t", "\r\n", String(repeating: "x", count: 1100), "faith0", "\u{e9}",
            ]
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                if random.oneIn(6) {
                    for _ in 0..<6 { bytes += Array((random.pick(words) + " ").utf8) }
                } else {
                    bytes += Array("2001:db8::/32 \(random.pick(["permit", "deny"])) 192.0.2.0/24".utf8)
                }
                bytes.append(UInt8(ascii: "\n"))
            }
            return bytes
        }
    }
}
