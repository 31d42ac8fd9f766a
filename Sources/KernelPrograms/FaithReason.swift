// SPDX-License-Identifier: BSD-2-Clause
internal import CKernelPrograms

/// Why something for a captured address was refused. Each is declared once, in `faith.h`.
public struct FaithReason: KernelReason {
    public static let count = Int(FAITH_REASON_COUNT.rawValue)

    public let number: UInt32

    public init(number: UInt32) {
        self.number = number
    }

    public var name: String { unsafe String(cString: ckernel_faith_reason_name(number)) }
    public var description: String { unsafe String(cString: ckernel_faith_reason_text(number)) }
}

/// What came to the prefixes of a slot.
public struct FaithCounters: Equatable, Sendable {
    /// Packets that came to local delivery, whatever became of them; the kernel may have merged several of one connection
    /// (GRO), and fragments before they were put together are counted one by one. 0 without `silence.bpf.c`.
    public var packets: UInt64 = 0
    /// Their bytes, with the IPv6 header.
    public var bytes: UInt64 = 0
    /// Of each reason, how often: connections and datagrams that were refused, packets that were dropped.
    public var refused = ReasonCounts<FaithReason>()

    init(_ parts: [faith_counters]) {
        for part in parts {
            packets &+= part.packets
            bytes &+= part.bytes
            unsafe withUnsafeBytes(of: part.refused) { counts in
                for reason in FaithReason.all {
                    let offset = Int(reason.number) * MemoryLayout<UInt64>.stride
                    let count = unsafe counts.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                    refused[reason] &+= count
                }
            }
        }
    }
}
