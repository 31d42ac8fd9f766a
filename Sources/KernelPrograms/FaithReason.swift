// SPDX-License-Identifier: BSD-2-Clause
internal import CKernelPrograms

/// Why something for a captured address was refused. Each is declared once, in `faith.h`.
public struct FaithReason: Hashable, Sendable, CustomStringConvertible {
    let number: UInt32

    /// All there are, in the order of their numbers.
    public static let all = (0..<FAITH_REASON_COUNT.rawValue).map { FaithReason(number: $0) }

    /// "no-relay". Nil: there is none of that name.
    public init?(_ name: String) {
        guard let reason = FaithReason.all.first(where: { $0.name == name }) else { return nil }
        self = reason
    }

    init(number: UInt32) {
        self.number = number
    }

    /// "no-relay"
    public var name: String { unsafe String(cString: ckernel_faith_reason_name(number)) }

    /// "nobody relays this TCP port of the prefix"
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
    public var refused: [FaithReason: UInt64] = [:]

    init(_ parts: [faith_counters]) {
        for reason in FaithReason.all { refused[reason] = 0 }
        for part in parts {
            packets &+= part.packets
            bytes &+= part.bytes
            unsafe withUnsafeBytes(of: part.refused) { counts in
                for reason in FaithReason.all {
                    let offset = Int(reason.number) * MemoryLayout<UInt64>.stride
                    let count = unsafe counts.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                    refused[reason, default: 0] &+= count
                }
            }
        }
    }
}
