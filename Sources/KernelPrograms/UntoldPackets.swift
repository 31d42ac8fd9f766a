// SPDX-License-Identifier: BSD-2-Clause
internal import CKernelPrograms
internal import Synchronization
public import SystemIO

/// A packet of a protocol that is not relayed, which was dropped without a word.
public struct UntoldPacket: Equatable, Sendable {
    /// Of the prefix that it was for.
    public var slot: Int
    /// The packet, from its IPv6 header on, as far as an ICMPv6 error quotes it.
    public var beginning: [UInt8]

    /// Nil: the record is none.
    init?(_ record: [UInt8]) {
        guard record.count >= MemoryLayout<faith_untold>.size else { return nil }
        let fields = unsafe record.withUnsafeBytes { bytes in
            unsafe (
                bytes.loadUnaligned(as: UInt32.self),
                bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
            )
        }
        slot = Int(fields.0)
        beginning = Array(record[8...].prefix(Int(fields.1)))
    }
}

/// Where the kernel leaves them, at most some fifty at a time. Any thread may take them.
public final class UntoldPackets: Sendable {
    private let ring: Mutex<EventRing>
    /// Readable when there is one.
    public let pollable: PollDescriptor

    init(map: Int32) throws(KernelProgramError) {
        let ring = try EventRing(map: map)
        pollable = PollDescriptor(watching: ring.number)
        self.ring = Mutex(ring)
    }

    /// Takes what is there.
    public func take() throws(KernelProgramError) -> [UntoldPacket] {
        try ring.withLock { ring throws(KernelProgramError) in try ring.take() }.compactMap { UntoldPacket($0) }
    }
}
