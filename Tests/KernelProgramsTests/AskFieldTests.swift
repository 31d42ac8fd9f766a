// SPDX-License-Identifier: BSD-2-Clause
import CKernelPrograms
import Foundation
import TestSupport
import Testing

@testable import KernelPrograms

/// The programs find the kernel's fields by their names, and meet a kernel that has one no longer, or calls it otherwise:
/// they look at something else, or are not loaded, and say why.
@Suite(.serialized) struct AskFieldTests {
    /// What the kernel says of its types, with a name that nothing has in the place of `name`.
    private static func types(without name: String) throws -> URL {
        var types = try Data(contentsOf: URL(filePath: "/sys/kernel/btf/vmlinux"))
        // struct btf_header: where the types end, and the names begin.
        let start = types.withUnsafeBytes { types in
            Int(types.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
                + Int(types.loadUnaligned(fromByteOffset: 16, as: UInt32.self))
        }
        let found = try #require(types[start...].firstRange(of: Data([0] + name.utf8 + [0])), "\(name)")
        types[found.upperBound - 2] = UInt8(ascii: "~")
        let file = FileManager.default.temporaryDirectory.appending(path: "types-\(UUID().uuidString)")
        try types.write(to: file)
        return file
    }

    private static func load(without name: String) throws -> StfPrograms {
        let file = try types(without: name)
        defer { try? FileManager.default.removeItem(at: file) }
        return try StfPrograms(pins: nil, types: file.path)
    }

    static let fields = (0..<UInt32(ASK_FIELD_COUNT)).map { String(cString: ckernel_ask_field($0)) }

    @Test func `all are there`() throws {
        try inOwnNetwork([]) {
            let sight = try StfPrograms().witness.look(.output)
            #expect(sight.isNothing && !sight.isBrief, "\(sight.reasons)")
        }
    }

    @Test func `without one that is needed nothing is loaded`() throws {
        try inOwnNetwork([]) {
            for field in AskFieldTests.fields {
                let name = try #require(field.split(separator: ".").last).description
                do {
                    _ = try AskFieldTests.load(without: name)
                    Issue.record("\(field) is not missed")
                } catch let error as KernelProgramError {
                    // Other parts of the programs may miss it as well, and then libbpf names it.
                    #expect("\(error)".contains(".\(name)"), "\(field): \(error)")
                }
            }
        }
    }

    /// Where changes of nft(8) are not counted, what is vouched for is brief; where neither their generation is to be seen,
    /// every packet takes the kernel's way.
    @Test func `without others something else is looked at`() throws {
        try inOwnNetwork(["link set lo up"]) {
            try shell("nft 'table ip f { chain c { type filter hook output priority 0; }; }'")
            for name in ["base_seq", "gencursor", "fib_has_custom_rules", "private"] {
                let programs = try AskFieldTests.load(without: name)
                let sight = try programs.witness.look(.output)
                #expect(sight.isOpen && sight.isBrief == (name == "base_seq"), "\(name)")
                try shell("nft add rule ip f c ip protocol 41 drop")
                #expect(try programs.witness.look(.output) != sight, "\(name)")
                try shell("nft flush chain ip f c")
            }
        }
    }

    /// Where the table of a hook is not known to be one of iptables(8), its beginning is looked at.
    @Test func `tables of iptables are seen`() throws {
        try inOwnNetwork(["link set lo up"]) {
            try shell("iptables-legacy -A OUTPUT -p tcp -j ACCEPT")
            for programs in [try StfPrograms(), try AskFieldTests.load(without: "private")] {
                let before = try programs.witness.look(.output)
                try shell("iptables-legacy -P OUTPUT DROP")
                let after = try programs.witness.look(.output)
                #expect(before.isOpen && after.isOpen && before != after)
                try shell("iptables-legacy -P OUTPUT ACCEPT")
            }
        }
    }
}
