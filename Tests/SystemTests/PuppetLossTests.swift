// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// What becomes of frames where not all can pass. See `PuppetBed`.
    @Suite struct PuppetLossTests {
        /// A tunnel between a and b by a path of two megabits a second, behind relays that hold what they are given.
        private func with(_ words: String, _ body: (PuppetBed, _ master: Daemon, _ slave: Daemon) throws -> Void) throws
        {
            try PuppetBed.with { bed in
                for (host, device) in [(bed.a, "ta"), (bed.b, "tb")] {
                    try host.succeed("tc qdisc add dev \(device) root tbf rate 2mbit burst 16kb latency 2s")
                }
                let (master, slave) = (try bed.net.daemon(in: bed.a), try bed.net.daemon(in: bed.b))
                try bed.b.serve(["socat", "TCP-LISTEN:7114,fork,reuseaddr", "TCP:127.0.0.1:7113"], port: 7114)
                try bed.a.serve(["socat", "TCP-LISTEN:7113,fork,reuseaddr", "TCP:198.51.100.2:7114"], port: 7113)
                try bed.succeed("create vamp0 dev lan0 listen 127.0.0.1:7113", slave, in: bed.b)
                _ = try bed.puppetctl(["vamp0"] + (words.isEmpty ? [] : ["filter", words]) + ["up"], slave, in: bed.b)
                try bed.succeed("create puppet0 connect 127.0.0.1:7113 reconnect 1 1 up", master, in: bed.a)
                #expect(try eventually { try bed.status(of: "puppet0", master, in: bed.a).contains("connected") })
                #expect(try eventually { try bed.a.kernelState("puppet0")?.flags.contains("LOWER_UP") == true })
                try bed.a.succeed("ip addr add 192.0.2.9/24 dev puppet0")
                try body(bed, master, slave)
            }
        }

        /// A relay takes megabytes, and says nothing of them: with all of them full, an answer would take half a minute.
        @Test(arguments: [true, false]) func `a slow path is full, and still quick`(_ isSniffed: Bool) throws {
            try with("") { bed, _, _ in
                let (sender, receiver, address) = isSniffed ? (bed.c, bed.a, "192.0.2.9") : (bed.a, bed.c, "192.0.2.3")
                try receiver.serve(["socat", "-u", "TCP-LISTEN:7777,reuseaddr", "OPEN:/dev/null"], port: 7777)
                let load = try sender.start(["socat", "-u", "OPEN:/dev/zero", "TCP:\(address):7777"])
                // The path is full by then.
                _ = try bed.a.run("ping -q -n -c 10 -i 0.2 -W 1 192.0.2.3")
                let output = try bed.a.run("ping -q -n -c 25 -i 0.1 -W 2 192.0.2.3").output
                let replies = try #require(output.firstMatch(of: /(\d+) received/).flatMap { Int($0.1) }, "\(output)")
                #expect(replies >= 18 && load.isRunning, "\(output)")
            }
        }

        private static let count = 20_000

        /// - Parameter received: what is lost of what was sent has a reason at either end.
        private func balance(
            _ bed: PuppetBed, _ master: Daemon, _ slave: Daemon
        ) throws -> (sent: Int, sniffed: Int, received: Int, drops: [String: Int]) {
            let (vamp, doll) = (try counters(of: "vamp0", slave, bed), try counters(of: "puppet0", master, bed))
            let drops = vamp.drops.filter { $0.direction == "input" && $0.packets > 0 }
            let dropped = drops.filter { $0.reason != "lost" }.reduce(0) { $0 + $1.packets }
            let gone = doll.drops.filter { $0.direction == "input" }.reduce(0) { $0 + $1.packets }
            return (
                vamp.input.packets + dropped, vamp.input.packets, doll.input.packets + gone,
                Dictionary(drops.map { ($0.reason, $0.packets) }) { $0 + $1 }
            )
        }

        private func counters(
            of name: String, _ daemon: Daemon, _ bed: PuppetBed
        ) throws -> InterfaceState.Counters {
            let host = name == "vamp0" ? bed.b : bed.a
            struct List: Decodable { var interfaces: [InterfaceState] }
            let text = try bed.puppetctl(["-jv", name], daemon, in: host).output
            let list = try JSONDecoder().decode(List.self, from: Data(text.utf8))
            return try #require(list.interfaces.first).counters
        }

        @Test func `each frame is delivered, or has a reason, whatever is stopped meanwhile`() throws {
            try with("udp port 9") { bed, master, slave in
                let script = try bed.net.file(
                    "flood.py",
                    """
                    import socket, sys, time
                    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                    udp.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
                    for index in range(\(PuppetLossTests.count)):
                        udp.sendto(b"x" * 100, ("192.0.2.9", 9))
                        if index % 100 == 0: time.sleep(0.01)
                    """)
                try bed.c.succeed("ip neigh add 192.0.2.9 lladdr \(PuppetBed.address) dev ne0 nud permanent")
                let flood = try bed.c.start(["python3", script])
                for daemon in [master, slave] {
                    daemon.process.signal(SIGSTOP)
                    try bed.c.succeed("sleep 0.5")
                    daemon.process.signal(SIGCONT)
                }
                #expect(try flood.wait(within: .seconds(20)).status == 0)
                #expect(
                    try eventually {
                        let now = try balance(bed, master, slave)
                        return now.sent == PuppetLossTests.count && now.sniffed == now.received
                    })
                let end = try balance(bed, master, slave)
                #expect(end.sent == PuppetLossTests.count && end.sniffed == end.received, "\(end)")
                #expect(end.received > 100 && (end.drops["late"] ?? 0) > 0, "\(end)")
            }
        }
    }
}
