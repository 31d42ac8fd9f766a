// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import Netlink
import SystemIO
import TestSupport
import Testing

@testable import KernelPrograms

/// Where programs at devices are filters of traffic control, as before Linux 6.6: they stay when their process ends, others
/// take their places, and what is somebody else's is left alone.
@Suite struct FilterPinTests {
    /// Runs `body` in a network namespace of its own, with a veth and a directory that is to become a BPF file system.
    private static func with(_ body: (_ root: String, _ device: UInt32) throws -> Void) throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "hydrangea-filters-\(UUID())").path
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        defer { rmdir(root) }
        defer { umount2(root, Int32(MNT_DETACH)) }
        try inOwnNetwork(["link add ne0 type veth peer name ne1", "link set ne0 up"]) {
            try body(root, if_nametoindex("ne0"))
        }
    }

    private static func attach(at device: UInt32, _ pins: Pins) throws -> StfPrograms {
        let programs = try StfPrograms(pins: pins, types: nil, hasLinks: false)
        try programs.attach(to: [device], inputs: [device])
        return programs
    }

    private static func filters(at device: UInt32) throws -> [TrafficFilter] {
        // What has a handle; a preference by itself has none.
        try [false, true].flatMap { try RouteSocket().filters(at: device, isEgress: $0) }.filter { $0.handle != 0 }
    }

    private static func hasQdisc() -> Bool { (try? shell("tc qdisc show dev ne0 | grep -q clsact")) != nil }

    @Test func `the next take the places of those that stayed`() throws {
        try FilterPinTests.with { root, device in
            let pins = try Pins(in: root)
            _ = try FilterPinTests.attach(at: device, pins)
            let first = try FilterPinTests.filters(at: device)
            #expect(first.map(\.preference) == [0xFFFF, 0xFFFF] && first.allSatisfy { $0.program != nil })
            #expect(pins.names.contains("stf_input-\(device)") && StfPrograms.interfaces(in: pins) == [device])
            let programs = try FilterPinTests.attach(at: device, pins)
            let second = try FilterPinTests.filters(at: device)
            #expect(second.map(\.preference) == first.map(\.preference), "others, and no more")
            #expect(Set(second.map(\.program)).isDisjoint(with: first.map(\.program)))
            programs.detach()
            #expect(try FilterPinTests.filters(at: device).isEmpty)
            #expect(!FilterPinTests.hasQdisc())
            #expect(pins.names == [])
        }
    }

    @Test func `what nobody wants goes`() throws {
        try FilterPinTests.with { root, device in
            let pins = try Pins(in: root)
            _ = try FilterPinTests.attach(at: device, pins)
            #expect(try FilterPinTests.filters(at: device).count == 2)
            StfPrograms.clear(pins, but: nil)
            #expect(try FilterPinTests.filters(at: device).isEmpty)
            #expect(!FilterPinTests.hasQdisc())
            #expect(pins.names == [])
        }
    }

    /// Somebody's filters, and his qdisc, or ours that he uses.
    @Test(arguments: [true, false]) func `what is somebody else's stays`(hasQdisc: Bool) throws {
        try FilterPinTests.with { root, device in
            let add = { (preference: Int) in
                // It matches nothing.
                try shell("tc filter add dev ne0 ingress pref \(preference) protocol ip bpf bytecode '1,6 0 0 0'")
            }
            let pins = try Pins(in: root)
            if hasQdisc {
                try shell("tc qdisc add dev ne0 clsact")
                try add(0xFFFF)
            }
            let programs = try FilterPinTests.attach(at: device, pins)
            if !hasQdisc { try add(1) }
            let preferences = try FilterPinTests.filters(at: device).map(\.preference)
            #expect(preferences.sorted() == (hasQdisc ? [0xFFFE, 0xFFFF, 0xFFFF] : [1, 0xFFFF, 0xFFFF]))
            programs.detach()
            let left = try FilterPinTests.filters(at: device)
            #expect(left.map(\.preference) == [hasQdisc ? 0xFFFF : 1] && left.map(\.program) == [nil])
            #expect(FilterPinTests.hasQdisc())
            // Only if it is ours is it gone with the last.
            try shell("tc filter del dev ne0 ingress pref \(hasQdisc ? 0xFFFF : 1)")
            try FilterPinTests.attach(at: device, pins).detach()
            #expect(FilterPinTests.hasQdisc() == hasQdisc)
            #expect(pins.names == [])
        }
    }

    /// Killed when the next program had been pinned, with or without being in its place.
    @Test func `a take-over that was cut short is gone on with`() throws {
        try FilterPinTests.with { root, device in
            let pins = try Pins(in: root)
            _ = try FilterPinTests.attach(at: device, pins)
            let first = try FilterPinTests.filters(at: device)
            let path = "\(root)/inet6d/\(try networkCookie())/stf_input-\(device)"
            try FileManager.default.moveItem(atPath: path, toPath: "\(path)+")
            #expect(StfPrograms.interfaces(in: pins) == [device])
            let programs = try FilterPinTests.attach(at: device, pins)
            let second = try FilterPinTests.filters(at: device)
            #expect(second.map(\.preference) == first.map(\.preference))
            #expect(Set(second.map(\.program)).isDisjoint(with: first.map(\.program)))
            #expect(!pins.names.contains { $0.hasSuffix("+") })
            programs.detach()
            #expect(try FilterPinTests.filters(at: device).isEmpty)
        }
    }

    /// A program does not tell whether its filter is still anywhere: the kernel is asked for the network namespace.
    @Test func `the pins of networks that are gone go`() throws {
        try FilterPinTests.with { root, device in
            var gone: UInt64 = 0
            func leave(at device: UInt32) throws -> UInt64 {
                _ = try FilterPinTests.attach(at: device, Pins(in: root))
                return try networkCookie()
            }
            let living = try leave(at: device)
            try inOwnNetwork(["link add ne0 type veth peer name ne1"]) {
                gone = try leave(at: if_nametoindex("ne0"))
                // It lives as long as somebody is in it.
                #expect(try !NetworkSearch().isGone(gone))
            }
            let names = { Set(try FileManager.default.contentsOfDirectory(atPath: "\(root)/inet6d")) }
            // The kernel ends it when it comes to that.
            #expect(try eventually { try NetworkSearch().isGone(gone) })
            try inOwnNetwork([]) { try Pins(in: root).close() }
            #expect(try names() == ["\(living)"])
            let isLiving = try !NetworkSearch().isGone(living)
            #expect(isLiving)
        }
    }

    @Test func `without somewhere to pin them there are none`() throws {
        let refusal = #expect(throws: KernelProgramError.self) {
            try StfPrograms(pins: nil, types: nil, hasLinks: false)
        }
        #expect(refusal == .unpinned)
    }
}
