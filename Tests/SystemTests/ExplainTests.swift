// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// The tunnel accounts for what it does: `explain` before, the log after. The hosts are those of `TwoSites`.
    @Suite struct ExplainTests {
        /// 192.0.2.2 to 192.0.2.1, and inside 2002:c000:202::1 to 2002:c000:201::1.
        private static let packet =
            "4500003c0000000028290e96c0000202c0000201 60000000 00003b40"
            + " 2002c000020200000000000000000001 2002c000020100000000000000000001"

        @Test func aPacketIsExplained() throws {
            try TwoSites.with { sites in
                let packet = ExplainTests.packet
                let accepted = try sites.daemonA.stfctl("explain stf0 in \(packet)")
                #expect(accepted.output.hasPrefix("stf0: passes: arrives as 2002:c000:202::1 > 2002:c000:201::1"))
                #expect(accepted.status == 0)
                // It comes by a wire that its answer would not leave by.
                let detour = try sites.daemonA.stfctl("explain stf0 in on lo \(packet)")
                #expect(detour.output.hasPrefix("stf0: dropped: ingress: "))
                #expect(detour.status == 1)
                let unknown = try sites.daemonA.stfctl("explain stf0 in on ne9 \(packet)")
                #expect(unknown.error == "stfctl: ne9: Device not configured (no such interface)\n")
                #expect(unknown.status == 1)
                #expect(try sites.daemonA.stfctl("explain stf0 in nofile").status == 66)
                #expect(try sites.daemonA.stfctl("explain stf9 in 45").status == 1)
                // Nothing of it was counted.
                #expect(try sites.daemonA.interface("stf0")?.counters.input.packets == 0)
                try sites.daemonA.expectDropped(0, "input", "ingress")
            }
        }

        /// tcpdump writes what it sees of a request and its answer, on links of several kinds.
        @Test(arguments: [
            ("-i ne0", "ip proto 41", "in"), ("-i any", "ip proto 41", "in"),
            ("-i any -y LINUX_SLL", "ip proto 41", "in"), ("-i ne0 -s 80", "ip proto 41", "in"),
            ("-i stf0", "icmp6", "out"),
        ])
        func aCaptureIsExplained(options: String, filter: String, direction: String) throws {
            try TwoSites.with { sites in
                let explained = try ExplainTests.capture(options, filter, 2, at: sites) { file in
                    try sites.daemonA.stfctl("explain stf0 \(direction) \(file)")
                }
                // The request came in, and the answer went out.
                let (request, answer) =
                    direction == "in"
                    ? ("passes: arrives as 2002:c000:202::1 > 2002:c000:201::1", "ignored: sent by this host")
                    : (
                        "ignored: the route to its destination leads elsewhere",
                        "passes: leaves as 192.0.2.1 > 192.0.2.2"
                    )
                ExplainTests.expect(explained, request, answer)
                #expect(explained.status == 0)
            }
        }

        @Test func aCaptureMayBeCutOrShort() throws {
            try TwoSites.with { sites in
                let short = try ExplainTests.capture("-i ne0 -s 58", "ip proto 41", 2, at: sites) { file in
                    try sites.daemonA.stfctl("explain stf0 in \(file)")
                }
                ExplainTests.expect(
                    short, "ignored: only 44 of 124 bytes were captured", "ignored: sent by this host")
                #expect(short.status == 0)
                let cut = try ExplainTests.capture("-i ne0", "ip proto 41", 2, at: sites) { file in
                    try sites.a.succeed("truncate -s -1 \(file)")
                    return try sites.daemonA.stfctl("explain stf0 in \(file)")
                }
                #expect(cut.output.hasPrefix("stf0: 1: passes: arrives as "))
                #expect(cut.output.split(separator: "\n").count == 1)
                #expect(cut.error.hasSuffix(": ends within packet 2\n"), "\(cut)")
                #expect(cut.status == 66)
            }
        }

        @Test func aCaptureIsExplainedInJSON() throws {
            try TwoSites.with { sites in
                let json = try ExplainTests.capture("-i ne0", "ip proto 41", 2, at: sites) { file in
                    try sites.daemonA.stfctl("-j explain stf0 in \(file)")
                }
                #expect(json.output.hasPrefix("{\"packets\":[{"))
            }
        }

        /// What a sees of one request of b's and its answer.
        private static func capture(
            _ options: String, _ filter: String, _ count: Int, at sites: TwoSites,
            _ body: (_ file: String) throws -> CommandResult
        ) throws -> CommandResult {
            let file = sites.net.scratch.appending(path: "explain.pcap").path
            let tcpdump = try sites.a.start("tcpdump -U \(options) -c \(count) -w \(file) \(filter)")
            let isListening = eventually { tcpdump.error.contains("listening on") || !tcpdump.isRunning }
            #expect(isListening && tcpdump.isRunning, "\(tcpdump.error)")
            try sites.b.expectReplies(1, of: 1, from: TwoSites.addressA)
            _ = try tcpdump.wait(within: .seconds(10))
            return try body(file)
        }

        private static func expect(_ explained: CommandResult, _ first: String, _ second: String) {
            let lines = explained.output.split(separator: "\n")
            #expect(lines.count == 2, "\(explained)")
            #expect(lines.first?.hasPrefix("stf0: 1: \(first)") ?? false, "\(explained)")
            #expect(lines.last?.hasPrefix("stf0: 2: \(second)") ?? false, "\(explained)")
        }

        @Test func dropsAreLoggedNowAndThen() throws {
            try TwoSites.with { sites in
                let lines = { sites.daemonA.log.split(separator: "\n").filter { $0.contains("dropped on input") } }
                let flood = "ping -n -c 20 -i 0.01 -W 0.1 \(TwoSites.addressA)"
                let addresses = "192.0.2.2 > 192.0.2.1: 2002:c000:202::1 > 2002:c000:201::1"
                // A program lets only one of them now and then come to be logged.
                try sites.daemonA.succeed("stf0 link0 engine user")
                try sites.daemonA.set("net.inet6.ip6.log_interval", 600)
                _ = try sites.b.run(flood)
                try sites.daemonA.expectDropped(20, "input", "input-closed")
                #expect(eventually { lines().count == 1 })
                #expect(lines().first == "inet6d: stf0: dropped on input: input-closed: \(addresses)")
                // A new interval begins at once, and tells of the others.
                try sites.daemonA.set("net.inet6.ip6.log_interval", 600)
                _ = try sites.b.run(flood)
                try sites.daemonA.expectDropped(40, "input", "input-closed")
                #expect(eventually { lines().last?.hasSuffix("\(addresses) (and 19 others before)") ?? false })
                try sites.daemonA.set("net.inet6.ip6.log_interval", 0)
                _ = try sites.b.run(flood)
                try sites.daemonA.expectDropped(60, "input", "input-closed")
                #expect(lines().count == 2)
            }
        }
    }
}
