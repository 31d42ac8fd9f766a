// SPDX-License-Identifier: BSD-2-Clause
public import Internet

/// Why a prefix or an address cannot be mapped.
public enum FaithPrefixError: Error, Hashable, Sendable {
    /// `2001:db8::` or `2001:db8::/129`
    case notPrefix
    /// `192.0.2`
    case notAddress
    case badLength(Int)
    case reservedBits
    case outsidePrefix
    case otherBlock
    case notGlobal(IPv4Address)

    public var description: String {
        switch self {
        case .notPrefix: "not an IPv6 prefix"
        case .notAddress: "not an address"
        case .badLength(let length): "no IPv4 address has a place behind a prefix of length \(length)"
        case .reservedBits: "bits 64 to 71 must be zero (RFC 6052)"
        case .outsidePrefix: "not within the prefix"
        case .otherBlock: "not within the part of the IPv4 Internet that the prefix is for"
        case .notGlobal(let address): "\(address) is not global, as all behind 64:ff9b::/96 must be (RFC 6052)"
        }
    }
}
