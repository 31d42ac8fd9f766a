// SPDX-License-Identifier: BSD-2-Clause
import Control

/// What an interface notes of itself for the next process, besides the descriptors that it lives by.
///
/// What was said about it is there in the words of the control protocol: a process of another version reads what it knows
/// of them, and takes what is not said as it is with a new interface.
struct InterfaceLegacy: Codable {
    /// The kernel's number of its device.
    var index: UInt32?
    var change: Change
    var counters = CounterLegacy()

    init(_ name: String, _ index: UInt32?, _ part: KindRecord) {
        self.index = index
        change = Change(interface: name)
        part.rules.say(in: &change)
    }

    /// What was said of the kind.
    func part(of kind: InterfaceKind) throws(Refusal) -> KindRecord {
        var part = KindRecord(new: kind)
        let context = PlanContext()
        for said in change.parts where said.kind == kind { try part.apply(said, of: change.interface, context) }
        return part
    }
}

/// Counters go on: drops by direction and reason, `input.ingress`, since numbers are a version's own.
struct CounterLegacy: Codable {
    var input = Traffic()
    var output = Traffic()
    var drops: [String: UInt64] = [:]

    init() {}

    init(_ status: CounterStatus) {
        input = status.input
        output = status.output
        for drop in status.drops where drop.packets > 0 {
            drops["\(drop.direction.rawValue).\(drop.reason)"] = drop.packets
        }
    }

    subscript(_ drop: some PacketDrop) -> UInt64 { drops["\(drop.direction.rawValue).\(drop.name)"] ?? 0 }
}
