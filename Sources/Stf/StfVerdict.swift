// SPDX-License-Identifier: BSD-2-Clause
public import Internet

/// What would become of a packet.
public enum StfVerdict: Equatable, Sendable {
    /// It leaves behind this header; or, if it is larger than the interface takes, so do its segments.
    case leaves(IPv4Header, inSegments: Bool)
    /// It arrives on the interface.
    case arrives(IPv6Header, trafficClass: UInt8)
    /// An ICMPv4 error, which becomes one to the sender of the packet that it quotes; nil if nobody may be told.
    case tells(IPv6Address?, ICMPv6Error)
    case dies(StfDrop, Told)
    /// It is larger than the interface takes, and the kernel drops it.
    case tooBig(mtu: Int, Told)
    /// It does not come as far as the rules.
    case ignored(Ignored)

    /// What the sender of a dropped packet is told.
    public enum Told: Equatable, Sendable {
        case nothing
        case error(ICMPv6Error)
        /// This, if bytes that nobody captured allow it.
        case perhaps(ICMPv6Error)
    }

    public enum Ignored: Equatable, Sendable {
        case notIPv4, fragment, noError, otherProtocol(UInt8)
        /// The rules ask for more.
        case notCaptured(captured: Int, length: Int)
        case sentByThisHost
        /// Its route is through another interface.
        case routedElsewhere
        case refusedByKernel(Objection)
    }

    /// Why the kernel drops a packet before anybody sees it.
    public enum Objection: Equatable, Sendable {
        case checksum, length, options, sourceRoute
    }
}

/// What explaining asks of the host, besides the rules.
public struct StfSurroundings: Sendable {
    /// Bytes of the largest IPv6 packet that the interface takes.
    public var mtu: Int
    /// Whether errors are sent at all (`net.inet6.icmp6.errppslimit`).
    public var sendsErrors: Bool
    /// Whether packets with a source route are accepted.
    public var takesSourceRoutes: Bool
    /// This host's IPv4 addresses.
    public var addresses: Set<IPv4Address>

    public init(mtu: Int, sendsErrors: Bool = true, takesSourceRoutes: Bool = false, addresses: Set<IPv4Address>) {
        self.mtu = mtu
        self.sendsErrors = sendsErrors
        self.takesSourceRoutes = takesSourceRoutes
        self.addresses = addresses
    }
}
