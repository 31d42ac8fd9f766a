// SPDX-License-Identifier: BSD-2-Clause
internal import Internet
internal import Puppet
internal import SystemIO

/// Puts frames of a device behind what is to be sent, as the peer takes them.
struct FrameWriter {
    /// Whether the peer cuts and sums by itself.
    var peerOffloads: Bool
    /// Whether it wants to know when they were seen.
    var isStamped: Bool
    /// An original: it takes shorter frames, without an offload header.
    var isLegacy: Bool
    /// Bytes; what an original slave can emit.
    var longest = Int.max

    /// Nil: it is there. Otherwise why it is not.
    func write(_ slot: Int, of batch: inout FrameBatch, to queue: inout ByteQueue) -> CarrierDrop? {
        let info = batch.info(slot)
        var start = 0
        if let tag = info.tag {
            batch.slab.withMutableBytes(slot, headroom: FrameWriter.tagSize) { bytes in
                EthernetFrame.insertTag(
                    protocol: tag.type, control: tag.control, moving: FrameOffload.size + 12, in: &bytes)
                FrameOffload.shift(by: FrameWriter.tagSize, at: 0, in: &bytes)
            }
            start = -FrameWriter.tagSize
        }
        let mark = FrameMark(
            isOutgoing: info.isOutgoing, stamp: isStamped && info.stamp != 0 ? info.stamp : nil)
        let length = batch.slab.length(slot) - start
        guard length >= FrameOffload.size + EthernetFrame.headerSize else { return .short }
        let offload = batch.slab.withSlot(slot, from: start) { FrameOffload($0, at: 0) }
        guard let offload else { return .offload }
        if peerOffloads || offload.isNothing {
            return append(slot, &batch, start, mark, to: &queue)
        }
        if offload.cut == .none, let checksum = offload.checksum {
            let isFinished = batch.slab.withMutableBytes(slot, headroom: -start) { bytes in
                for place in 0..<FrameOffload.size { bytes.put(0 as UInt8, at: place) }
                return FrameCutter.finish((FrameOffload.size + checksum.start, checksum.field), of: &bytes)
            }
            return isFinished ? append(slot, &batch, start, mark, to: &queue) : .offload
        }
        return cut(slot, &batch, start, offload, mark, to: &queue)
    }

    private static let tagSize = 4

    private func append(
        _ slot: Int, _ batch: inout FrameBatch, _ start: Int, _ mark: FrameMark, to queue: inout ByteQueue
    ) -> CarrierDrop? {
        let length = batch.slab.length(slot) - start
        guard !isLegacy else {
            let frame = length - FrameOffload.size
            guard frame <= min(longest, LegacyEncoder.frames.upperBound) else { return .tooLong }
            batch.slab.withMutableBytes(slot, headroom: -start) { bytes in
                let type = bytes.bytes.uint16(at: FrameOffload.size + 12)
                bytes.put(UInt16(frame + 2), at: FrameOffload.size - 4)
                bytes.put(type, at: FrameOffload.size - 2)
            }
            return queue.append(slot, of: batch.slab, from: start + FrameOffload.size - 4) ? nil : .late
        }
        let head = mark.size
        batch.slab.withMutableBytes(slot, headroom: head - start) { mark.write(before: length, to: &$0, at: 0) }
        return queue.append(slot, of: batch.slab, from: start - head) ? nil : .late
    }

    private func cut(
        _ slot: Int, _ batch: inout FrameBatch, _ start: Int, _ offload: FrameOffload, _ mark: FrameMark,
        to queue: inout ByteQueue
    ) -> CarrierDrop? {
        batch.slab.withSlot(slot, from: start) { whole in
            let frame = whole.extracting(FrameOffload.size...)
            guard let cutter = FrameCutter(frame, offload) else { return .offload }
            for index in 0..<cutter.count {
                let length = cutter.headerSize + cutter.payload(of: index).count
                guard length <= min(longest, isLegacy ? LegacyEncoder.frames.upperBound : Int.max) else {
                    return .tooLong
                }
                let head = isLegacy ? 4 : mark.size + FrameOffload.size
                let isThere = queue.append(upTo: head + length) { bytes in
                    if isLegacy {
                        bytes.put(UInt16(length + 2), at: 0)
                        bytes.put(frame.uint16(at: 12), at: 2)
                    } else {
                        mark.write(before: FrameOffload.size + length, to: &bytes, at: 0)
                        for place in mark.size..<head { bytes.put(0 as UInt8, at: place) }
                    }
                    return head + cutter.write(index, of: frame, to: &bytes, at: head)
                }
                guard isThere else { return .late }
            }
            return nil
        }
    }
}

extension PacketSlab {
    /// Looks at a packet from where it begins: in front of its place, if `start` is negative.
    func withSlot<Result>(_ slot: Int, from start: Int, _ body: (borrowing RawSpan) -> Result) -> Result {
        withBytes(slot, headroom: -start, body)
    }
}
