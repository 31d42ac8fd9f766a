// SPDX-License-Identifier: BSD-2-Clause
import Internet
import KernelPrograms
import SystemIO

/// Vouches for pairs whose packets leave as they were sent. That the kernel took a packet says nothing: it may have been
/// given another source, or gone into IPsec. So some are sent by a socket that gives them back as they leave, and are known
/// again by their identification; of one in whose header nothing that the pair says has changed, the pair is vouched for.
struct OutputWitness {
    private struct Question {
        let identification: UInt16
        /// As it was sent; by which device, only its echo says.
        let pair: AskPair
        /// From before it was sent: if something has changed meanwhile, the answer counts no more.
        let sight: AskSight
    }

    private var questions = [Question?](repeating: nil, count: 256)
    private var last: UInt16 = 0
    private var recent = RecentPairs()
    private var known: (sight: AskSight, moment: UInt64)?

    /// Where there is nothing to vouch for, what there is is looked at no more often than this, in nanoseconds.
    private static let rest: UInt64 = 10_000_000
    /// Bytes that may be in front of the IPv4 header: none, Ethernet, and with one or two VLAN tags.
    private static let linkHeaders = [0, 14, 18, 22]

    /// Whether one of this header is to be sent so that it comes back: the identification that it then has.
    /// - Parameter moment: of the batch, in nanoseconds, before anything of it is sent.
    mutating func ask(_ header: IPv4Header, at moment: UInt64, by witness: Witness) -> UInt16? {
        let pair = AskPair(
            isOutput: true, underlay: 0, source: header.source, destination: header.destination,
            codepoint: header.typeOfService >> 2)
        guard !recent.contains(pair, at: moment), let sight = look(at: moment, by: witness) else { return nil }
        recent.insert(pair, at: moment)
        // Zero would be the kernel's to fill.
        last = last == .max ? 1 : last + 1
        questions[Int(last & 255)] = Question(identification: last, pair: pair, sight: sight)
        return last
    }

    private mutating func look(at moment: UInt64, by witness: Witness) -> AskSight? {
        if let known, known.moment == moment || !known.sight.isOpen && moment - known.moment < OutputWitness.rest {
            return known.sight.isOpen ? known.sight : nil
        }
        guard let sight = try? witness.look(.output) else { return nil }
        if known?.sight != sight { recent.removeAll() }
        known = (sight, moment)
        return sight.isOpen ? sight : nil
    }

    /// Takes note of a frame that has left by a device.
    mutating func hear(_ frame: borrowing RawSpan, by device: UInt32, to witness: Witness) {
        for start in OutputWitness.linkHeaders where frame.byteCount >= start + IPv4Header.minimumSize {
            let header = frame.extracting(start..<start + IPv4Header.minimumSize)
            let identification = header.uint16(at: 4), place = Int(identification & 255)
            guard header.byte(at: 0) == 0x45, header.byte(at: 9) == InternetProtocol.ipv6,
                let question = questions[place], question.identification == identification,
                OutputWitness.isWhole(header)
            else { continue }
            // What it is inside of on another device below does not count.
            questions[place] = nil
            var pair = question.pair
            guard pair.source == header.ipv4Address(at: 12), pair.destination == header.ipv4Address(at: 16),
                pair.codepoint == header.byte(at: 1) >> 2, header.uint16(at: 6) & 0x3FFF == 0
            else { return }
            pair.underlay = device
            // Without an entry the next packet takes the same way.
            try? witness.vouch(for: pair, under: question.sight)
            return
        }
    }

    private static func isWhole(_ header: borrowing RawSpan) -> Bool {
        var checksum = Checksum()
        checksum.add(header)
        return checksum.folded == 0xFFFF
    }
}
