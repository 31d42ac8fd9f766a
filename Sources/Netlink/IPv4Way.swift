// SPDX-License-Identifier: BSD-2-Clause
internal import CMNL
public import Internet

/// Where the kernel leads packets to an IPv4 address.
public struct IPv4Way: Equatable, Sendable {
    public enum Kind: Equatable, Sendable {
        /// To one host, by the interface.
        case unicast
        /// To this host.
        case local
        case broadcast
        case multicast
        /// Nowhere.
        case other
    }

    public var kind: Kind
    public var index: UInt32
    /// The address that they are sent from.
    public var source: IPv4Address?

    @unsafe
    init?(_ message: RouteMessage) {
        guard let fixed = unsafe message.fixed(rtmsg.self) else { return nil }
        switch Int(fixed.rtm_type) {
        case Int(RTN_UNICAST): kind = .unicast
        case Int(RTN_LOCAL): kind = .local
        case Int(RTN_BROADCAST): kind = .broadcast
        case Int(RTN_MULTICAST): kind = .multicast
        default: kind = .other
        }
        let attributes = unsafe message.attributes(after: rtmsg.self)
        index = unsafe attributes.value(Int(RTA_OIF.rawValue), as: UInt32.self) ?? 0
        source = unsafe attributes.ipv4(Int(RTA_PREFSRC.rawValue))
    }
}
