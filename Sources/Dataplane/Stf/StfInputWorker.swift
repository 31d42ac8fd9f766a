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
    private let teller: SenderTeller
    private let shared: StfShared
    private static let slots = 32
    private var batch = ReceiveBatch(slots: StfInputWorker.slots)

    private var routes: KernelRoutes
    private var ledger = FragmentLedger()

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
        do throws(SystemError) {
            while try waitForInput(socket.pollable, or: errors.pollable, unless: wake) {
                try socket.receive(into: &batch)
                try deliverBatch()
                try errors.receive(into: &batch)
                try passOnErrors()
            }
        } catch {
            // EBADFD: somebody deleted the device. The control thread learns it from the kernel and cleans up.
        }
    }

    private mutating func deliverBatch() throws(SystemError) {
        let current = shared.current
        routes.forget(before: current.routeGeneration)
        var deliveries = InlineArray<32, Range<Int>>(repeating: 0..<0)
        for slot in 0..<batch.count {
            let packet = unsafe batch.packet(slot)
            do throws(StfDrop) {
                let inner = try unsafe current.rules.input(packet.bytes, on: batch.interface(slot), routes: &routes)
                let bytes = unsafe UnsafeRawBufferPointer(rebasing: packet[inner.range])
                if let node = current.node,
                    let reason = unsafe node.input(bytes.bytes, on: current.rules.index, &ledger)
                {
                    shared.drop(reason)
                    continue
                }
                var header = unsafe UnsafeMutableRawBufferPointer(rebasing: packet[inner.range]).mutableBytes
                IPv6Header.set(trafficClass: inner.trafficClass, in: &header)
                deliveries[slot] = inner.range
            } catch {
                unsafe shared.drop(packet.bytes, error)
            }
        }
        var delivered = Traffic()
        var failed: UInt64 = 0
        for slot in 0..<batch.count where !deliveries[slot].isEmpty {
            let packet = unsafe UnsafeRawBufferPointer(rebasing: batch.packet(slot)[deliveries[slot]])
            if try unsafe deliver(packet, mtu: current.mtu) {
                delivered.packets += 1
                delivered.bytes += UInt64(packet.count)
            } else {
                failed += 1
            }
        }
        shared.count {
            $0.input += delivered
            $0.drops[.deliveryFailed] += failed
        }
    }

    /// Passes ICMPv4 errors about what we sent on to the senders of the IPv6 packets inside.
    private func passOnErrors() throws(SystemError) {
        guard batch.count > 0 else { return }
        let rules = shared.current.rules
        for slot in 0..<batch.count {
            let packet = unsafe batch.packet(slot)
            let told: (meaning: ICMPv6Error, quote: Range<Int>)
            do throws(StfDrop) {
                guard let error = try unsafe rules.error(packet.bytes) else { continue }
                told = error
            } catch {
                unsafe shared.drop(packet.bytes, error)
                continue
            }
            let inner = unsafe UnsafeRawBufferPointer(rebasing: packet[told.quote])
            try unsafe teller.tell(
                told.meaning, about: inner.bytes, from: rules.errorSource, hopLimit: rules.hopLimit, through: tun)
        }
    }

    /// False: the kernel did not take it.
    private func deliver(_ packet: UnsafeRawBufferPointer, mtu: Int) throws(SystemError) -> Bool {
        var header = OffloadHeader()
        if let undone = unsafe ReceivedOffload(packet.bytes, mtu: mtu) {
            header = OffloadHeader(checksumStart: undone.start, field: undone.field)
            if let (headerSize, segmentSize) = undone.segments {
                header.setSegments(headerSize: headerSize, segmentSize: segmentSize)
            }
        }
        return try unsafe tun.write(packet, header: header)
    }
}
