// SPDX-License-Identifier: BSD-2-Clause
internal import CKernelPrograms

/// Why a packet died. Each is declared once, in `node.h`.
public struct NodeReason: Hashable, Sendable, CustomStringConvertible {
    let number: UInt32

    /// All there are, in the order of their numbers.
    public static let all = (0..<NODE_REASON_COUNT.rawValue).map { NodeReason(number: $0) }

    /// "source-is-own". Nil: there is none of that name.
    public init?(_ name: String) {
        guard let reason = NodeReason.all.first(where: { $0.name == name }) else { return nil }
        self = reason
    }

    init(number: UInt32) {
        self.number = number
    }

    /// "source-is-own"
    public var name: String { unsafe String(cString: ckernel_reason_name(number)) }

    /// "the source is an address of this node, which did not send it"
    public var description: String { unsafe String(cString: ckernel_reason_text(number)) }

    /// The kernel dropped the packet by itself, and it was only noticed.
    public var isNotice: Bool {
        number == NODE_UNSPECIFIED_NOT_FORWARDED.rawValue || number == NODE_SCOPE_NOT_FORWARDED.rawValue
    }
}

extension NodeReason {
    public static let sourceIsOwn = NodeReason(number: NODE_SOURCE_IS_OWN.rawValue)
    public static let tooManyHeaders = NodeReason(number: NODE_TOO_MANY_HEADERS.rawValue)
    public static let endlessHeaders = NodeReason(number: NODE_ENDLESS_HEADERS.rawValue)
    public static let nestedFragment = NodeReason(number: NODE_NESTED_FRAGMENT.rawValue)
    public static let maxfrags = NodeReason(number: NODE_MAXFRAGS.rawValue)
    public static let maxfragbucketsize = NodeReason(number: NODE_MAXFRAGBUCKETSIZE.rawValue)
    public static let maxfragpackets = NodeReason(number: NODE_MAXFRAGPACKETS.rawValue)
    public static let maxfragsperpacket = NodeReason(number: NODE_MAXFRAGSPERPACKET.rawValue)
    public static let fragmentTableFull = NodeReason(number: NODE_FRAGMENT_TABLE_FULL.rawValue)
    public static let fragmentScattered = NodeReason(number: NODE_FRAGMENT_SCATTERED.rawValue)
    public static let redirect = NodeReason(number: NODE_REDIRECT.rawValue)
    public static let deprecatedDestination = NodeReason(number: NODE_DEPRECATED_DESTINATION.rawValue)
    public static let deprecatedSource = NodeReason(number: NODE_DEPRECATED_SOURCE.rawValue)
    public static let unspecifiedNotForwarded = NodeReason(number: NODE_UNSPECIFIED_NOT_FORWARDED.rawValue)
    public static let scopeNotForwarded = NodeReason(number: NODE_SCOPE_NOT_FORWARDED.rawValue)
}
