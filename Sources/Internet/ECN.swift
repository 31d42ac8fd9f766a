// SPDX-License-Identifier: BSD-2-Clause

/// Explicit congestion notification: the low two bits of the traffic class (RFC 3168 §5).
public enum ECN: UInt8, CaseIterable, Sendable {
    case notCapable = 0b00
    case capable1 = 0b01
    case capable0 = 0b10
    case congested = 0b11

    @inlinable
    public init(trafficClass: UInt8) {
        self =
            switch trafficClass & 0b11 {
            case 0b00: .notCapable
            case 0b01: .capable1
            case 0b10: .capable0
            default: .congested
            }
    }

    /// The same traffic class with this in its low bits.
    @inlinable
    public func replacing(in trafficClass: UInt8) -> UInt8 {
        trafficClass & ~0b11 | rawValue
    }

    /// What the outer header gets on encapsulation when the tunnel is friendly to ECN: a congestion that the packet has
    /// met already stays inside (RFC 3168 §9.1.1, full functionality).
    @inlinable
    public var outer: ECN {
        self == .congested ? .capable0 : self
    }

    /// What the inner header gets on decapsulation (RFC 6040 §4.2, figure 4). Nil: congestion was met by a packet whose
    /// sender would not be told; it must be dropped.
    @inlinable
    public static func decapsulated(inner: ECN, outer: ECN) -> ECN? {
        switch (inner, outer) {
        case (.notCapable, .congested): nil
        case (.notCapable, _): .notCapable
        case (.congested, _), (_, .congested): .congested
        case (.capable0, .capable1): .capable1
        case (.capable0, _): .capable0
        case (.capable1, _): .capable1
        }
    }
}
