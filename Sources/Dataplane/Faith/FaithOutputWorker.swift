// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
internal import Synchronization
import SystemIO

/// Takes what comes out of a faith device, which is what was not captured: counts it, and tells its sender.
struct FaithOutputWorker: ~Copyable {
    private let tun: Tun
    private let shared: FaithShared
    private var slab = PacketSlab(slots: 1)
    private var teller: SenderTeller

    init(tun: Tun, shared: FaithShared, limit: ErrorLimit) {
        teller = SenderTeller(limit: limit)
        self.tun = tun
        self.shared = shared
    }

    /// Returns when `wake` is signalled or the device is gone.
    mutating func run(until wake: WakeEvent) {
        deviceLoop(tun.pollable, until: wake) { () throws(SystemError) in try dropWaiting() }
    }

    /// Packets after which a flood lets the worker see that it is to stop.
    private static let turn = 64

    private mutating func dropWaiting() throws(SystemError) {
        var offload = OffloadHeader()
        for _ in 0..<FaithOutputWorker.turn {
            guard try tun.read(into: &slab, 0, header: &offload) else { return }
            try slab.withBytes(0) { packet throws(SystemError) in
                guard !packet.isListenerReport else { return }
                let reason = FaithDrop(packet)
                shared.drop(packet, reason)
                guard let error = reason.error else { return }
                // As with what the kernel answers for captured packets, the sender hears it from whom it asked.
                let source = IPv6Header(packet).destination
                try teller.tell(error, about: packet, from: source, hopLimit: shared.hops.value, through: tun)
            }
        }
    }
}

/// What the control thread and the threads of one faith interface share.
final class FaithShared: Sendable {
    private let counted: Mutex<FaithDropCounts>
    private let output: Mutex<Traffic>
    let hops: HopLimit
    /// The kernel's index of the interface.
    private let interface: UInt32
    private let log: DropLog

    /// - Parameter legacy: what there is to begin with.
    init(interface: UInt32, _ legacy: CounterLegacy, hops: HopLimit, log: DropLog) {
        var counts = FaithDropCounts()
        for reason in FaithDrop.allCases { counts[reason] = legacy[reason] }
        counted = Mutex(counts)
        output = Mutex(legacy.output)
        self.hops = hops
        self.interface = interface
        self.log = log
    }

    /// Counts a packet, and has it logged if that is due.
    func drop(_ packet: borrowing RawSpan, _ reason: FaithDrop) {
        let size = UInt64(packet.byteCount)
        counted.withLock { $0[reason] += 1 }
        output.withLock { $0 += Traffic(packets: 1, bytes: size) }
        if reason != .multicast { log.note(reason, of: packet, on: interface) }
    }

    var drops: FaithDropCounts { counted.withLock { $0 } }
    /// All that came out of the device.
    var traffic: Traffic { output.withLock { $0 } }
}
