// SPDX-License-Identifier: BSD-2-Clause
import Internet
import KernelPrograms
internal import Synchronization
import SystemIO

/// Tells those who send other protocols than TCP to captured prefixes that these are not relayed, so that they need not
/// wait. UDP is answered by the kernel itself.
struct UntoldWorker: ~Copyable {
    private let packets: UntoldPackets
    private let devices: FaithDevices
    private let teller: SenderTeller

    init(packets: UntoldPackets, devices: FaithDevices, limit: ErrorLimit) {
        self.packets = packets
        self.devices = devices
        teller = SenderTeller(limit: limit)
    }

    /// Returns when `wake` is signalled.
    func run(until wake: WakeEvent) {
        do throws(SystemError) {
            while try waitForInput(packets.pollable, unless: wake) {
                for packet in (try? packets.take()) ?? [] { tell(packet) }
            }
        } catch {
            // Only want of memory in the kernel gets here; senders learn nothing then.
        }
    }

    private func tell(_ packet: UntoldPacket) {
        guard packet.beginning.count >= IPv6Header.size, let device = devices[packet.slot] else { return }
        let bytes = unsafe packet.beginning.span.bytes
        let source = IPv6Header(bytes).destination
        // A device that is gone tells nobody anything, and needs not.
        try? teller.tell(
            .unreachable(.prohibited), about: bytes, from: source, hopLimit: device.shared.hopLimit,
            through: device.tun)
    }
}

/// The devices of faith interfaces by their slots, for the threads that write to several.
final class FaithDevices: Sendable {
    struct Device: Sendable {
        let tun: Tun
        let shared: FaithShared
    }

    private let devices = Mutex<[Int: Device]>([:])

    subscript(_ slot: Int) -> Device? {
        get { devices.withLock { $0[slot] } }
        set { devices.withLock { $0[slot] = newValue } }
    }
}
