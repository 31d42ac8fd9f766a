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

    /// Those of a kernel that has links at devices, as this one has.
    static let fields = (0..<UInt32(ASK_FIELD_COUNT - ASK_CLSACT_FIELD_COUNT)).map {
        String(cString: ckernel_ask_field($0))
    }

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

    /// A kernel that does not give the packet itself to programs is read from, and what they see is the same.
    @Test func `what is read is what is given`() throws {
        try inOwnNetwork(["link set lo up", "link add ne0 type veth peer name ne1", "link set ne0 up"]) {
            let given = try StfPrograms().witness
            let read = try AskFieldTests.load(without: "KF_bpf_cast_to_kern_ctx").witness
            let questions: [Witness.Question] = [
                .output, .input(device: if_nametoindex("ne0"), checksSource: true),
                .input(device: if_nametoindex("ne0"), checksSource: false),
            ]
            var last: [AskSight] = []
            for command in [
                "true", "sysctl -q net.ipv4.conf.all.rp_filter=1", "sysctl -q net.ipv4.conf.ne0.rp_filter=2",
                "nft 'table ip f { chain c { type filter hook input priority 0; }; }'",
                "nft add rule ip f c ip protocol 41 drop",
                "nft 'table ip g { chain c { type filter hook postrouting priority 0; }; }'",
                "nft 'table netdev d { chain c { type filter hook ingress device ne0 priority 0; }; }'",
                "iptables-legacy -A OUTPUT -p tcp -j ACCEPT", "ip addr add 10.9.0.1/24 dev ne0",
                "ip rule add from 10.9.0.1 table 7", "tc qdisc add dev ne0 clsact",
                "ip xfrm policy add src 10.9.0.1 dst 10.9.0.2 dir out action block",
            ] {
                try shell(command)
                let now = try questions.map { try read.look($0) }
                let seen = try questions.map { try given.look($0) }
                #expect(now.map(\.about) == seen.map(\.about), "\(command)")
                #expect(command == "true" || now != last, "\(command)")
                last = now
            }
            #expect(last.map(\.isClosed) == [true, true, true])
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
