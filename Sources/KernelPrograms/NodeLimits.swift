// SPDX-License-Identifier: BSD-2-Clause
internal import CKernelPrograms

/// The node variables of net.inet6.ip6, in BSD's words (inet6(4)). The defaults are FreeBSD's, where it has constants.
///
/// Fragments are those of packets that this node reassembles for itself. They are counted from when they come until their
/// packet is complete, discarded (an overlap: RFC 5722), or over its lifetime; those that the kernel drops because
/// `net.ipv6.ip6frag_high_thresh` is reached count on until then. A fragment that is a whole packet (RFC 6946) is none.
public struct NodeLimits: Equatable, Sendable {
    /// Drop what comes to this node, by a wire, from one of its own addresses.
    public var sourceAddressValidation = true
    /// Headers that are processed of one packet at most, the transport's included and options for every hop not; 0 and
    /// below: no limit. More than 128 are too many whatever it says. If connections are tracked, a fragment header is
    /// gone before it could count.
    public var hdrnestlimit: Int32 = 15
    /// Fragments that wait at most; 0: none, below 0: no limit.
    public var maxfrags: Int32 = 16384
    /// Incomplete packets at most; 0: none, below 0: no limit, and none in a bucket either.
    public var maxfragpackets: Int32 = 16384
    /// Incomplete packets in each of 1024 hash buckets at most; 0 and below: none. There is place for 32.
    public var maxfragbucketsize: Int32 = 32
    /// Fragments of one incomplete packet at most; 0 and below: none. The one too many is dropped with all that follow, so
    /// that the packet never completes; those before it, which the kernel has, wait for the end of their lifetime.
    public var maxfragsperpacket: Int32 = 64
    /// How long an incomplete packet waits; the kernel's `net.ipv6.ip6frag_time` should say the same. 1 ms...49 days.
    public var fragmentLifetime: Duration = .seconds(60)
    /// Send ICMPv6 redirects, be it the kernel or a program that does.
    public var redirect = true
    /// Open TCP connections from and to deprecated addresses. If not, a SYN without ACK is dropped: the peer hears nothing,
    /// where BSD sends a reset, and connect(2) ends with ETIMEDOUT. What is not covered: bind(2), which BSD refuses
    /// (EADDRNOTAVAIL), the kernel's choice of a source address, and datagrams. Connections that exist go on.
    public var useDeprecated = true
    /// Tell of packets that are not forwarded for their source's sake: it is unspecified, or its scope ends before the
    /// destination. The latter is known from the ICMPv6 error of the kernel, and so as often as its rate limit has one.
    public var logCannotForward = true
    /// At most one event in so long; 0: all that there is room for. 0...49 days.
    public var logInterval: Duration = .seconds(5)

    /// Headers of one packet that are walked, options for every hop not counted.
    public static let walk = Int(NODE_WALK_MAX)
    /// Hash buckets of incomplete packets, and how many each has place for.
    public static let buckets = Int(NODE_BUCKETS)
    public static let bucketPlaces = Int(NODE_BUCKET_MAX)
    /// Ranges of one packet's bytes that are remembered.
    public static let ranges = Int(NODE_RANGES_MAX)

    public init() {}

    var record: node_limits {
        node_limits(
            hdrnestlimit: hdrnestlimit, maxfrags: maxfrags, maxfragpackets: maxfragpackets,
            maxfragbucketsize: maxfragbucketsize, maxfragsperpacket: maxfragsperpacket,
            fragment_lifetime_ms: max(1, fragmentLifetime.milliseconds), log_interval_ms: logInterval.milliseconds,
            source_address_validation: sourceAddressValidation ? 1 : 0, redirect: redirect ? 1 : 0,
            use_deprecated: useDeprecated ? 1 : 0, log_cannot_forward: logCannotForward ? 1 : 0)
    }
}

extension Duration {
    fileprivate var milliseconds: UInt32 {
        let (seconds, attoseconds) = components
        let (whole, isTooLong) = seconds.multipliedReportingOverflow(by: 1000)
        guard !isTooLong else { return seconds < 0 ? 0 : .max }
        return UInt32(clamping: whole + attoseconds / 1_000_000_000_000_000)
    }
}
