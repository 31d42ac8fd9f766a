// SPDX-License-Identifier: BSD-2-Clause
import Stf
import Control
import Internet
import KernelPrograms
import SystemIO

/// Carries packets from the tunnel socket to the TUN device: receive, decide, decapsulate, deliver, a batch at a time.
struct StfInputWorker: ~Copyable {
    private let tun: Tun
    private let socket: TunnelSocket
    private let errors: ErrorSocket
    private var teller: SenderTeller
    private let shared: StfShared
    private static let slots = 32
    private var batch = ReceiveBatch(slots: StfInputWorker.slots)

    private var routes: KernelRoutes
    private var ledger = FragmentLedger()
    private var witnessed = InputWitness()

    init(
        tun: Tun, socket: TunnelSocket, errors: ErrorSocket, shared: StfShared, routes: KernelRoutes,
        limit: ErrorLimit
    ) {
        self.routes = routes
        self.errors = errors
        teller = SenderTeller(limit: limit)
        self.tun = tun
        self.socket = socket
        self.shared = shared
    }

    /// Returns when `wake` is signalled or the device is gone.
    mutating func run(until wake: WakeEvent) {
        deviceLoop(socket.pollable, or: errors.pollable, until: wake) { () throws(SystemError) in
            let moment = monotonicNanoseconds()
            try socket.receive(into: &batch)
            try deliverBatch(receivedSince: moment)
            try errors.receive(into: &batch)
            try passOnErrors()
        }
    }

    /// - Parameter moment: before the batch was received, in nanoseconds.
    private mutating func deliverBatch(receivedSince moment: UInt64) throws(SystemError) {
        let current = shared.current
        if let witness = current.witness {
            let heard = witnessed.hear(
                batch, since: moment, isLast: batch.count < StfInputWorker.slots,
                checksSource: !current.rules.link2, by: witness)
            shared.count { $0.heard += heard }
        }
        routes.forget(before: current.routeGeneration)
        var deliveries = InlineArray<32, Range<Int>>(repeating: 0..<0)
        for slot in 0..<batch.count { deliveries[slot] = decide(slot, current) }
        var delivered = Traffic()
        var failed: UInt64 = 0
        for slot in 0..<batch.count where !deliveries[slot].isEmpty {
            let inner = deliveries[slot]
            let isTaken = try batch.withBytes(slot) { packet throws(SystemError) in
                try deliver(packet.extracting(inner), mtu: current.mtu)
            }
            if isTaken {
                delivered.packets += 1
                delivered.bytes += UInt64(inner.count)
            } else {
                failed += 1
            }
        }
        shared.count {
            $0.input += delivered
            $0.drops[.deliveryFailed] += failed
        }
    }

    /// The bytes of the packet that arrive on the interface, changed as need be; none, if it died.
    private mutating func decide(_ slot: Int, _ current: StfShared.Published) -> Range<Int> {
        let arrival = batch.interface(slot)
        return batch.withMutableBytes(slot) { packet in
            do throws(StfDrop) {
                let inner = try current.rules.input(packet.bytes, on: arrival, routes: &routes)
                if let node = current.node,
                    let reason = node.input(
                        packet.bytes.extracting(inner.range), on: current.rules.index, &ledger)
                {
                    shared.drop(reason)
                    return 0..<0
                }
                IPv6Header.set(trafficClass: inner.trafficClass, in: &packet, at: inner.range.lowerBound)
                return inner.range
            } catch {
                shared.drop(packet.bytes, error)
                return 0..<0
            }
        }
    }

    /// Passes ICMPv4 errors about what we sent on to the senders of the IPv6 packets inside.
    private mutating func passOnErrors() throws(SystemError) {
        guard batch.count > 0 else { return }
        let current = shared.current
        let rules = current.rules
        routes.forget(before: current.routeGeneration)
        for slot in 0..<batch.count {
            try batch.withBytes(slot) { packet throws(SystemError) in
                let told: (meaning: ICMPv6Error, quote: Range<Int>)
                do throws(StfDrop) {
                    guard let error = try rules.error(packet, routes: &routes) else { return }
                    told = error
                } catch {
                    shared.drop(packet, error)
                    return
                }
                try teller.tell(
                    told.meaning, about: packet.extracting(told.quote), from: rules.errorSource,
                    hopLimit: rules.hopLimit, through: tun)
            }
        }
    }

    /// False: the kernel did not take it.
    private func deliver(_ packet: borrowing RawSpan, mtu: Int) throws(SystemError) -> Bool {
        var header = OffloadHeader()
        if let undone = ReceivedOffload(packet, mtu: mtu) {
            header = OffloadHeader(checksumStart: undone.start, field: undone.field)
            if let (headerSize, segmentSize) = undone.segments {
                header.setSegments(headerSize: headerSize, segmentSize: segmentSize)
            }
        }
        return try tun.write(packet, header: header)
    }
}
