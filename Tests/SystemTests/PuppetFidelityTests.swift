// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// What passes a tunnel, and what others do to its two ends. See `PuppetBed`.
    @Suite struct PuppetFidelityTests {
        /// A tunnel between a and b that is up, with the daemons of both.
        private func with(_ body: (PuppetBed, _ master: Daemon, _ slave: Daemon) throws -> Void) throws {
            try PuppetBed.with { bed in
                let (master, slave) = (try bed.net.daemon(in: bed.a), try bed.net.daemon(in: bed.b))
                try bed.succeed("create vamp0 dev lan0 listen 198.51.100.2:7113 insecure up", slave, in: bed.b)
                try bed.succeed("create puppet0 connect 198.51.100.2:7113 insecure up", master, in: bed.a)
                #expect(try eventually { try isRunning(bed) })
                try body(bed, master, slave)
            }
        }

        private func isRunning(_ bed: PuppetBed) throws -> Bool {
            try bed.a.kernelState("puppet0")?.flags.contains("LOWER_UP") == true
        }

        /// What bridges keep to themselves (IEEE Std 802.1Q §8.6.3), and tags: one, two, none but a priority, and all zeros.
        private static let frames: [String] = {
            let source = "020000000099"
            let groups = (0..<16).map { "0180c200000" + String($0, radix: 16) + source + "88b5" }
            let tagged = ["8100000588b5", "88a803e78100000d88b5", "8100c00088b5", "8100000088b5"]
                .map { "ffffffffffff" + source + $0 }
            return (groups + tagged).map { $0 + String(repeating: "5a", count: 46) }
        }()

        @Test(arguments: [true, false]) func `all of the second layer passes byte by byte`(_ isSniffed: Bool) throws {
            try with { bed, _, _ in
                let (sender, receiver) = isSniffed ? (bed.c, bed.a) : (bed.a, bed.c)
                let (from, to) = isSniffed ? ("ne0", "puppet0") : ("puppet0", "ne0")
                let count = PuppetFidelityTests.frames.count
                let script = try bed.net.file(
                    "send.py",
                    """
                    import socket, sys
                    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
                    wire.bind((sys.argv[1], 0))
                    for frame in sys.argv[2:]: wire.send(bytes.fromhex(frame))
                    """)
                let tcpdump = try receiver.start(
                    "tcpdump -n -t -xx -l --immediate-mode -c \(count) -i \(to) ether src 02:00:00:00:00:99")
                #expect(eventually { tcpdump.error.contains("listening on") })
                _ = try sender.run(["python3", script, from] + PuppetFidelityTests.frames)
                let lines = try tcpdump.wait(within: .seconds(10)).lines
                var seen: [String] = []
                for line in lines {
                    guard let match = line.firstMatch(of: /^\s+0x([0-9a-f]{4}):\s+([0-9a-f ]+)/) else { continue }
                    if match.1 == "0000" { seen.append("") }
                    if !seen.isEmpty { seen[seen.count - 1] += match.2.filter { $0 != " " } }
                }
                #expect(seen == PuppetFidelityTests.frames)
            }
        }

        @Test func `the other machine's network configures nothing here, and hears nothing`() throws {
            try with { bed, _, _ in
                for (variable, value) in [("accept_ra", "0"), ("autoconf", "0"), ("addr_gen_mode", "1")] {
                    let set = try bed.a.succeed("sysctl -n net.ipv6.conf.puppet0.\(variable)")
                    #expect(set == "\(value)\n", "\(variable)")
                }
                // Set by somebody: what udev leaves alone.
                let assignment = try bed.a.succeed("cat /sys/class/net/puppet0/addr_assign_type")
                #expect(assignment == "3\n")
                let said = try bed.a.succeed("cat /sys/class/net/puppet0/statistics/tx_packets")
                #expect(said == "0\n")
            }
        }

        @Test func `an address that somebody else sets does not stay`() throws {
            try with { bed, master, _ in
                try bed.a.succeed("ip link set puppet0 address 02:11:22:33:44:55")
                #expect(try eventually { try bed.a.succeed("ip link show puppet0").contains(PuppetBed.address) })
                #expect(eventually { master.log.contains("has the address \(PuppetBed.address) of lan0 again") })
            }
        }

        /// An adapter is unplugged, and another one is plugged in.
        @Test func `an interface that goes comes back`() throws {
            try with { bed, _, slave in
                try bed.b.succeed("ip link del lan0")
                #expect(try eventually { try !isRunning(bed) })
                #expect(try bed.puppetctl(["check", "vamp0"], slave, in: bed.b).output.contains("there is no lan0"))
                try bed.net.link(bed.b, "lan0", "192.0.2.1/24", bed.c, "ne0", "192.0.2.3/24")
                try bed.b.succeed("ip addr flush dev lan0")
                try bed.b.succeed("ip link set lan0 address 02:00:5e:00:53:02 mtu 1400")
                #expect(try eventually { try isRunning(bed) })
                #expect(try eventually { try bed.a.succeed("ip link show puppet0").contains("02:00:5e:00:53:02") })
                #expect(try eventually { try bed.a.kernelState("puppet0")?.mtu == 1400 })
                try bed.a.succeed("ip addr add 192.0.2.9/24 dev puppet0")
                #expect(try bed.a.ping("192.0.2.3").replies == 3)
            }
        }

        @Test func `a slave that is killed leaves nothing, and one that comes again is found`() throws {
            try with { bed, master, slave in
                slave.kill()
                #expect(try eventually { try !isRunning(bed) })
                #expect(try bed.b.succeed("ip -d link show lan0").contains("promiscuity 0"))
                let next = try bed.net.daemon(in: bed.b)
                try bed.succeed("create vamp0 dev lan0 listen 198.51.100.2:7113 insecure up", next, in: bed.b)
                #expect(try eventually { try isRunning(bed) })
                #expect(try bed.status(of: "puppet0", master, in: bed.a).contains("connected"))
            }
        }
    }
}
