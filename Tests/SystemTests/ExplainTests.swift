// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// The tunnel accounts for what it does: `explain` before, the log after. The hosts are those of `TwoSites`.
    @Suite struct ExplainTests {
        /// 192.0.2.2 to 192.0.2.1, and inside 2002:c000:202::1 to 2002:c000:201::1.
        private static let packet =
            "4500003c000000002829 0000c0000202c0000201 60000000 00003b40"
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

        @Test func aCaptureIsExplained() throws {
            try TwoSites.with { sites in
                let file = sites.net.scratch.appending(path: "explain.pcap").path
                let tcpdump = try sites.a.start("tcpdump -U -i ne0 -c 2 -w \(file) ip proto 41")
                #expect(eventually { tcpdump.error.contains("listening on") })
                try sites.b.expectReplies(1, of: 1, from: TwoSites.addressA)
                _ = try tcpdump.wait(within: .seconds(10))
                let explained = try sites.daemonA.stfctl("explain stf0 in \(file)")
                let lines = explained.output.split(separator: "\n")
                // The request came in, the answer did not.
                #expect(lines.count == 2, "\(explained)")
                #expect(
                    lines.first?.hasPrefix("stf0: 1: passes: arrives as 2002:c000:202::1 > 2002:c000:201::1") ?? false)
                #expect(lines.last?.hasPrefix("stf0: 2: dropped: not-for-us: ") ?? false)
                #expect(explained.status == 1)
                let json = try sites.daemonA.stfctl("-j explain stf0 in \(file)").output
                #expect(json.hasPrefix("{\"packets\":[{"))
            }
        }

        @Test func dropsAreLoggedNowAndThen() throws {
            try TwoSites.with { sites in
                let lines = { sites.daemonA.log.split(separator: "\n").filter { $0.contains("dropped on input") } }
                let flood = "ping -n -c 20 -i 0.01 -W 0.1 \(TwoSites.addressA)"
                let addresses = "192.0.2.2 > 192.0.2.1: 2002:c000:202::1 > 2002:c000:201::1"
                try sites.daemonA.succeed("stf0 link0")
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
