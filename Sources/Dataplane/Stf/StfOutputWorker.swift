// SPDX-License-Identifier: BSD-2-Clause
import Stf
import Control
import Internet
import KernelPrograms
import SystemIO
import SystemPackage

/// Carries packets from the TUN device to the tunnel socket: read, decide, encapsulate, send, a batch at a time.
struct StfOutputWorker: ~Copyable {
    private let tun: Tun
    private let socket: TunnelSocket
    private let shared: StfShared
    /// A slot holds up to 64 KiB, which is itself a batch of segments.
    private var slab = PacketSlab(slots: 16)
    private var batch = SendBatch()
    /// Those that come back as they leave. They go first, each being the first to its destination.
    private var questions = SendBatch()
    private var asking = OutputWitness()
    private var moment: UInt64 = 0
    private var teller: SenderTeller

    init(tun: Tun, socket: TunnelSocket, shared: StfShared, limit: ErrorLimit) {
        teller = SenderTeller(limit: limit)
        self.tun = tun
        self.socket = socket
        self.shared = shared
    }

    /// Returns when `wake` is signalled or the device is gone.
    mutating func run(until wake: WakeEvent) {
        deviceLoop(tun.pollable, until: wake) { () throws(SystemError) in try forwardBatch() }
    }

    private mutating func forwardBatch() throws(SystemError) {
        let current = shared.current
        let rules = current.rules
        let witness = current.witness
        if witness != nil { moment = monotonicNanoseconds() }
        var traffic = Traffic()
        for slot in 0..<slab.slots {
            var offload = OffloadHeader()
            guard try tun.read(into: &slab, slot, header: &offload) else { break }
            if let node = current.node,
                let reason = slab.withBytes(slot, { node.output($0, by: rules.index) })
            {
                shared.drop(reason)
                continue
            }
            do throws(StfDrop) {
                if offload.cut == .none {
                    try append(slot, offload, rules, witness, &traffic)
                } else {
                    try appendSegments(of: slot, offload, rules, witness, &traffic)
                }
            } catch {
                try drop(slot, error, rules)
            }
        }
        send(&traffic)
        guard let witness else { return }
        socket.echoes { asking.hear($0, by: $1, to: witness) }
    }

    /// Counts the packet, and tells its sender.
    private mutating func drop(_ slot: Int, _ reason: StfDrop, _ rules: StfRules) throws(SystemError) {
        try slab.withBytes(slot) { packet throws(SystemError) in
            guard !packet.isListenerReport else { return }
            shared.drop(packet, reason)
            guard let error = reason.error else { return }
            try teller.tell(
                error, about: packet, from: rules.errorSource, hopLimit: rules.hopLimit, through: tun)
        }
    }

    private mutating func append(
        _ slot: Int, _ offload: OffloadHeader, _ rules: StfRules, _ witness: Witness?, _ traffic: inout Traffic
    ) throws(StfDrop) {
        let length = slab.length(slot), size = IPv4Header.minimumSize
        let header = try slab.withMutableBytes(slot, headroom: size) { bytes throws(StfDrop) in
            let header = try rules.output(bytes.bytes.extracting(droppingFirst: size), length: length)
            if let (start, field) = offload.unfinishedChecksum {
                guard TransportChecksum.complete(&bytes, start: size + start, field: field) else {
                    throw .outputTruncated
                }
            }
            header.write(to: &bytes)
            return header
        }
        if batch.isFull || questions.isFull { send(&traffic) }
        if let witness, let identification = asking.ask(header, at: moment, by: witness) {
            slab.withMutableBytes(slot, headroom: size) { header.write(to: &$0, identification: identification) }
            questions.append(slot, of: slab, headroom: size)
        } else {
            batch.append(slot, of: slab, headroom: size)
        }
        traffic += Traffic(packets: 1, bytes: UInt64(length))
    }

    private mutating func appendSegments(
        of slot: Int, _ offload: OffloadHeader, _ rules: StfRules, _ witness: Witness?, _ traffic: inout Traffic
    ) throws(StfDrop) {
        let length = slab.length(slot), size = IPv4Header.minimumSize
        var header = try slab.withBytes(slot) { packet throws(StfDrop) in
            try rules.output(packet, length: length)
        }
        guard case .tcp(let transport, let segmentSize) = offload.cut,
            let segmented = slab.withBytes(
                slot, { SegmentedPacket($0, transport: transport, segmentSize: segmentSize) }),
            segmented.headerSize <= SendBatch.headerCapacity - size
        else { throw .unsegmentable }
        for index in 0..<segmented.segments {
            if batch.isFull || questions.isFull { send(&traffic) }
            let payload = segmented.payload(of: index)
            header.totalLength = size + segmented.headerSize + payload.count
            var identification: UInt16?
            if index == 0, let witness { identification = asking.ask(header, at: moment, by: witness) }
            if let identification {
                slab.withBytes(slot) { packet in
                    questions.withHeader { bytes in
                        header.write(to: &bytes, identification: identification)
                        segmented.writeHeader(of: index, packet: packet, to: &bytes, at: size)
                    }
                }
                questions.append(headerBytes: size + segmented.headerSize, payload: payload, of: slot, in: slab)
            } else {
                slab.withBytes(slot) { packet in
                    batch.withHeader { bytes in
                        header.write(to: &bytes)
                        segmented.writeHeader(of: index, packet: packet, to: &bytes, at: size)
                    }
                }
                batch.append(headerBytes: size + segmented.headerSize, payload: payload, of: slot, in: slab)
            }
            traffic += Traffic(packets: 1, bytes: UInt64(segmented.headerSize + payload.count))
        }
    }

    /// Sends what is in both batches, which `traffic` counts. What the kernel refuses was not output after all.
    private mutating func send(_ traffic: inout Traffic) {
        StfOutputWorker.send(&questions, by: socket, isEchoed: true, &traffic, shared)
        StfOutputWorker.send(&batch, by: socket, &traffic, shared)
        let sent = traffic
        shared.count { $0.output += sent }
        traffic = Traffic()
    }

    /// Takes out of `sent` what the kernel refuses. The closure stays here: one that both batches shared would be allocated.
    private static func send(
        _ batch: inout SendBatch, by socket: TunnelSocket, isEchoed: Bool = false, _ sent: inout Traffic,
        _ shared: StfShared
    ) {
        socket.send(&batch, isEchoed: isEchoed) { errno, beginning, bytes in
            sent.packets -= 1
            sent.bytes -= UInt64(bytes - IPv4Header.minimumSize)
            shared.drop(beginning, StfDrop(sending: errno))
        }
    }
}

extension StfDrop {
    /// What the errno of sendmmsg(2) means for the packet.
    init(sending errno: Errno) {
        switch errno {
        case .networkUnreachable, .noRouteToHost, .networkDown, .addressNotAvailable, .invalidArgument:
            self = .outerUnreachable
        case .notPermitted, .permissionDenied: self = .outerProhibited
        case .noBufferSpace, .wouldBlock, .noMemory: self = .sendQueueFull
        default: self = .sendFailed
        }
    }
}
