// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Puppet

/// What must hold of what a peer of a tunnel says: however it is cut it says the same, until a fault ends it; and a program
/// that passes for one is one.
enum PuppetTarget {
    /// - Parameter bytes: which end hears it, where it is cut, and what is said.
    static func run(_ bytes: [UInt8]) throws(Violation) {
        guard bytes.count > 2 else { return }
        let said = Array(bytes.dropFirst(2))
        let whole = hear([said], bytes[0])
        let cut = Int(bytes[1]) % (said.count + 1)
        let parts = hear([Array(said.prefix(cut)), Array(said.dropFirst(cut))], bytes[0])
        try require(whole == parts, "cut at \(cut): \(parts), and not \(whole)")
        let single = hear(said.map { [$0] }, bytes[0])
        try require(whole.heard == single.heard, "byte by byte: \(single), and not \(whole)")
        for case .program(let program) in whole.heard where (try? FilterProgram.check(program)) != nil {
            let all = Exclusion.program([], and: program)
            try require((try? FilterProgram.check(all)) != nil, "a program that is none with others")
        }
    }

    struct Heard: Equatable {
        var heard: [Conversation.Reaction] = []
        var isAtFault = false
    }

    private static func hear(_ pieces: [[UInt8]], _ end: UInt8) -> Heard {
        let role: PuppetRole = end & 1 == 0 ? .master : .slave
        let wires: [PuppetProtocol] = [.modern, .auto, .legacy(.v1_3), .legacy(.v1_4)]
        var conversation = Conversation(
            Hello(role, [.offload], tag: 1, software: "x"), wires[Int(end >> 1 & 3)], isCaller: end & 8 != 0,
            tolerance: end & 16 == 0 ? 0 : 64)
        var result = Heard()
        var waiting: [UInt8] = []
        var answer: [UInt8] = []
        // Places are counted from the first byte on, wherever pieces begin.
        var place = 0
        for piece in pieces {
            waiting += piece
            while true {
                let next: (reaction: Conversation.Reaction, end: Int)?
                do throws(WireFault) {
                    next = try waiting.withPacket { span throws(WireFault) in
                        try conversation.next(in: span, at: place, say: &answer)
                    }
                } catch {
                    result.isAtFault = true
                    return result
                }
                guard let next else { break }
                if next.reaction != .none { result.heard.append(next.reaction) }
                place = next.end
            }
        }
        return result
    }
}
