// SPDX-License-Identifier: BSD-2-Clause
internal import CKernelPrograms
public import Internet

/// A packet that was not forwarded for its source's sake; what BSD logs as
/// `cannot forward src %s, dst %s, nxt %d, rcvif %s`.
public struct CannotForward: Equatable, Sendable {
    /// "unspecified-not-forwarded" or "scope-not-forwarded".
    public var reason: NodeReason
    public var source: IPv6Address
    public var destination: IPv6Address
    /// Of the fixed header.
    public var nextHeader: UInt8
    /// The index of the interface where it came in.
    public var interface: UInt32
    /// How many there were between the event before and this one.
    public var unreported: UInt64

    /// Nil: it is no event.
    init?(_ record: [UInt8]) {
        guard record.count >= MemoryLayout<node_event>.size else { return nil }
        let event = unsafe record.withUnsafeBytes { unsafe $0.loadUnaligned(as: node_event.self) }

        reason = NodeReason(number: event.reason)
        source = event.source.address
        destination = event.destination.address
        nextHeader = event.next_header
        interface = event.interface
        unreported = event.unreported
    }
}
