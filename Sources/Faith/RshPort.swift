// SPDX-License-Identifier: BSD-2-Clause

/// What an rsh client says first: the port on which it waits for the connection that carries the standard error of the
/// command, in decimal digits ended by NUL (rcmd(3)). Without digits, or with 0, there is no such connection.
public enum RshPort: Hashable, Sendable {
    /// The NUL has not come yet.
    case incomplete
    /// The first `length` bytes say that there is no second connection.
    case none(length: Int)
    /// The first `length` bytes name the port.
    case port(UInt16, length: Int)
    case invalid

    /// The ports that only a privileged program can have and that rcmd(3) chooses from. rshd(8) connects to no other, and
    /// a relay that did could be sent to any service of its client.
    public static let reserved: ClosedRange<UInt16> = 512...1023

    /// Reads the start of what the client sent; five digits are the most that can come.
    ///
    /// `1022\0` is 1022, `\0` is none, `102` is incomplete; `22\0`, `+1022\0` and `001022` are invalid.
    public init(startOf bytes: some Collection<UInt8>) {
        let digits = bytes.prefix { $0 != 0 }
        guard digits.count <= 5, digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
            self = .invalid
            return
        }
        guard digits.count < bytes.count else {
            self = .incomplete
            return
        }
        let number = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        if number == 0 {
            self = .none(length: digits.count + 1)
        } else if let port = UInt16(exactly: number), RshPort.reserved.contains(port) {
            self = .port(port, length: digits.count + 1)
        } else {
            self = .invalid
        }
    }

    /// What to say to the server instead, with the port on which the relay waits.
    public static func bytes(for port: UInt16) -> [UInt8] {
        Array(String(port).utf8) + [0]
    }
}
