// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// Nobody comes through the relay to what the router itself serves, however the kernel comes to take an address for its
    /// own, nor when it begins to while a connection is being made.
    @Suite struct FaithOwnAddressTests {
        /// PREFIX::203.0.113.9, and what nobody has.
        private static let asked = "2001:db8:64::cb00:7109"

        @Test(
            arguments: [
                // AnyIP: a whole network is this host's, though none of its addresses is.
                (["ip route add local 203.0.113.0/24 dev lo"], "own-address"),
                (["ip route add local 203.0.113.9 dev ne1"], "own-address"),
                (["ip addr add 203.0.113.9/32 dev lo"], "own-address"),
                (["ip addr add 203.0.113.9/24 dev ne1"], "own-address"),
                // In a table that a rule leads to, by the address that the connection comes from.
                (
                    [
                        "ip route add 203.0.113.0/24 via 192.0.2.2",
                        "ip route add local 203.0.113.0/24 dev lo table 100", "ip rule add from 192.0.2.1 lookup 100",
                    ], "own-address"
                ),
                (
                    ["ip route add local default dev lo table 100", "ip rule add ipproto tcp dport 80 lookup 100"],
                    "own-address"
                ),
                // Sent to itself.
                (["ip route add 203.0.113.0/24 dev lo"], "own-address"),
                (["ip route add broadcast 203.0.113.9 dev ne1"], "destination-subnet-broadcast"),
                (["ip addr add 203.0.113.8/31 dev ne1 brd 203.0.113.9"], "destination-subnet-broadcast"),
                (["ip route add unreachable 203.0.113.0/24"], "server-unreachable"),
                (["ip route add prohibit 203.0.113.0/24"], "server-prohibited"),
                (["ip route add blackhole 203.0.113.0/24"], "server-unreachable"),
                ([], "server-unreachable"),
            ] as [([String], String)])
        func `nobody is connected with the router itself`(commands: [String], reason: String) throws {
            try FaithBed.with("relay 80") { bed in
                try bed.greet(on: [80], at: bed.router)
                for command in commands { try bed.router.succeed(command) }
                let heard = try bed.ask("tcp [\(FaithOwnAddressTests.asked)]:80")
                #expect(heard == "ECONNRESET")
                #expect(try bed.daemon.relayed().ends == ["\(reason): 1"])
            }
        }

        /// A server elsewhere is reached, though it is asked for by a rule, a table or a network of its own.
        @Test(arguments: [
            ["ip route add 203.0.113.0/24 via 192.0.2.2"],
            [
                "ip route add 203.0.113.0/24 dev ne1", "ip route add 203.0.113.0/24 via 192.0.2.2 table 100",
                "ip rule add from 192.0.2.1 lookup 100",
            ],
            [
                "ip route add local 203.0.113.0/24 dev lo", "ip route add 203.0.113.9 via 192.0.2.2 table 100",
                "ip rule del lookup local", "ip rule add prio 5 lookup local",
                "ip rule add prio 1 ipproto tcp lookup 100",
            ],
        ])
        func `who is elsewhere is reached`(commands: [String]) throws {
            try FaithBed.with("relay 80") { bed in
                try bed.greet(on: [80])
                try bed.server.succeed("ip addr add 203.0.113.9/32 dev lo")
                for command in commands { try bed.router.succeed(command) }
                #expect(try bed.ask("tcp [\(FaithOwnAddressTests.asked)]:80") == "192.0.2.1>203.0.113.9")
            }
        }

        /// The server does not answer, and meanwhile its address becomes this host's, which does.
        @Test(arguments: ["ip route add local 203.0.113.0/24 dev lo", "ip addr add 203.0.113.9/32 dev lo"])
        func `what becomes the router's while it is connected to is not reached`(command: String) throws {
            try withSilentServer { bed, client in
                try bed.router.succeed(command)
                #expect(eventually { client.output == "ECONNRESET\n" }, "\(client.output)")
                #expect(try bed.daemon.relayed().ends == ["own-address: 1"])
            }
        }

        /// Rules that came too late for the beginning are in time for the data.
        @Test(arguments: [
            ("deny ::/0 203.0.113.0/24", "denied"), ("permit ::/0 192.0.2.0/24", "no-rule"),
            ("permit ::/0 0.0.0.0/0 from 192.0.2.3", "rules-changed"), ("-relay 80", "no-service"),
        ])
        func `rules that change while a server is connected to hold`(words: String, reason: String) throws {
            try withSilentServer { bed, client in
                try bed.daemon.faith("faith0 \(words)")
                try bed.server.succeed("ip route del blackhole 192.0.2.1")
                #expect(eventually { client.output == "ECONNRESET\n" }, "\(client.output)")
                #expect(try bed.daemon.relayed().ends == ["\(reason): 1"])
            }
        }

        /// Other rules change nothing.
        @Test func `a server that answers late is reached`() throws {
            try withSilentServer { bed, client in
                try bed.daemon.faith("faith0 permit ::/0 0.0.0.0/0")
                try bed.server.succeed("ip route del blackhole 192.0.2.1")
                #expect(eventually { client.output == "192.0.2.1>203.0.113.9\n" }, "\(client.output)")
            }
        }

        /// A server that hears the relay and cannot answer yet, and a client that waits for it.
        private func withSilentServer(_ body: (FaithBed, RunningCommand) throws -> Void) throws {
            try FaithBed.with("relay 80") { bed in
                try bed.greet(on: [80])
                try bed.greet(on: [80], at: bed.router)
                try bed.server.succeed("ip addr add 203.0.113.9/32 dev lo")
                try bed.server.succeed("ip route add blackhole 192.0.2.1")
                try bed.router.succeed("ip route add 203.0.113.0/24 via 192.0.2.2")
                let program = try bed.net.file(
                    "wait.py",
                    """
                    import errno, socket

                    try:
                        asking = socket.create_connection(("\(FaithOwnAddressTests.asked)", 80))
                        print(asking.recv(100).decode())
                    except OSError as error:
                        print(errno.errorcode[error.errno])

                    """)
                let client = try bed.client.start(["python3", program])
                #expect(try eventually { try bed.daemon.sessions().first?.state == "connecting" })
                try body(bed, client)
            }
        }
    }
}
