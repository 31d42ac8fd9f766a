// SPDX-License-Identifier: BSD-2-Clause
internal import Internet

/// The body of a record that says several things: each with its type and its length, two bytes each, and its value. What is
/// not known is passed over.
struct Attributes {
    private var encoded: [UInt8] = []

    init() {}

    var bytes: [UInt8] { encoded }

    mutating func put(_ type: UInt16, _ value: [UInt8]) {
        encoded += Bytes.of(type) + Bytes.of(UInt16(value.count)) + value
    }

    mutating func put(_ type: UInt16, _ value: some FixedWidthInteger & UnsignedInteger) {
        put(type, Bytes.of(value))
    }

    mutating func put(_ type: UInt16, _ text: String) { put(type, Array(text.utf8)) }

    /// Gives each of them to `body`.
    /// - Returns: false if they do not end where the range does.
    static func read(
        _ bytes: borrowing RawSpan, _ range: Range<Int>,
        _ body: (_ type: UInt16, _ value: ArraySlice<UInt8>) throws(WireFault) -> Void
    ) throws(WireFault) -> Bool {
        var place = range.lowerBound
        while place < range.upperBound {
            guard range.upperBound - place >= 4 else { return false }
            let length = Int(bytes.uint16(at: place + 2))
            guard range.upperBound - place - 4 >= length else { return false }
            try body(bytes.uint16(at: place), bytes.bytes(place + 4..<place + 4 + length)[...])
            place += 4 + length
        }
        return true
    }
}

extension ArraySlice<UInt8> {
    /// The bytes as one number; nil if they are not as many as it has.
    func integer<Number: FixedWidthInteger & UnsignedInteger>(_: Number.Type) -> Number? {
        guard count == Number.bitWidth / 8 else { return nil }
        return reduce(0) { $0 << 8 | Number($1) }
    }
}
