// SPDX-License-Identifier: BSD-2-Clause
public import Internet

/// Why a captured connection is not relayed. Each reason is here once; names, counters and what is shown follow.
public enum FaithRefusal: Hashable, Sendable {
    // In the order of the checks.
    case outsidePrefix
    case reservedBits
    case notGlobal
    /// A private or shared address is refused only if no rule names it.
    case destination(IPv4Rule)
    case denied
    case noRule
    /// What the kernel says, not the policy; so does it of broadcast addresses.
    case ownAddress

    /// In the order of the checks.
    public static let all: [FaithRefusal] =
        [.outsidePrefix, .reservedBits, .notGlobal] + IPv4Rule.allCases.map(FaithRefusal.destination)
        + [.denied, .noRule, .ownAddress]

    /// The place in ``all``, for counters.
    public var index: Int {
        switch self {
        case .outsidePrefix: 0
        case .reservedBits: 1
        case .notGlobal: 2
        case .destination(let rule): 3 + rule.rawValue
        case .denied: 3 + FaithRefusal.rules
        case .noRule: 4 + FaithRefusal.rules
        case .ownAddress: 5 + FaithRefusal.rules
        }
    }

    private static let rules = IPv4Rule.allCases.count

    /// A name that scripts may rely on.
    public var name: String {
        switch self {
        case .outsidePrefix: "outside-prefix"
        case .reservedBits: "reserved-bits"
        case .notGlobal: "not-global"
        case .destination(let rule): "destination-\(rule.name)"
        case .denied: "denied"
        case .noRule: "no-rule"
        case .ownAddress: "own-address"
        }
    }

    public var description: String {
        switch self {
        case .outsidePrefix: "the address is not within the prefix"
        case .reservedBits: "bits 64 to 71 of the address are not zero (RFC 6052)"
        case .notGlobal: "behind 64:ff9b::/96 only global IPv4 addresses can be reached (RFC 6052)"
        case .destination(let rule) where rule == .privateNetwork || rule == .sharedSpace:
            "the IPv4 destination is \(rule.description), and no rule names it"
        case .destination(let rule): "the IPv4 destination is \(rule.description)"
        case .denied: "a rule denies it"
        case .noRule: "no rule permits it"
        case .ownAddress: "the IPv4 destination is this host, as its routes have it"
        }
    }

    init(_ error: FaithPrefixError) {
        switch error {
        case .reservedBits: self = .reservedBits
        case .notGlobal: self = .notGlobal
        case .outsidePrefix, .otherBlock, .notPrefix, .notAddress, .badLength: self = .outsidePrefix
        }
    }
}
