// SPDX-License-Identifier: BSD-2-Clause
public import Internet
public import Stf
import TestSupport

/// One row of the table that every engine of stf has to pass: a packet, what the interface is like, and the bytes that
/// come out, or the reason why none do.
///
/// The site is 2002:c000:201::/48, this host 192.0.2.1, on interface 2 to 192.0.2.0/24. The peer is 198.51.100.7, that is
/// 2002:c633:6407::, the relay 192.88.99.1, 2002:c058:6301::.
public struct StfPacket: CustomStringConvertible, Sendable {
    public let name: String
    public let direction: Direction
    public let site: Site
    public let packet: [UInt8]
    public let outcome: Outcome
    private let engines: Engines

    public enum Direction: Sendable {
        /// From the IPv6 side, as the kernel routes it out of the interface.
        case output
        /// From the IPv4 side, of protocol 41.
        case input
        /// An ICMPv4 error from there.
        case error
    }

    public enum Outcome: Equatable, Sendable {
        case passes([UInt8])
        case dies(StfDrop)
        /// The sender of the quoted packet is told.
        case tells(ICMPv6Error)
        /// It is no error that is passed on.
        case ignored
    }

    public enum Engines: Sendable {
        case all
        /// Any other engine leaves such a packet to the one in Swift, so nobody need think that it is tested there.
        case swift
    }

    public var description: String { "\(direction): \(name)" }

    /// What a row changes about the interface, number 9, and the host.
    public struct Site: Sendable {
        public var isUp = true
        public var link0 = false
        public var link1 = false
        public var link2 = false
        public var prefixLength = 16
        public var own = "192.0.2.1"
        public var hasIPv4 = true
        public var domain: TunnelDomain? = SixToFour.domain
        /// The border relay of a 6rd domain.
        public var relay: IPv4Address?
        public var otherRelays: Set<IPv4Address> = []
        public var permits = StfPermissions()
        public var checksPairing = true
        public var checksLoops = true
        public var timeToLive: UInt8 = 40
        /// Nil for a route that names none.
        public var gateways: [String: String?] = ["::/0": "2002:c058:6301::1"]
        /// The interface that the packet came from; all IPv4 routes lead to 2.
        public var arrivesOn: UInt32 = 2
        /// Where IPv6 routes lead: 3 is a LAN, 9 the tunnel itself; nil is nowhere.
        public var nativeRoutesLeadTo: UInt32? = 3

        public init() {}
    }

    static func output(
        _ name: String, _ packet: [UInt8], _ outcome: Outcome, by engines: Engines = .all,
        _ change: (inout Site) -> Void = { _ in }
    ) -> StfPacket {
        StfPacket(name, .output, packet, outcome, engines, change)
    }

    static func input(
        _ name: String, _ packet: [UInt8], _ outcome: Outcome, by engines: Engines = .all,
        _ change: (inout Site) -> Void = { _ in }
    ) -> StfPacket {
        StfPacket(name, .input, packet, outcome, engines, change)
    }

    static func error(
        _ name: String, _ packet: [UInt8], _ outcome: Outcome, _ change: (inout Site) -> Void = { _ in }
    ) -> StfPacket {
        StfPacket(name, .error, packet, outcome, .swift, change)
    }

    private init(
        _ name: String, _ direction: Direction, _ packet: [UInt8], _ outcome: Outcome, _ engines: Engines,
        _ change: (inout Site) -> Void
    ) {
        self.name = name
        self.direction = direction
        self.packet = packet
        self.outcome = outcome
        self.engines = engines
        var site = Site()
        change(&site)
        self.site = site
    }

    /// The same packet, to a site that is like that as well.
    func with(_ name: String, _ change: (inout Site) -> Void) -> StfPacket {
        StfPacket(name, direction, packet, outcome, engines) {
            $0 = site
            change(&$0)
        }
    }

    /// Whether engines other than the one in Swift leave the packet to it: they write no ICMPv6 errors, either.
    public var isLeftToSwift: Bool {
        if case .dies(let drop) = outcome, drop.error != nil { return true }
        return engines == .swift
    }

    /// Whether it does not end within its first header. The kernel gives its programs no such packet to try.
    public var hasWholeHeader: Bool { StfPacket.hasWholeHeader(packet) }

    public static func hasWholeHeader(_ packet: [UInt8]) -> Bool {
        packet.count >= (packet.first.map { $0 >> 4 } == 4 ? IPv4Header.minimumSize : IPv6Header.size)
    }

    public static let all = outputRows + inputRows + filterRows + congestionRows + sixRDRows + errorRows
}
