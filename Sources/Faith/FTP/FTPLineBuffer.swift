// SPDX-License-Identifier: BSD-2-Clause

/// Puts the lines of a control connection together, wherever they were split on their way. A line ends with LF, whatever
/// of Telnet's is before it; the CR that belongs there is not asked for.
struct FTPLineBuffer: Codable, Sendable {
    /// Bytes that a line may have: a command with a path of 4096 bytes, each doubled.
    static let limit = 8200

    enum Item: Equatable {
        /// Without its end.
        case line(ArraySlice<UInt8>)
        /// Said once, when the line is longer than may be; the rest of it is thrown away.
        case overflow
    }

    private var line: [UInt8] = []
    private var isOverflowing = false

    mutating func take(_ byte: UInt8) -> Item? {
        let isEnd = byte == UInt8(ascii: "\n")
        if isOverflowing {
            isOverflowing = !isEnd
            return nil
        }
        if isEnd { return .line(takeRest()) }
        line.append(byte)
        guard line.count >= FTPLineBuffer.limit else { return nil }
        isOverflowing = true
        line = []
        return .overflow
    }

    /// The line that has not ended.
    mutating func takeRest() -> ArraySlice<UInt8> {
        defer { line = [] }
        return line.last == UInt8(ascii: "\r") ? line.dropLast() : line[...]
    }
}
