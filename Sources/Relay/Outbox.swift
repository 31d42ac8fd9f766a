// SPDX-License-Identifier: BSD-2-Clause

/// Bytes on their way to a peer that does not take them yet. One of them may be urgent, as TCP knows of one at a time.
struct Outbox: Codable {
    private var bytes: [UInt8] = []
    private var start = 0
    private var urgent: Int?

    var isEmpty: Bool { start == bytes.count }
    var count: Int { bytes.count - start }
    /// What may be sent at once: all up to the urgent byte.
    var plain: ArraySlice<UInt8> { bytes[start..<(urgent ?? bytes.count)] }
    /// The urgent byte, if it is the next one.
    var urgentByte: UInt8? { urgent == start ? bytes[start] : nil }

    /// - Parameter urgent: the place of the urgent byte in `more`.
    mutating func append(_ more: [UInt8], urgent: Int? = nil) {
        if isEmpty { removeAll() }
        if let urgent { self.urgent = bytes.count + urgent }
        bytes += more
    }

    /// - Parameter count: of the next bytes, which were sent.
    mutating func remove(_ count: Int) {
        start += count
        if let urgent, urgent < start { self.urgent = nil }
        if isEmpty { removeAll() }
    }

    mutating func removeAll() {
        // What is silent holds no memory.
        bytes = []
        start = 0
        urgent = nil
    }
}
