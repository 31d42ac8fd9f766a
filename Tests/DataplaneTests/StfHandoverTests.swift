// SPDX-License-Identifier: BSD-2-Clause
import Control
import Foundation
import KernelPrograms
import Logging
import SystemIO
import TestSupport
import Testing
import Words

@testable import Dataplane

/// Programs that carry packets of stf go on from one process to the next, which was started beside it.
@Suite struct StfHandoverTests {
    @Test func `pinned programs are handed over with their interface`() throws {
        let log = Logger(label: "test")
        let root = FileManager.default.temporaryDirectory.appending(path: "hydrangea-pins-\(UUID())").path
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        defer { rmdir(root) }
        defer { umount2(root, Int32(MNT_DETACH)) }
        // The kernel gives an interface a link-local address when it likes, and then the shortcut has something to do there.
        let setup = [
            "link set lo up", "link add ne0 type veth peer name ne1", "link set ne0 addrgenmode none",
            "link set ne1 addrgenmode none", "addr add 192.0.2.1/24 dev ne0",
        ]
        try inOwnNetwork(setup + ["link set ne0 up", "link set ne1 up"]) {
            let pins = try Pins(in: root)
            let first = try Dataplane(log: log, node: .none(.permission), pins: pins)
            let boot = BootConfiguration(of: "/none", names: ["stf0.if"]) { _ in
                Array("create inet6 2002:c000:201::1/16 mtu 1400 engine kernel".utf8)
            }
            #expect(first.start(with: boot).isEmpty)
            let before = try #require(try first.list("stf0", counters: false).first)
            #expect(before.carrier == "kernel")
            let names = pins.names
            // Some are for the shortcut.
            #expect(names.contains { $0.hasPrefix("stf_output-") })

            let estate = Estate()
            try first.leave(to: estate)
            try pins.leave(to: estate)
            let nextPins = try Pins(in: root, from: estate)
            let second = try Dataplane(log: log, node: .none(.permission), from: estate, pins: nextPins)
            first.retire()
            #expect(try second.list("stf0", counters: false) == [before])
            #expect(nextPins.names == names)
            #expect(second.remains == [])
            // Whoever ends wants all gone.
            second.stop()
            #expect(nextPins.names == [])
            #expect(if_nametoindex("stf0") == 0)
        }
    }
}
