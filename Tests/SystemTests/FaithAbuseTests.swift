// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// Clients and servers that want too much, or do nothing; others are served meanwhile.
    @Suite struct FaithAbuseTests {
        /// 20,000 beginnings at ports of many addresses, none of which is relayed.
        @Test func floodIsCountedAndForgotten() throws {
            try FaithBed.with("relay 80") { bed in
                try bed.greet(on: [80])
                let before = try bed.daemon.memory()
                let sent = try sendSYNs(
                    20_000, "\"2001:db8:64::c000:%x\" % (number % 65536), 1000 + number % 50000", bed)
                #expect(sent == "20000\n")
                // The wire may lose some.
                #expect(try bed.dropped("input", "no-relay", reaching: 15_000) >= 15_000)
                #expect(try bed.ask(FaithBed.question) == FaithBed.greeting)
                #expect(try bed.daemon.memory() - before < 4 << 20)
                #expect(try bed.daemon.relayed().counters.accepted == 1)
            }
        }

        /// 500 that never finish their handshake: nobody answers for their addresses.
        @Test func halfOpenConnectionsAreNoSessions() throws {
            try FaithBed.with("relay 80") { bed in
                try bed.greet(on: [80])
                try bed.client.set("net/ipv6/ip_nonlocal_bind", "1")
                // Their neighbour is the client, who takes what is not for it for another's.
                try bed.client.set("net/ipv6/conf/all/forwarding", "0")
                try bed.router.succeed("ip -6 route add 2001:db8:7::/64 via \(FaithBed.clientAddress)")
                _ = try sendSYNs(500, "\"\(FaithBed.address)\", 80", from: "\"2001:db8:7::%x\" % (number + 1)", bed)
                func halfOpen() throws -> Int {
                    try bed.router.succeed("ss -H -n -t -6 state syn-recv").split(separator: "\n").count
                }
                #expect(try eventually { try halfOpen() > 100 })
                for _ in 0..<3 { #expect(try bed.ask(FaithBed.question) == FaithBed.greeting) }
                #expect(try bed.daemon.relayed().counters.accepted == 3)
            }
        }

        @Test func silentClientsAreGivenUp() throws {
            try FaithBed.with("relay 80 idle 2") { bed in
                try bed.receive(on: 80, .listens)
                let before = try bed.daemon.descriptors
                let crowd = try bed.crowd(300, port: 80)
                #expect(try eventually { try bed.daemon.relayed().counters.connected == 300 })
                #expect(eventually { crowd.closed == 300 }, "\(crowd.closed)")
                #expect(try bed.daemon.relayed().ends == ["idle: 300"])
                #expect(try eventually { try bed.daemon.descriptors <= before })
            }
        }

        /// What is not read waits at the server, and not in the relay.
        @Test func slowReadersCostLittle() throws {
            try FaithBed.with("relay 80 relay 81") { bed in
                try bed.receive(on: 80, .talks)
                try bed.greet(on: [81])
                #expect(try bed.ask("tcp [\(FaithBed.address)]:81") == FaithBed.greeting)
                let before = try bed.daemon.memory()
                let crowd = try bed.crowd(64, port: 80, isDeaf: true)
                #expect(try bed.hasSessions(64))
                var carried = 0
                #expect(
                    try eventually {
                        let last = carried
                        carried = try bed.daemon.relayed().counters.toclient
                        Thread.sleep(forTimeInterval: 0.1)
                        return carried > 0 && carried == last
                    })
                // Each has a second to answer.
                for _ in 0..<5 { #expect(try bed.ask("tcp [\(FaithBed.address)]:81") == FaithBed.greeting) }
                #expect(try bed.daemon.memory() - before < 8 << 20)
                crowd.leave()
                #expect(try bed.hasSessions(0))
            }
        }

        /// Nobody answers for the server's address.
        @Test func serverThatNeverAnswersIsGivenUp() throws {
            try FaithBed.with("relay 80 connecttime 1") { bed in
                let crowd = try bed.crowd(20, port: 80, address: "2001:db8:64::c000:24d")
                #expect(try bed.daemon.sessions().allSatisfy { $0.state == "connecting" })
                #expect(eventually(within: .seconds(4)) { crowd.closed == 20 }, "\(crowd.closed)")
                #expect(try bed.daemon.relayed().ends == ["connect-timed-out: 20"])
            }
        }

        /// Each limit has its own reason, and does not last.
        @Test func limitsAreCountedApart() throws {
            try FaithBed.with("relay 80") { bed in
                try bed.receive(on: 80, .listens)
                let unlimited = "maxsessions 0 maxrate 0 clientsessions 0 clientrate 0"
                for (limit, reason) in [
                    ("maxsessions 5", "session-limit"), ("clientsessions 5", "client-session-limit"),
                    ("maxrate 5", "rate-limit"), ("clientrate 3", "client-rate-limit"),
                ] {
                    try bed.daemon.faith("faith0 \(unlimited) \(limit)")
                    let crowd = try bed.crowd(30, port: 80)
                    let refused = try bed.ended(reason, reaching: 20)
                    // A rate lets some more in while time passes.
                    #expect(limit.contains("sessions") ? refused == 25 : 20...25 ~= refused, "\(limit): \(refused)")
                    #expect(eventually { crowd.closed == refused }, "\(limit): \(crowd.closed)")
                    #expect(try bed.hasSessions(30 - refused), "\(limit)")
                    crowd.leave()
                    #expect(try bed.hasSessions(0))
                }
                try bed.daemon.faith("faith0 \(unlimited)")
                let crowd = try bed.crowd(30, port: 80)
                #expect(try bed.hasSessions(30))
                #expect(crowd.closed == 0)
            }
        }
    }
}

extension SystemTests.FaithAbuseTests {
    /// Has the client send the first packets of connections, which it does not go on with.
    /// - Parameter target: in Python, an address and a port for `number`.
    private func sendSYNs(
        _ count: Int, _ target: String, from source: String = "\"\(FaithBed.clientAddress)\"", _ bed: FaithBed
    ) throws -> String {
        let program = try bed.net.file(
            "syn.py",
            """
            import socket, struct

            sent, last = 0, None
            for number in range(\(count)):
                source = \(source)
                if source != last:
                    raw = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_TCP)
                    raw.setsockopt(socket.IPPROTO_IPV6, 7, 16)  # IPV6_CHECKSUM
                    raw.bind((source, 0))
                    last = source
                address, port = \(target)
                # SYN, no options, and a window.
                raw.sendto(struct.pack("!HHIIBBHHH", 1024 + number % 60000, port, number, 0, 5 << 4, 2, 64000, 0, 0), (address, 0))
                sent += 1
            print(sent)

            """)
        return try bed.client.succeed("python3 \(program)")
    }
}
