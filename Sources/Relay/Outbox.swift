// SPDX-License-Identifier: BSD-2-Clause

/// Bytes on their way to a peer that does not take them yet.
struct Outbox {
    private var bytes: [UInt8] = []
    private var start = 0

    var isEmpty: Bool { start == bytes.count }
    var count: Int { bytes.count - start }
    var rest: ArraySlice<UInt8> { bytes[start...] }

    mutating func append(_ more: [UInt8]) {
        if isEmpty { removeAll() }
        bytes += more
    }

    /// - Parameter count: of the first of `rest`, which were sent.
    mutating func remove(_ count: Int) {
        start += count
        if isEmpty { removeAll() }
    }

    mutating func removeAll() {
        // What is silent holds no memory.
        bytes = []
        start = 0
    }
}
