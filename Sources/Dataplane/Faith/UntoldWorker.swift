// SPDX-License-Identifier: BSD-2-Clause
import Internet
import KernelPrograms
import SystemIO

/// Tells those who send other protocols than TCP to captured prefixes that these are not relayed, so that they need not
/// wait. UDP is answered by the kernel itself.
struct UntoldWorker: ~Copyable {
    private let packets: UntoldPackets
    private let socket: RawIPv6Socket
    private let hops: HopLimit
    private var teller: SenderTeller

    init(packets: UntoldPackets, socket: RawIPv6Socket, hops: HopLimit, limit: ErrorLimit) {
        self.packets = packets
        self.socket = socket
        self.hops = hops
        teller = SenderTeller(limit: limit)
    }

    /// Returns when `wake` is signalled.
    mutating func run(until wake: WakeEvent) {
        do throws(SystemError) {
            while try waitForInput(packets.pollable, unless: wake) {
                for packet in (try? packets.take()) ?? [] { tell(packet) }
            }
        } catch {
            // Only want of memory in the kernel gets here; senders learn nothing then.
        }
    }

    private mutating func tell(_ packet: UntoldPacket) {
        guard packet.beginning.count >= IPv6Header.size else { return }
        // As with what the kernel answers, the sender hears it from whom it asked. Without a way back it hears nothing.
        try? packet.beginning.withPacket { bytes throws(SystemError) in
            let source = IPv6Header(bytes).destination
            try teller.tell(.unreachable(.prohibited), about: bytes, from: source, hopLimit: hops.value, by: socket)
        }
    }
}
