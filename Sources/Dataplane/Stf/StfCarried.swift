// SPDX-License-Identifier: BSD-2-Clause
import Control
import KernelPrograms
import Netlink
import Stf

extension StfInterface {
    /// What the programs inside the kernel did with its packets; nil if they do nothing.
    var carried: StfProgramCounters? { try? programs?.counters(of: device.index) }

    /// What the programs ask the firewall about its packets; nil if they carry none.
    func asked(_ carried: StfProgramCounters, on host: Host) -> [AskedStatus]? {
        guard let programs else { return nil }
        let names = AskNames()
        var input: [String] = [], output: [String] = []
        var isClosed = (input: false, output: false)
        if record.isAsking {
            for device in programs.inputDevices {
                let question = Witness.Question.input(device: device, checksSource: !record.linkFlags.link2)
                guard let sight = try? programs.witness.look(question) else { continue }
                isClosed.input = isClosed.input || sight.isClosed
                let name = host.network.links[device]?.name
                for text in names.names(of: sight, at: [0, 1], on: name) where !input.contains(text) {
                    input.append(text)
                }
            }
            if let sight = try? programs.witness.look(.output) {
                isClosed.output = sight.isClosed
                output = names.names(of: sight, at: [3, 4])
            }
        }
        let counters = counters
        let asked = (input: carried.left[StfLeft.inputAsked], output: carried.left[StfLeft.outputAsked])
        // What the firewall refuses of the input never comes here.
        let heard = min(counters.heard, asked.input)
        let refused = min(counters.drops[.outerProhibited], asked.output)
        return [
            AskedStatus(
                direction: .input, about: input, closed: isClosed.input, asked: asked.input, passed: heard,
                refused: asked.input - heard),
            AskedStatus(
                direction: .output, about: output, closed: isClosed.output, asked: asked.output,
                passed: asked.output - refused, refused: refused),
        ]
    }

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
