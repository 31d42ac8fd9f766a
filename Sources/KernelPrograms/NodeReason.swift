// SPDX-License-Identifier: BSD-2-Clause
internal import CKernelPrograms

/// Why a packet died of a node variable. Each is declared once, in `node.h`.
public struct NodeReason: KernelReason {
    public static let count = Int(NODE_REASON_COUNT.rawValue)

    public let number: UInt32

    public init(number: UInt32) {
        self.number = number
    }

    private init(_ reason: node_reason) {
        number = reason.rawValue
    }

    public var name: String { unsafe String(cString: ckernel_node_reason_name(number)) }
    public var description: String { unsafe String(cString: ckernel_node_reason_text(number)) }

    /// The kernel dropped the packet by itself, and it was only noticed.
    public var isNotice: Bool { self == .unspecifiedNotForwarded || self == .scopeNotForwarded }

    public static let sourceIsOwn = NodeReason(NODE_SOURCE_IS_OWN)
    public static let tooManyHeaders = NodeReason(NODE_TOO_MANY_HEADERS)
    public static let endlessHeaders = NodeReason(NODE_ENDLESS_HEADERS)
    public static let nestedFragment = NodeReason(NODE_NESTED_FRAGMENT)
    public static let maxfrags = NodeReason(NODE_MAXFRAGS)
    public static let maxfragbucketsize = NodeReason(NODE_MAXFRAGBUCKETSIZE)
    public static let maxfragpackets = NodeReason(NODE_MAXFRAGPACKETS)
    public static let maxfragsperpacket = NodeReason(NODE_MAXFRAGSPERPACKET)
    public static let fragmentTableFull = NodeReason(NODE_FRAGMENT_TABLE_FULL)
    public static let fragmentScattered = NodeReason(NODE_FRAGMENT_SCATTERED)
    public static let redirect = NodeReason(NODE_REDIRECT)
    public static let deprecatedDestination = NodeReason(NODE_DEPRECATED_DESTINATION)
    public static let deprecatedSource = NodeReason(NODE_DEPRECATED_SOURCE)
    public static let unspecifiedNotForwarded = NodeReason(NODE_UNSPECIFIED_NOT_FORWARDED)
    public static let scopeNotForwarded = NodeReason(NODE_SCOPE_NOT_FORWARDED)
}
