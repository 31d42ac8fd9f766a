// SPDX-License-Identifier: BSD-2-Clause
import Control
import PuppetCarrier

/// A reason of a tunnel's, in one of its directions.
struct TunnelDrop: PacketDrop {
    let direction: Direction
    let reason: CarrierDrop

    var name: String { reason.name }
    var description: String { reason.description }

    static let all = CarrierDrop.allCases.flatMap { reason in
        Direction.allCases.map { TunnelDrop(direction: $0, reason: reason) }
    }
}

extension CarrierCounters {
    /// Counters go on.
    init(_ legacy: CounterLegacy) {
        self.init()
        (sniffed.frames, sniffed.bytes) = (legacy.input.packets, legacy.input.bytes)
        (injected.frames, injected.bytes) = (legacy.output.packets, legacy.output.bytes)
        for drop in TunnelDrop.all {
            switch drop.direction {
            case .input: self[sniffed: drop.reason] = legacy[drop]
            case .output: self[injected: drop.reason] = legacy[drop]
            }
        }
    }

    /// What was sniffed came in, and what was injected went out.
    var status: CounterStatus {
        CounterStatus(
            input: Traffic(packets: sniffed.frames, bytes: sniffed.bytes),
            output: Traffic(packets: injected.frames, bytes: injected.bytes),
            drops: TunnelDrop.all.map { drop in
                switch drop.direction {
                case .input: drop.status(self[sniffed: drop.reason])
                case .output: drop.status(self[injected: drop.reason])
                }
            })
    }
}
