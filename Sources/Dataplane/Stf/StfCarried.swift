// SPDX-License-Identifier: BSD-2-Clause
import Control
import KernelPrograms
import Stf

extension StfInterface {
    /// What the programs inside the kernel did with its packets; nil if they do nothing.
    var carried: StfProgramCounters? { try? programs?.counters(of: device.index) }

    /// Has its threads carry its packets again, and go on counting where the programs ended.
    func takeBack(because reason: String?) {
        if let carried { add(carried) }
        programs = nil
        obstacle = reason
    }
}

extension StfCounters {
    static func += (counters: inout StfCounters, carried: StfProgramCounters) {
        counters.input += Traffic(packets: carried.inputPackets, bytes: carried.inputBytes)
        counters.output += Traffic(packets: carried.outputPackets, bytes: carried.outputBytes)
        for reason in StfDrop.all { counters.drops[reason] += carried.drops[Int(reason.number)] }
    }
}

extension StfProgramCounters {
    /// What went through the interface though there is a shortcut.
    var detoursTaken: [DropStatus] {
        [(Direction.input, inputDetours), (.output, outputDetours)].flatMap { direction, counts in
            StfDetour.all.map { why in
                DropStatus(
                    direction: direction, reason: why.name, description: why.description,
                    packets: counts[Int(why.number)])
            }
        }
    }

    /// What was left to user space.
    var leftToUs: [DropStatus] {
        StfLeft.all.map { why in
            DropStatus(
                direction: why.isOfInput ? .input : .output, reason: why.name, description: why.description,
                packets: left[Int(why.number)])
        }
    }
}
