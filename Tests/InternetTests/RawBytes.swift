// SPDX-License-Identifier: BSD-2-Clause

extension [UInt8] {
    /// The bytes as a packet. Bytes have no invalid patterns, whatever the compiler says.
    func withRaw<Result>(_ body: (borrowing RawSpan) throws -> Result) rethrows -> Result {
        let span = self.span
        return try body(unsafe span.bytes)
    }

    mutating func withMutableRaw(_ body: (inout MutableRawSpan) throws -> Void) rethrows {
        var span = mutableSpan
        var raw = unsafe span.mutableBytes
        try body(&raw)
    }
}
