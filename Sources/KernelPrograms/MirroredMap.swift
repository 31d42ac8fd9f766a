// SPDX-License-Identifier: BSD-2-Clause

/// A map that only this process changes, and what it holds: only what differs is told to the kernel.
struct MirroredMap<Key: Hashable, Record: BitwiseCopyable, Value: BitwiseCopyable & Equatable> {
    private let map: KernelMap<Record, Value>
    /// A key as the program has it.
    private let record: (Key) -> Record
    private(set) var known: [Key: Value] = [:]

    init(_ map: KernelMap<Record, Value>, _ record: @escaping (Key) -> Record) {
        self.map = map
        self.record = record
    }

    /// Makes it hold these, and nothing else. What is new comes before what is old goes, so that nothing is missing
    /// meanwhile.
    /// - Throws: ENOSPC or E2BIG if there is no room; then some are missing.
    mutating func bring(to wanted: [Key: Value]) throws(KernelProgramError) {
        for (key, value) in wanted where known[key] != value {
            try map.set(record(key), to: value)
            known[key] = value
        }
        for key in known.keys where wanted[key] == nil {
            try map.remove(record(key))
            known[key] = nil
        }
    }
}
