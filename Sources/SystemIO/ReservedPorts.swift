// SPDX-License-Identifier: BSD-2-Clause
import SystemPackage

/// The ports that only privileged programs can have, one after the other as rresvport(3) tries them.
public struct ReservedPorts: Sendable {
    /// Those that glibc's bindresvport(3) takes: below, well-known services are too many.
    public static let range: ClosedRange<UInt16> = 600...1023

    private var next = ReservedPorts.range.upperBound

    public init() {}

    /// Has `body` try ports until one is free.
    /// - Throws: what `body` does, but for a port that is in use; EADDRINUSE if all are.
    public mutating func use<Result: ~Copyable>(
        _ body: (UInt16) throws(SystemError) -> Result
    ) throws(SystemError) -> Result {
        for _ in ReservedPorts.range {
            let port = next
            next = port > ReservedPorts.range.lowerBound ? port - 1 : ReservedPorts.range.upperBound
            do throws(SystemError) {
                return try body(port)
            } catch let error where error.isPortInUse {
                continue
            }
        }
        throw SystemError("bind", .addressInUse)
    }
}

extension SystemError {
    /// connect(2) says EADDRNOTAVAIL of a port that has such a connection already; from bind(2) it is about the address.
    fileprivate var isPortInUse: Bool {
        errno == .addressInUse || (errno == .addressNotAvailable && call == "connect")
    }
}
