// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
import Relay
import Synchronization
import SystemIO

/// Brings dropped packets and refused clients from the threads to the log: one in `net.inet6.ip6.log_interval` seconds,
/// however many there are.
final class DropLog: Sendable {
    struct Entry: Equatable {
        let interface: UInt32
        /// What died, and of what: `dropped on input: ingress: 198.51.100.7 > 192.0.2.1: 2002:c633:6407::1 > 2001:db8::1`.
        let text: String
        /// How many drops there were since the entry before, this one not counted.
        let others: Int

        /// With the name that the interface has now.
        func line(_ name: String) -> String {
            let more = others > 0 ? " (and \(others) others before)" : ""
            return "\(name): \(text)\(more)"
        }
    }

    private struct State {
        var interval = Duration.seconds(MIB()[.logInterval])
        /// Nothing is logged before.
        var next: ContinuousClock.Instant?
        var others = 0
        var entry: Entry?
    }

    private let state = Mutex(State())
    private let wake: WakeEvent

    init() throws(SystemError) {
        wake = try WakeEvent()
    }

    /// Readable while there is something to log.
    var pollable: PollDescriptor { wake.pollable }

    /// Zero logs nothing.
    func set(interval: Duration) {
        state.withLock {
            $0.interval = interval
            $0.next = nil
        }
    }

    /// For a packet thread: neither waits for the log nor, but for the one entry, allocates.
    func note(
        _ drop: some PacketDrop, of packet: borrowing RawSpan, on interface: UInt32,
        at now: ContinuousClock.Instant = .now
    ) {
        guard let others = turn(at: now) else { return }
        let addresses = DropLog.addresses(of: packet)
        put(
            Entry(
                interface: interface, text: "dropped on \(drop.direction): \(drop.name): \(addresses)", others: others))
    }

    /// For a thread of a relay.
    func note(
        _ refusal: RelayRefusal, of request: RelayRequest, on interface: UInt32, at now: ContinuousClock.Instant = .now
    ) {
        guard let others = turn(at: now) else { return }
        let ends = "\(request.client) > \(request.destination)"
        put(Entry(interface: interface, text: "refused: \(refusal.name): \(ends)", others: others))
    }

    /// Whether there is to be an entry; if so, how many had none since the last one.
    private func turn(at now: ContinuousClock.Instant) -> Int? {
        state.withLock { state in
            guard state.interval > .zero, state.entry == nil, state.next ?? now <= now else {
                state.others += 1
                return nil
            }
            state.next = now + state.interval
            return state.others
        }
    }

    private func put(_ entry: Entry) {
        state.withLock {
            $0.others -= entry.others
            $0.entry = entry
        }
        wake.signal()
    }

    /// What is to be logged now.
    func take() -> Entry? {
        wake.clear()
        return state.withLock { $0.entry.take() }
    }

    /// As far as there are bytes; a dropped packet can be anything.
    private static func addresses(of packet: borrowing RawSpan) -> String {
        guard packet.byteCount >= IPv4Header.minimumSize else { return "too short to tell" }
        guard packet.byte(at: 0) >> 4 == 4 else { return ipv6Addresses(of: packet) }
        let size = min(Int(packet.byte(at: 0) & 0x0F) * 4, packet.byteCount)
        return "\(packet.ipv4Address(at: 12)) > \(packet.ipv4Address(at: 16)): "
            + ipv6Addresses(of: packet.extracting(size...))
    }

    private static func ipv6Addresses(of packet: borrowing RawSpan) -> String {
        guard packet.byteCount >= IPv6Header.size, packet.byte(at: 0) >> 4 == 6 else { return "not IPv6" }
        let header = IPv6Header(packet)
        return "\(header.source) > \(header.destination)"
    }
}
