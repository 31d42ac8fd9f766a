// SPDX-License-Identifier: BSD-2-Clause
import TestSupport
import Testing

extension Namespace {
    /// Expects so many replies to `count` echo requests.
    func expectReplies(
        _ replies: Int, of count: Int = 3, from address: String, options: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let ping = try ping(address, count: count, options: options)
        #expect(ping.replies == replies, "\(short): \(ping.output)", sourceLocation: sourceLocation)
    }
}

extension Daemon {
    /// The packets of `stf0` that died of a reason, as soon as these are `count`: a packet may still be on its way.
    func dropped(_ direction: String, _ reason: String, reaching count: Int = 0) throws -> Int {
        var dropped = 0
        _ = try eventually {
            guard let packets = try interface("stf0")?.dropped(direction, reason) else {
                throw CommandFailure(description: "stf0 does not count \(direction) \(reason)")
            }
            dropped = packets
            return packets >= count
        }
        return dropped
    }

    /// Expects that so many packets of `stf0` have died of a reason.
    func expectDropped(
        _ count: Int, _ direction: String, _ reason: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let dropped = try dropped(direction, reason, reaching: count)
        #expect(dropped == count, "\(direction): \(reason)", sourceLocation: sourceLocation)
    }

    /// Expects that so many packets have passed an interface: they are counted a moment after they passed.
    func expectTraffic(
        input: Int, output: Int, on name: String = "stf0", sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        var passed: [Int] = []
        _ = try eventually {
            let counters = try interface(name)?.counters
            passed = [counters?.input.packets ?? -1, counters?.output.packets ?? -1]
            return passed[0] >= input && passed[1] >= output
        }
        #expect(passed == [input, output], "\(name)", sourceLocation: sourceLocation)
    }
}
