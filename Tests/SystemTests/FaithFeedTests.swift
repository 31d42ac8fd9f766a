// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// Routes as a BGP speaker makes them: many, and some lost on the way to us.
    @Suite struct FaithFeedTests {
        /// What root asks for is answered meanwhile, and at the end all is captured that is routed.
        @Test func `a feed of routes holds up nobody`() throws {
            try FaithBed.with("relay 80") { bed in
                let (prefixes, others) = (10_000, 50_000)
                let lines =
                    (0..<prefixes).map { "route add \(prefix($0)) dev faith0 proto static" }
                    + (0..<others).map { "route add 2a00:\(String($0, radix: 16))::/32 dev ne0" }
                    + (0..<prefixes / 2).map { "route del \(prefix($0)) dev faith0 proto static" }
                let file = try bed.net.file("feed", lines.joined(separator: "\n") + "\n")
                let feed = try bed.router.start("ip -6 -batch \(file)")
                var times: [Duration] = []
                while feed.isRunning {
                    times.append(try ContinuousClock().measure { try bed.daemon.faith("faith0 mtu 1400 mtu 1500") })
                }
                #expect(try feed.wait().status == 0)
                // It takes seconds, in which the answers come.
                #expect(times.count > 1, "\(times)")
                #expect(times.max() ?? .zero < .seconds(5), "\(times)")
                try expectCaptured(prefixes / 2, bed)
            }
        }

        /// More than the kernel keeps for us while we do not look.
        @Test func `what was missed is read`() throws {
            try FaithBed.with("relay 80") { bed in
                let lines =
                    (0..<60_000).map { "route add \(prefix($0)) dev faith0 proto static" }
                    + (5000..<60_000).map { "route del \(prefix($0)) dev faith0 proto static" }
                let file = try bed.net.file("feed", lines.joined(separator: "\n") + "\n")
                bed.daemon.process.signal(SIGSTOP)
                let feed = try bed.router.run(["ip", "-6", "-batch", file], within: .seconds(60))
                bed.daemon.process.signal(SIGCONT)
                #expect(feed.status == 0, "\(feed)")
                try expectCaptured(5000, bed)
            }
        }

        private func prefix(_ number: Int) -> String {
            "2001:db8:\(String(number >> 16 + 1, radix: 16)):\(String(number & 0xFFFF, radix: 16))::/96"
        }

        /// Besides the prefix of the bed: as many are local and shown as are routed. Asking inet6d would have it look.
        private func expectCaptured(_ count: Int, _ bed: FaithBed) throws {
            let isLocal = try eventually(within: .seconds(30)) {
                let routes = try bed.router.succeed("ip -6 route show table all dev faith0").split(separator: "\n")
                return routes.count { $0.hasPrefix("local ") && $0.contains("proto 213") } == count + 1
            }
            #expect(isLocal)
            #expect(try bed.daemon.relayed().captured.count == count + 1)
        }
    }
}
