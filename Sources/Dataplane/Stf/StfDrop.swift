// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet

/// Why stf dropped a packet. Each reason is here once; names, counters and `stfctl -v` follow.
enum StfDrop: Error, PacketDrop {
    // Output, in the order of the checks.
    case outputDown
    case noOwnIPv4
    case outputNotIPv6
    case outputTruncated
    case outputInnerDestination(IPv6Rule)
    case outputNativeToNative
    case outputSourceMismatch
    case noNextHop
    case outputDestination(IPv4Rule)
    case outputInnerDestinationEmbeds(IPv4Rule)
    case outputToSelf
    case unsegmentable
    case outerUnreachable
    case outerProhibited
    case sendQueueFull
    case sendFailed

    // Input, in the order of the checks.
    case inputDown
    case inputClosed
    case notForUs
    case peerOutsidePrefix
    case outerDestination(IPv4Rule)
    case outerSource(IPv4Rule)
    case outerSourceSelf
    case ingress
    case inputTruncated
    case inputNotIPv6
    case innerDestination(IPv6Rule)
    case innerDestinationEmbeds(IPv4Rule)
    case innerSource(IPv6Rule)
    case innerSourceEmbeds(IPv4Rule)
    case inputNativeToNative
    case innerSourceMismatch
    case innerDestinationMismatch
    case notRelay
    case wouldComeBack
    case congestionUnseen
    case deliveryFailed
    case receiveQueueFull
    case errorAboutOthers
    case errorTruncated

    /// In the order of the checks; `StfCounters` has one counter for each.
    static let all: [StfDrop] =
        [.outputDown, .noOwnIPv4, .outputNotIPv6, .outputTruncated]
        + IPv6Rule.allCases.map(StfDrop.outputInnerDestination)
        + [.outputNativeToNative, .outputSourceMismatch, .noNextHop]
        + IPv4Rule.allCases.map(StfDrop.outputDestination)
        + IPv4Rule.allCases.map(StfDrop.outputInnerDestinationEmbeds)
        + [.outputToSelf, .unsegmentable, .outerUnreachable, .outerProhibited, .sendQueueFull, .sendFailed]
        + [.inputDown, .inputClosed, .notForUs, .peerOutsidePrefix]
        + IPv4Rule.allCases.map(StfDrop.outerDestination)
        + IPv4Rule.allCases.map(StfDrop.outerSource)
        + [.outerSourceSelf, .ingress, .inputTruncated, .inputNotIPv6]
        + IPv6Rule.allCases.map(StfDrop.innerDestination)
        + IPv4Rule.allCases.map(StfDrop.innerDestinationEmbeds)
        + IPv6Rule.allCases.map(StfDrop.innerSource)
        + IPv4Rule.allCases.map(StfDrop.innerSourceEmbeds)
        + [.inputNativeToNative, .innerSourceMismatch, .innerDestinationMismatch, .notRelay, .wouldComeBack]
        + [.congestionUnseen, .deliveryFailed, .receiveQueueFull, .errorAboutOthers, .errorTruncated]

    var direction: Direction {
        switch self {
        case .outputDown, .noOwnIPv4, .outputNotIPv6, .outputTruncated, .outputInnerDestination, .outputNativeToNative,
            .outputSourceMismatch,
            .noNextHop, .outputDestination, .outputInnerDestinationEmbeds, .outputToSelf, .unsegmentable,
            .outerUnreachable, .outerProhibited, .sendQueueFull, .sendFailed:
            .output
        case .inputDown, .inputClosed, .notForUs, .peerOutsidePrefix, .outerDestination, .outerSource, .outerSourceSelf,
            .ingress, .inputTruncated, .inputNotIPv6, .innerDestination, .innerDestinationEmbeds, .innerSource,
            .innerSourceEmbeds, .inputNativeToNative, .innerSourceMismatch, .innerDestinationMismatch, .notRelay,
            .wouldComeBack, .congestionUnseen, .deliveryFailed, .receiveQueueFull,
            .errorAboutOthers, .errorTruncated:
            .input
        }
    }

    /// A name that scripts may rely on, unique within its direction.
    var name: String {
        switch self {
        case .outputDown, .inputDown: "down"
        case .noOwnIPv4: "no-own-ipv4"
        case .outputNotIPv6, .inputNotIPv6: "not-ipv6"
        case .outputTruncated, .inputTruncated: "truncated"
        case .outputNativeToNative, .inputNativeToNative: "native-to-native"
        case .outputSourceMismatch: "inner-source-mismatch"
        case .noNextHop: "no-next-hop"
        case .outputDestination(let rule): "outer-destination-\(rule.name)"
        case .outputToSelf: "outer-destination-self"
        case .unsegmentable: "unsegmentable"
        case .outerUnreachable: "outer-unreachable"
        case .outerProhibited: "outer-prohibited"
        case .sendQueueFull: "send-queue-full"
        case .sendFailed: "send-failed"
        case .inputClosed: "input-closed"
        case .outerSourceSelf: "outer-source-self"
        case .ingress: "ingress"
        case .innerSourceMismatch: "inner-source-mismatch"
        case .innerDestinationMismatch: "inner-destination-mismatch"
        case .notRelay: "not-relay"
        case .wouldComeBack: "would-come-back"
        case .congestionUnseen: "congestion-unseen"
        case .notForUs: "not-for-us"
        case .peerOutsidePrefix: "peer-outside-prefix"
        case .outerDestination(let rule): "outer-destination-\(rule.name)"
        case .outerSource(let rule): "outer-source-\(rule.name)"
        case .innerDestination(let rule), .outputInnerDestination(let rule): "inner-destination-\(rule.name)"
        case .innerDestinationEmbeds(let rule), .outputInnerDestinationEmbeds(let rule):
            "inner-destination-embeds-\(rule.name)"
        case .innerSource(let rule): "inner-source-\(rule.name)"
        case .innerSourceEmbeds(let rule): "inner-source-embeds-\(rule.name)"
        case .deliveryFailed: "delivery-failed"
        case .receiveQueueFull: "receive-queue-full"
        case .errorAboutOthers: "error-about-others"
        case .errorTruncated: "error-truncated"
        }
    }

    var description: String {
        switch self {
        case .outputDown, .inputDown: "the interface is down"
        case .noOwnIPv4: "no address, or this host does not have the IPv4 address that goes with it"
        case .outputNotIPv6, .inputNotIPv6: "not an IPv6 packet"
        case .outputTruncated, .inputTruncated: "shorter than its header says"
        case .outputNativeToNative, .inputNativeToNative: "neither IPv6 address belongs to the domain"
        case .outputSourceMismatch: "the IPv6 source belongs to another site"
        case .noNextHop: "neither the destination nor the gateway of its route lies within the prefix"
        case .outputDestination(let rule): "the IPv4 destination would be \(rule.description)"
        case .outputToSelf: "the IPv4 destination would be our own address"
        case .unsegmentable: "a large packet of a kind that cannot be cut into segments"
        case .outerUnreachable: "no route to the IPv4 destination"
        case .outerProhibited: "a firewall rule prohibits the IPv4 packet"
        case .sendQueueFull: "the kernel's queue for IPv4 packets is full"
        case .sendFailed: "the kernel refused the IPv4 packet"
        case .inputClosed: "link0 closes the input"
        case .outerSourceSelf: "the IPv4 source is our own address"
        case .ingress: "the route to the IPv4 source leaves by another interface than it came from (link2 permits)"
        case .innerSourceMismatch: "the IPv6 source embeds another IPv4 address than the packet came from"
        case .innerDestinationMismatch: "the IPv6 destination embeds another IPv4 address than the packet came to"
        case .notRelay: "the IPv6 destination is native, and only prefix length 16 makes a relay"
        case .wouldComeBack: "the route to the IPv6 destination leads back into the tunnel"
        case .congestionUnseen: "congestion was met on the way, of which the IPv6 packet cannot tell (link1)"
        case .notForUs: "the IPv4 destination is not the one that goes with our address"
        case .peerOutsidePrefix: "the IPv4 source is outside the block that the prefix length allows"
        case .outerDestination(let rule): "the IPv4 destination is \(rule.description)"
        case .outerSource(let rule): "the IPv4 source is \(rule.description)"
        case .innerDestination(let rule), .outputInnerDestination(let rule):
            "the IPv6 destination is \(rule.description)"
        case .innerDestinationEmbeds(let rule), .outputInnerDestinationEmbeds(let rule):
            "the IPv6 destination embeds an IPv4 address \(rule.description)"
        case .innerSource(let rule): "the IPv6 source is \(rule.description)"
        case .innerSourceEmbeds(let rule): "the IPv6 source embeds an IPv4 address \(rule.description)"
        case .deliveryFailed: "the kernel did not take the IPv6 packet"
        case .receiveQueueFull: "the packets came faster than they could be taken"
        case .errorAboutOthers: "an ICMP error about a packet that we would not have sent"
        case .errorTruncated: "an ICMP error that does not quote enough to tell the sender"
        }
    }
}

extension StfDrop {
    /// What the sender of a packet is told that could not go out. BSD tells a local sender the errno and a remote one
    /// "address unreachable" (ENETDOWN, ENETUNREACH in ip6_forward); here both are told by ICMPv6.
    var error: ICMPv6Error? {
        switch self {
        case .noOwnIPv4, .noNextHop, .outputDestination, .outputInnerDestinationEmbeds, .outputToSelf:
            .unreachable(.address)
        case .outputSourceMismatch: .unreachable(.sourceFailedPolicy)
        case .outputNativeToNative: .unreachable(.prohibited)
        case .outputDown, .outputNotIPv6, .outputTruncated, .outputInnerDestination, .unsegmentable, .outerUnreachable,
            .outerProhibited,
            .sendQueueFull, .sendFailed:
            nil
        case .inputDown, .inputClosed, .notForUs, .peerOutsidePrefix, .outerDestination, .outerSource,
            .outerSourceSelf, .ingress, .inputTruncated, .inputNotIPv6, .innerDestination, .innerDestinationEmbeds,
            .innerSource, .innerSourceEmbeds, .inputNativeToNative, .innerSourceMismatch, .innerDestinationMismatch,
            .notRelay, .wouldComeBack, .congestionUnseen, .deliveryFailed, .receiveQueueFull,
            .errorAboutOthers, .errorTruncated:
            // Whoever made it is not whom an error would reach.
            nil
        }
    }
}

/// What an interface did, counted. One thread at a time changes it.
struct StfCounters: Sendable {
    var input = Traffic()
    var output = Traffic()
    private var drops: [UInt64] = Array(repeating: 0, count: StfDrop.all.count)
    private static let places = Dictionary(uniqueKeysWithValues: StfDrop.all.enumerated().map { ($1, $0) })

    subscript(_ drop: StfDrop) -> UInt64 {
        get { drops[StfCounters.places[drop] ?? 0] }
        set { drops[StfCounters.places[drop] ?? 0] = newValue }
    }

    var status: CounterStatus {
        CounterStatus(input: input, output: output, drops: zip(StfDrop.all, drops).map { $0.status($1) })
    }
}
