// SPDX-License-Identifier: BSD-2-Clause
import Stf
import Control
import Internet
import SystemIO
import SystemPackage

/// Carries packets from the TUN device to the tunnel socket: read, decide, encapsulate, send, a batch at a time.
struct StfOutputWorker: ~Copyable {
    private let tun: Tun
    private let socket: TunnelSocket
    private let shared: StfShared
    /// A slot holds up to 64 KiB, which is itself a batch of segments.
    private let slab = PacketSlab(slots: 16)
    private var batch = SendBatch()
    private let teller: SenderTeller

    init(tun: Tun, socket: TunnelSocket, shared: StfShared, limit: ErrorLimit) {
        teller = SenderTeller(limit: limit)
        self.tun = tun
        self.socket = socket
        self.shared = shared
    }

    /// Returns when `wake` is signalled or the device is gone.
    mutating func run(until wake: WakeEvent) {
        do throws(SystemError) {
            while try waitForInput(tun.pollable, unless: wake) { try forwardBatch() }
        } catch {
            // EBADFD: somebody deleted the device. The control thread learns it from the kernel and cleans up.
        }
    }

    private mutating func forwardBatch() throws(SystemError) {
        let current = shared.current
        let rules = current.rules
        var traffic = Traffic()
        for slot in 0..<slab.slots {
            var offload = OffloadHeader()
            let room = unsafe slab.packet(slot)
            guard let length = try unsafe tun.read(into: room, header: &offload) else { break }
            let packet = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<length])
            if let node = current.node, let reason = unsafe node.output(packet.bytes, by: rules.index) {
                shared.drop(reason)
                continue
            }
            do throws(StfDrop) {
                if offload.cut == .none {
                    try unsafe append(packet, in: slot, offload, rules, &traffic)
                } else {
                    try unsafe appendSegments(of: packet, offload, rules, &traffic)
                }
            } catch {
                unsafe shared.drop(packet.bytes, error)
                if let error = error.error {
                    try unsafe teller.tell(
                        error, about: packet.bytes, from: rules.errorSource, hopLimit: rules.hopLimit, through: tun)
                }
            }
        }
        send(&traffic)
    }

    private mutating func append(
        _ packet: UnsafeMutableRawBufferPointer, in slot: Int, _ offload: OffloadHeader, _ rules: StfRules,
        _ traffic: inout Traffic
    ) throws(StfDrop) {
        let header = try unsafe rules.output(packet.bytes, length: packet.count)
        if let (start, field) = offload.unfinishedChecksum {
            var bytes = unsafe packet.mutableBytes
            guard TransportChecksum.complete(&bytes, start: start, field: field) else { throw .outputTruncated }
        }
        let outer = unsafe slab.header(slot, bytes: IPv4Header.minimumSize)
        var outerBytes = unsafe outer.mutableBytes
        header.write(to: &outerBytes)
        if batch.isFull { send(&traffic) }
        unsafe batch.append(
            UnsafeMutableRawBufferPointer(start: outer.baseAddress, count: IPv4Header.minimumSize + packet.count))
        traffic += Traffic(packets: 1, bytes: UInt64(packet.count))
    }

    private mutating func appendSegments(
        of packet: UnsafeMutableRawBufferPointer, _ offload: OffloadHeader, _ rules: StfRules,
        _ traffic: inout Traffic
    ) throws(StfDrop) {
        var header = try unsafe rules.output(packet.bytes, length: packet.count)
        guard case .tcp(let transport, let segmentSize) = offload.cut,
            let segmented = unsafe SegmentedPacket(packet.bytes, transport: transport, segmentSize: segmentSize),
            segmented.headerSize <= SendBatch.headerCapacity - IPv4Header.minimumSize
        else { throw .unsegmentable }
        for index in 0..<segmented.segments {
            if batch.isFull { send(&traffic) }
            let payload = segmented.payload(of: index)
            let length = segmented.headerSize + payload.count
            header.totalLength = IPv4Header.minimumSize + length
            let room = unsafe batch.header()
            var outer = unsafe UnsafeMutableRawBufferPointer(rebasing: room[..<IPv4Header.minimumSize]).mutableBytes
            header.write(to: &outer)
            var inner = unsafe UnsafeMutableRawBufferPointer(rebasing: room[IPv4Header.minimumSize...]).mutableBytes
            unsafe segmented.writeHeader(of: index, packet: packet.bytes, to: &inner)
            unsafe batch.append(
                headerBytes: IPv4Header.minimumSize + segmented.headerSize,
                payload: UnsafeMutableRawBufferPointer(rebasing: packet[payload]))
            traffic += Traffic(packets: 1, bytes: UInt64(length))
        }
    }

    /// Sends what is in the batch, which `traffic` counts. What the kernel refuses was not output after all.
    private mutating func send(_ traffic: inout Traffic) {
        let shared = shared
        var sent = traffic
        unsafe socket.send(&batch) { errno, beginning, bytes in
            sent.packets -= 1
            sent.bytes -= UInt64(bytes - IPv4Header.minimumSize)
            unsafe shared.drop(beginning.bytes, StfDrop(sending: errno))
        }
        shared.count { $0.output += sent }
        traffic = Traffic()
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
