// SPDX-License-Identifier: BSD-2-Clause
import CBPF
import Foundation
import Internet
import SystemIO
import SystemPackage
import TestSupport
import Testing

@testable import KernelPrograms

/// Programs that are pinned stay when their process ends, and others take their places.
@Suite struct PinTests {
    /// Runs `body` in a network namespace of its own, with a veth and a directory that is to become a BPF file system.
    private static func with(_ body: (_ root: String, _ device: UInt32) throws -> Void) throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "hydrangea-pins-\(UUID())").path
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        defer { rmdir(root) }
        defer { umount2(root, Int32(MNT_DETACH)) }
        try inOwnNetwork(["link add ne0 type veth peer name ne1", "link set ne0 up"]) {
            try body(root, if_nametoindex("ne0"))
        }
    }

    /// The numbers of the link that is pinned by a name, and of its program.
    private static func link(_ name: String, in pins: Pins) throws -> (link: UInt32, program: UInt32) {
        guard let descriptor = pins.find(name) else { throw CommandFailure(description: "no \(name)") }
        var info = bpf_link_info()
        var size = UInt32(MemoryLayout<bpf_link_info>.size)
        let status = descriptor.withNumber { bpf_obj_get_info_by_fd($0, &info, &size) }
        guard status == 0 else { throw CommandFailure(description: "\(name): \(status)") }
        return (info.id, info.prog_id)
    }

    @Test func `the next programs take the places of those that stayed`() throws {
        try PinTests.with { root, device in
            let name = "stf_input-\(device)"
            func place(ending end: Bool) throws -> (link: UInt32, program: UInt32) {
                let pins = try Pins(in: root)
                let programs = try StfPrograms(pins: pins)
                try programs.attach(to: [device], inputs: [device])
                let place = try PinTests.link(name, in: pins)
                if end {
                    programs.detach()
                    #expect(pins.names == [])
                    pins.close()
                }
                return place
            }
            let first = try place(ending: false)
            let second = try place(ending: true)
            #expect(first.link == second.link, "no moment without a program")
            #expect(first.program != second.program)
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(root)/inet6d") == [])
        }
    }

    @Test func `what another process uses is not taken`() throws {
        try PinTests.with { root, _ in
            let pins = try Pins(in: root)
            let refusal = #expect(throws: SystemError.self) { try Pins(in: root) }
            #expect(refusal?.errno == .wouldBlock)
            let estate = Estate()
            try pins.leave(to: estate)
            let next = try Pins(in: root, from: estate)
            #expect(estate.unclaimed == [])
            #expect(next.names == pins.names)
        }
    }

    @Test func `what has no place or another's is made anew`() throws {
        try PinTests.with { root, device in
            let pins = try Pins(in: root)
            let programs = try StfPrograms(pins: pins)
            try programs.attach(to: [device], inputs: [device])
            // The link of the egress by the name of that of the ingress.
            let (input, output) = ("stf_input-\(device)", "stf_output-\(device)")
            let path = "\(root)/inet6d/\(try networkCookie())"
            try FileManager.default.removeItem(atPath: "\(path)/\(input)")
            try FileManager.default.moveItem(atPath: "\(path)/\(output)", toPath: "\(path)/\(input)")
            let next = try StfPrograms(pins: pins)
            try next.attach(to: [device], inputs: [device])
            let (made, other) = (try PinTests.link(input, in: pins), try PinTests.link(output, in: pins))
            #expect(made.link != other.link)
            #expect(StfPrograms.interfaces(in: pins) == [device])
            try ip("link del ne0")
            #expect(StfPrograms.interfaces(in: pins) == [device], "the name stays until somebody looks")
            StfPrograms.clear(pins, but: nil)
            #expect(pins.names == [])
        }
    }

    /// A network namespace that is gone has left nothing that would be of use to anybody.
    @Test func `the pins of networks that are gone go`() throws {
        try PinTests.with { root, _ in
            let home = "\(root)/inet6d"
            var gone = "", living = ""
            func leave() throws -> String {
                let device = if_nametoindex("ne0")
                let pins = try Pins(in: root)
                try StfPrograms(pins: pins).attach(to: [device], inputs: [device])
                return "\(try networkCookie())"
            }
            living = try leave()
            try inOwnNetwork(["link add ne0 type veth peer name ne1"]) {
                gone = try leave()
                try ip("link del ne0")
            }
            let names = { Set(try FileManager.default.contentsOfDirectory(atPath: home)) }
            #expect(try names() == [living, gone])
            try inOwnNetwork([]) { try Pins(in: root).close() }
            #expect(try names() == [living])
        }
    }

    @Test func `without a file system the reason is said`() throws {
        let refusal = #expect(throws: SystemError.self) { try Pins(in: "/proc/none") }
        #expect(refusal?.description == "/proc/none: No such file or directory")
    }
}
