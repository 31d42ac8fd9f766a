// SPDX-License-Identifier: BSD-2-Clause
import CBPF
import CKernelPrograms
import Foundation
import Internet
import TestSupport
import Testing

@testable import KernelPrograms

/// When what was vouched for gets old, one packet after the other asks again; when it is too old, all do.
@Suite struct AskRenewalTests {
    /// The entry of a pair, in whichever map of the kernel's has it.
    private struct Entry {
        let map: Int32
        var key: ask_pair

        init(of key: ask_pair) throws {
            var key = key, id: UInt32 = 0
            while bpf_map_get_next_id(id, &id) == 0 {
                let map = bpf_map_get_fd_by_id(id)
                guard map >= 0 else { continue }
                var info = bpf_map_info(), size = UInt32(MemoryLayout<bpf_map_info>.size)
                var entry = ask_entry()
                if bpf_obj_get_info_by_fd(map, &info, &size) == 0, info.type == BPF_MAP_TYPE_LRU_HASH.rawValue,
                    info.key_size == MemoryLayout<ask_pair>.size, info.value_size == MemoryLayout<ask_entry>.size,
                    bpf_map_lookup_elem(map, &key, &entry) == 0
                {
                    self.map = map
                    self.key = key
                    return
                }
                close(map)
            }
            throw CommandFailure(description: "no map has the pair")
        }

        mutating func change(_ body: (inout ask_entry) -> Void) {
            var entry = ask_entry()
            #expect(bpf_map_lookup_elem(map, &key, &entry) == 0)
            body(&entry)
            #expect(bpf_map_update_elem(map, &key, &entry, 0) == 0)
        }
    }

    @Test func `one packet after the other asks`() throws {
        try inOwnNetwork(["link set lo up"]) {
            try shell("nft 'table ip f { chain c { type filter hook input priority 0; }; }'")
            let programs = try StfPrograms()
            let own = try #require(IPv4Address("192.0.2.2"))
            // Of nobody else on this machine.
            let source = IPv4Address(bits: 0x0A00_0000 | UInt32.random(in: 0..<1 << 24))
            var config = stf_config()
            config.index = 1
            config.own = own.bits.bigEndian
            try programs.set(configs: [config])
            let frame =
                [UInt8](repeating: 0, count: 12) + [0x08, 0x00]
                + Packet.ipv4(
                    from: "\(source)", to: "\(own)", Packet.ipv6(from: "2002:c000:201::1", to: "2002:c000:202::1"))
            let asked = { () throws -> UInt64 in
                _ = try programs.run(STF_INPUT_PROGRAM, over: frame, at: 1)
                return try programs.counters(of: 1).left[StfLeft.inputAsked]
            }
            #expect(try asked() == 1)
            let sight = try programs.witness.look(.input(device: 1, checksSource: true))
            let pair = AskPair(isOutput: false, underlay: 1, source: source, destination: own, codepoint: 0)
            try programs.witness.vouch(for: pair, under: sight)
            #expect(try asked() == 1)
            var entry = try Entry(
                of: ask_pair(
                    underlay: 1, source: source.bits.bigEndian, destination: own.bits.bigEndian,
                    direction: UInt8(ASK_INPUT.rawValue), codepoint: 0, unused: (0, 0)))
            defer { close(entry.map) }
            // It begins to be old: one asks, the next does not yet.
            entry.change { $0.soft_end = 1 }
            #expect(try asked() == 2)
            #expect(try asked() == 2)
            #expect(try eventually { try asked() == 3 }, "a question without an answer is put again")
            // It is too old.
            entry.change { $0.hard_end = 1 }
            #expect(try asked() == 4)
            #expect(try asked() == 5)
            // An answer, and all is as before.
            try programs.witness.vouch(for: pair, under: sight)
            #expect(try asked() == 5)
            // What was vouched for under another tag counts nothing.
            try shell("nft add rule ip f c ip protocol 41 drop")
            #expect(try asked() == 6)
        }
    }
}
