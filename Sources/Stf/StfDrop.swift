// SPDX-License-Identifier: BSD-2-Clause
internal import CKernelPrograms
public import Internet
public import KernelPrograms

/// Why stf dropped a packet. Each reason is declared once, in `stf.h`: names, texts, counters and `stfctl -v` follow.
public struct StfDrop: KernelReason, Error {
    public static let count = Int(STF_REASON_COUNT.rawValue)

    public let number: UInt32

    public init(number: UInt32) {
        self.number = number
    }

    private init(_ reason: stf_reason) {
        number = reason.rawValue
    }

    /// The reason of one rule.
    private init(_ family: stf_family, _ rule: Int) {
        number = family.rawValue + UInt32(rule)
    }

    public var name: String { StfReasonText.name(number) }
    public var description: String { StfReasonText.description(number) }

    /// What the sender of a packet is told that could not go out. BSD tells a local sender the errno and a remote one
    /// "address unreachable" (ENETDOWN, ENETUNREACH in ip6_forward); here both are told by ICMPv6. About what came in
    /// nobody is told: whoever made it is not whom an error would reach.
    public var error: ICMPv6Error? {
        UInt8(exactly: ckernel_stf_reason_told(number)).flatMap(ICMPv6Error.Unreachable.init).map(
            ICMPv6Error.unreachable)
    }
}

extension StfDrop {
    /// Of a packet from the IPv4 side; otherwise, of one to it.
    public var isOfInput: Bool { ckernel_stf_reason_direction(number) == STF_INPUT }
}

// MARK: output

extension StfDrop {
    public static let outputDown = StfDrop(STF_OUTPUT_DOWN)
    public static let noOwnIPv4 = StfDrop(STF_NO_OWN_IPV4)
    public static let outputNotIPv6 = StfDrop(STF_OUTPUT_NOT_IPV6)
    public static let outputTruncated = StfDrop(STF_OUTPUT_TRUNCATED)
    public static let outputNativeToNative = StfDrop(STF_OUTPUT_NATIVE_TO_NATIVE)
    public static let outputSourceMismatch = StfDrop(STF_OUTPUT_SOURCE_MISMATCH)
    public static let noNextHop = StfDrop(STF_NO_NEXT_HOP)
    public static let outputToSelf = StfDrop(STF_OUTPUT_TO_SELF)
    public static let unsegmentable = StfDrop(STF_UNSEGMENTABLE)
    public static let outerUnreachable = StfDrop(STF_OUTER_UNREACHABLE)
    public static let outerProhibited = StfDrop(STF_OUTER_PROHIBITED)
    public static let sendQueueFull = StfDrop(STF_SEND_QUEUE_FULL)
    public static let sendFailed = StfDrop(STF_SEND_FAILED)

    public static func outputSource(_ rule: IPv4Rule) -> StfDrop { StfDrop(STF_OUTPUT_SOURCE, rule.rawValue) }
    public static func outputInnerDestination(_ rule: IPv6Rule) -> StfDrop {
        StfDrop(STF_OUTPUT_INNER_DESTINATION, rule.rawValue)
    }
    public static func outputDestination(_ rule: IPv4Rule) -> StfDrop {
        StfDrop(STF_OUTPUT_DESTINATION, rule.rawValue)
    }
    public static func outputInnerDestinationEmbeds(_ rule: IPv4Rule) -> StfDrop {
        StfDrop(STF_OUTPUT_INNER_DESTINATION_EMBEDS, rule.rawValue)
    }
}

// MARK: input

extension StfDrop {
    public static let inputDown = StfDrop(STF_INPUT_DOWN)
    public static let inputClosed = StfDrop(STF_INPUT_CLOSED)
    public static let notForUs = StfDrop(STF_NOT_FOR_US)
    public static let peerOutsidePrefix = StfDrop(STF_PEER_OUTSIDE_PREFIX)
    public static let outerSourceSelf = StfDrop(STF_OUTER_SOURCE_SELF)
    public static let ingress = StfDrop(STF_INGRESS)
    public static let inputTruncated = StfDrop(STF_INPUT_TRUNCATED)
    public static let inputNotIPv6 = StfDrop(STF_INPUT_NOT_IPV6)
    public static let inputNativeToNative = StfDrop(STF_INPUT_NATIVE_TO_NATIVE)
    public static let innerSourceMismatch = StfDrop(STF_INNER_SOURCE_MISMATCH)
    public static let innerDestinationMismatch = StfDrop(STF_INNER_DESTINATION_MISMATCH)
    public static let notRelay = StfDrop(STF_NOT_RELAY)
    public static let wouldComeBack = StfDrop(STF_WOULD_COME_BACK)
    public static let congestionUnseen = StfDrop(STF_CONGESTION_UNSEEN)
    public static let deliveryFailed = StfDrop(STF_DELIVERY_FAILED)
    public static let receiveQueueFull = StfDrop(STF_RECEIVE_QUEUE_FULL)
    public static let errorAboutOthers = StfDrop(STF_ERROR_ABOUT_OTHERS)
    public static let errorTruncated = StfDrop(STF_ERROR_TRUNCATED)

    public static func outerDestination(_ rule: IPv4Rule) -> StfDrop { StfDrop(STF_OUTER_DESTINATION, rule.rawValue) }
    public static func outerSource(_ rule: IPv4Rule) -> StfDrop { StfDrop(STF_OUTER_SOURCE, rule.rawValue) }
    public static func innerDestination(_ rule: IPv6Rule) -> StfDrop { StfDrop(STF_INNER_DESTINATION, rule.rawValue) }
    public static func innerDestinationEmbeds(_ rule: IPv4Rule) -> StfDrop {
        StfDrop(STF_INNER_DESTINATION_EMBEDS, rule.rawValue)
    }
    public static func innerSource(_ rule: IPv6Rule) -> StfDrop { StfDrop(STF_INNER_SOURCE, rule.rawValue) }
    public static func innerSourceEmbeds(_ rule: IPv4Rule) -> StfDrop {
        StfDrop(STF_INNER_SOURCE_EMBEDS, rule.rawValue)
    }
}
