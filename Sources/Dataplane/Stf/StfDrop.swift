// SPDX-License-Identifier: BSD-2-Clause
internal import CKernelPrograms
import Internet
import KernelPrograms

/// Why stf dropped a packet. Each reason is declared once, in `stf.h`: names, texts, counters and `stfctl -v` follow.
struct StfDrop: KernelReason, Error {
    static let count = Int(STF_REASON_COUNT.rawValue)

    let number: UInt32

    init(number: UInt32) {
        self.number = number
    }

    private init(_ reason: stf_reason) {
        number = reason.rawValue
    }

    /// The reason of one rule.
    private init(_ family: stf_family, _ rule: Int) {
        number = family.rawValue + UInt32(rule)
    }

    var name: String { unsafe String(cString: ckernel_stf_reason_name(number)) }
    var description: String { unsafe String(cString: ckernel_stf_reason_text(number)) }

    /// What the sender of a packet is told that could not go out. BSD tells a local sender the errno and a remote one
    /// "address unreachable" (ENETDOWN, ENETUNREACH in ip6_forward); here both are told by ICMPv6. About what came in
    /// nobody is told: whoever made it is not whom an error would reach.
    var error: ICMPv6Error? {
        UInt8(exactly: ckernel_stf_reason_told(number)).flatMap(ICMPv6Error.Unreachable.init).map(
            ICMPv6Error.unreachable)
    }
}

extension StfDrop {
    /// Of a packet from the IPv4 side; otherwise, of one to it.
    var isOfInput: Bool { ckernel_stf_reason_direction(number) == STF_INPUT }
}

// MARK: output

extension StfDrop {
    static let outputDown = StfDrop(STF_OUTPUT_DOWN)
    static let noOwnIPv4 = StfDrop(STF_NO_OWN_IPV4)
    static let outputNotIPv6 = StfDrop(STF_OUTPUT_NOT_IPV6)
    static let outputTruncated = StfDrop(STF_OUTPUT_TRUNCATED)
    static let outputNativeToNative = StfDrop(STF_OUTPUT_NATIVE_TO_NATIVE)
    static let outputSourceMismatch = StfDrop(STF_OUTPUT_SOURCE_MISMATCH)
    static let noNextHop = StfDrop(STF_NO_NEXT_HOP)
    static let outputToSelf = StfDrop(STF_OUTPUT_TO_SELF)
    static let unsegmentable = StfDrop(STF_UNSEGMENTABLE)
    static let outerUnreachable = StfDrop(STF_OUTER_UNREACHABLE)
    static let outerProhibited = StfDrop(STF_OUTER_PROHIBITED)
    static let sendQueueFull = StfDrop(STF_SEND_QUEUE_FULL)
    static let sendFailed = StfDrop(STF_SEND_FAILED)

    static func outputInnerDestination(_ rule: IPv6Rule) -> StfDrop {
        StfDrop(STF_OUTPUT_INNER_DESTINATION, rule.rawValue)
    }
    static func outputDestination(_ rule: IPv4Rule) -> StfDrop {
        StfDrop(STF_OUTPUT_DESTINATION, rule.rawValue)
    }
    static func outputInnerDestinationEmbeds(_ rule: IPv4Rule) -> StfDrop {
        StfDrop(STF_OUTPUT_INNER_DESTINATION_EMBEDS, rule.rawValue)
    }
}

// MARK: input

extension StfDrop {
    static let inputDown = StfDrop(STF_INPUT_DOWN)
    static let inputClosed = StfDrop(STF_INPUT_CLOSED)
    static let notForUs = StfDrop(STF_NOT_FOR_US)
    static let peerOutsidePrefix = StfDrop(STF_PEER_OUTSIDE_PREFIX)
    static let outerSourceSelf = StfDrop(STF_OUTER_SOURCE_SELF)
    static let ingress = StfDrop(STF_INGRESS)
    static let inputTruncated = StfDrop(STF_INPUT_TRUNCATED)
    static let inputNotIPv6 = StfDrop(STF_INPUT_NOT_IPV6)
    static let inputNativeToNative = StfDrop(STF_INPUT_NATIVE_TO_NATIVE)
    static let innerSourceMismatch = StfDrop(STF_INNER_SOURCE_MISMATCH)
    static let innerDestinationMismatch = StfDrop(STF_INNER_DESTINATION_MISMATCH)
    static let notRelay = StfDrop(STF_NOT_RELAY)
    static let wouldComeBack = StfDrop(STF_WOULD_COME_BACK)
    static let congestionUnseen = StfDrop(STF_CONGESTION_UNSEEN)
    static let deliveryFailed = StfDrop(STF_DELIVERY_FAILED)
    static let receiveQueueFull = StfDrop(STF_RECEIVE_QUEUE_FULL)
    static let errorAboutOthers = StfDrop(STF_ERROR_ABOUT_OTHERS)
    static let errorTruncated = StfDrop(STF_ERROR_TRUNCATED)

    static func outerDestination(_ rule: IPv4Rule) -> StfDrop { StfDrop(STF_OUTER_DESTINATION, rule.rawValue) }
    static func outerSource(_ rule: IPv4Rule) -> StfDrop { StfDrop(STF_OUTER_SOURCE, rule.rawValue) }
    static func innerDestination(_ rule: IPv6Rule) -> StfDrop { StfDrop(STF_INNER_DESTINATION, rule.rawValue) }
    static func innerDestinationEmbeds(_ rule: IPv4Rule) -> StfDrop {
        StfDrop(STF_INNER_DESTINATION_EMBEDS, rule.rawValue)
    }
    static func innerSource(_ rule: IPv6Rule) -> StfDrop { StfDrop(STF_INNER_SOURCE, rule.rawValue) }
    static func innerSourceEmbeds(_ rule: IPv4Rule) -> StfDrop { StfDrop(STF_INNER_SOURCE_EMBEDS, rule.rawValue) }
}
