// SPDX-License-Identifier: BSD-2-Clause
import Internet
import KernelPrograms
import SystemIO

/// Vouches for pairs whose packets come to a raw socket: of each, the kernel's own way has let one pass.
///
/// A packet that was judged before something changed must not vouch for those that come after. So one counts only if what
/// it could have been stopped by was the same for some time when the socket was seen empty, and it came after that.
struct InputWitness {
    /// By the devices that packets come by.
    private var standings: [UInt32: Standing] = [:]
    private var recent = RecentPairs()

    /// What is seen at a device, since when, in nanoseconds.
    private struct Standing {
        let sight: AskSight
        private let since: UInt64
        /// When it was last looked at.
        var looked: UInt64
        /// Packets since it has stood long enough.
        private var received = 0
        private(set) var isSettled = false

        init(_ sight: AskSight, since: UInt64, looked: UInt64) {
            self.sight = sight
            self.since = since
            self.looked = looked
        }

        /// What is seen, if nothing is to be vouched for and it was looked at not long ago.
        func resting(at moment: UInt64) -> AskSight? {
            !sight.isOpen && moment - looked < InputWitness.rest ? sight : nil
        }

        /// Whoever has waited in the socket since before is out now.
        mutating func settle(_ moment: UInt64, _ count: Int, isLast: Bool) {
            guard sight.isOpen, !isSettled, moment >= since + InputWitness.wayToSocket else { return }
            received += count
            isSettled = isLast || received > InputWitness.queue
        }
    }

    /// From a device to the socket no packet takes so long.
    fileprivate static let wayToSocket: UInt64 = 10_000_000
    /// Of no device where there is nothing to vouch for, what there is is looked at more often than this.
    fileprivate static let rest: UInt64 = 10_000_000
    /// More than a socket of 4 MB, which the kernel doubles, can hold: each takes 768 bytes at least.
    fileprivate static let queue = 16_384

    /// Takes note of a batch of IPv4 packets that was received.
    /// - Parameter moment: before it was.
    /// - Parameter isLast: the socket was empty then.
    /// - Returns: how many there was something to ask about.
    mutating func hear(
        _ batch: borrowing ReceiveBatch, since moment: UInt64, isLast: Bool, checksSource: Bool, by witness: Witness
    ) -> UInt64 {
        var asked: UInt64 = 0
        for slot in 0..<batch.count {
            let device = batch.interface(slot)
            if let sight = standings[device]?.resting(at: moment) {
                if !sight.isNothing { asked += 1 }
                continue
            }
            guard let pair = batch.withBytes(slot, { InputWitness.pair(of: $0, by: device) }) else { continue }
            let isRecent = recent.contains(pair, at: moment)
            let sight = isRecent ? nil : look(device, checksSource: checksSource, at: moment, by: witness)
            if let known = standings[device]?.sight, !known.isNothing { asked += 1 }
            guard let sight else { continue }
            // Without an entry the next packet takes the same way.
            try? witness.vouch(for: pair, under: sight)
            recent.insert(pair, at: moment)
        }
        for place in standings.values.indices { standings.values[place].settle(moment, batch.count, isLast: isLast) }
        return asked
    }

    /// Nil: one with options says nothing about those without.
    private static func pair(of packet: borrowing RawSpan, by device: UInt32) -> AskPair? {
        guard packet.byteCount >= IPv4Header.minimumSize, packet.byte(at: 0) == 0x45 else { return nil }
        return AskPair(
            isOutput: false, underlay: device, source: packet.ipv4Address(at: 12),
            destination: packet.ipv4Address(at: 16), codepoint: packet.byte(at: 1) >> 2)
    }

    /// What is to be seen at a device, if a packet that has just come counts.
    private mutating func look(
        _ device: UInt32, checksSource: Bool, at moment: UInt64, by witness: Witness
    ) -> AskSight? {
        let known = standings[device]
        // Once a batch is enough.
        if let known, known.looked == moment { return known.isSettled ? known.sight : nil }
        let question = Witness.Question.input(device: device, checksSource: checksSource)
        guard let sight = try? witness.look(question) else {
            standings[device] = nil
            return nil
        }
        if var known, known.sight == sight {
            known.looked = moment
            standings[device] = known
            return known.isSettled ? sight : nil
        }
        recent.removeAll()
        standings[device] = Standing(sight, since: monotonicNanoseconds(), looked: moment)
        return nil
    }
}

/// Pairs that were vouched for, or asked about, not long ago.
struct RecentPairs {
    private var moments: [AskPair: UInt64] = [:]

    /// In nanoseconds. A program puts a question again that often.
    private static let span: UInt64 = 100_000_000
    /// A flood of pairs is nothing to remember.
    private static let most = 4096

    func contains(_ pair: AskPair, at moment: UInt64) -> Bool {
        guard let last = moments[pair] else { return false }
        return moment - last < RecentPairs.span
    }

    mutating func insert(_ pair: AskPair, at moment: UInt64) {
        if moments.count == RecentPairs.most { moments.removeAll(keepingCapacity: true) }
        moments[pair] = moment
    }

    mutating func removeAll() {
        moments.removeAll(keepingCapacity: true)
    }
}
