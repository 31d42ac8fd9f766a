// SPDX-License-Identifier: BSD-2-Clause
import Control
import Faith
import Internet
import Netlink
import TestSupport
import Testing

@testable import Dataplane

/// What is captured follows the routes out of an interface; what comes out of it all the same is counted, and why.
@Suite struct FaithRoutesTests {
    private func prefix(_ text: String) throws -> IPv6Prefix {
        try #require(IPv6Prefix(reading: text, hostLength: nil))
    }

    private func unicast(_ text: String, metric: UInt32 = 1024, table: UInt32 = 254) throws -> IPv6Route {
        IPv6Route(destination: try prefix(text), index: 7, metric: metric, table: table, origin: 2)
    }

    private func local(_ text: String, table: UInt32 = 254) throws -> IPv6Route {
        IPv6Route(destination: try prefix(text), index: 7, metric: 1, table: table, type: .local, origin: 213)
    }

    private func captured(_ routes: [IPv6Route]) -> Set<IPv6Route> {
        FaithRoutes.local(for: routes) { _ in true }
    }

    @Test func `a route has a local one before it`() throws {
        #expect(try captured([unicast("2001:db8:64::/96")]) == [local("2001:db8:64::/96")])
        #expect(captured([]) == [])
    }

    /// In a table of its own it is captured there, and not in the main one.
    @Test func `the table stays`() throws {
        let routes = try [unicast("2001:db8:64::/96", table: 100), unicast("2001:db8:64::/96", table: 1000)]
        #expect(
            try captured(routes) == [local("2001:db8:64::/96", table: 100), local("2001:db8:64::/96", table: 1000)])
    }

    @Test func `of several alike there is one`() throws {
        var second = try unicast("2001:db8:64::/96", metric: 256)
        second.gateway = IPv6Address("2001:db8::1")
        #expect(try captured([unicast("2001:db8:64::/96"), second]) == [local("2001:db8:64::/96")])
    }

    /// Nothing precedes 1 but what asked for it.
    @Test(arguments: [(0, false), (1, false), (2, true), (256, true), (UInt32.max, true)])
    func `what precedes it is left alone`(metric: UInt32, isCaptured: Bool) throws {
        #expect(try captured([unicast("2001:db8:64::/96", metric: metric)]).isEmpty == !isCaptured)
    }

    @Test(arguments: [
        ("fe80::/64", false), ("febf::/16", false), ("fe80::/10", false), ("fec0::/10", true), ("fe00::/9", true),
        ("ff00::/8", false), ("ff02::1/128", false), ("ff3e:20:2001:db8::/64", false), ("fe00::/16", true),
        ("::/96", false), ("::1/128", false), ("::ffff:0:0/96", false), ("::/0", true), ("::/3", true),
        ("2001:db8:64::/96", true), ("64:ff9b::/96", true), ("::1:0:0:0:0/80", true),
    ])
    func `what has a meaning of its own is never captured`(text: String, isCaptured: Bool) throws {
        #expect(FaithRoutes.isNeverCaptured(try prefix(text)) == !isCaptured)
        #expect(try captured([unicast(text)]).isEmpty == !isCaptured)
    }

    /// Only those are asked about that could be.
    @Test func `what has no place for IPv4 addresses is not captured`() throws {
        let routes = try [unicast("2001:db8:64::/96"), unicast("::/0"), unicast("2001:db8::/33"), unicast("fe80::/64")]
        let record = FaithRecord()
        #expect(
            try FaithRoutes.local(for: routes) { record.mapping(of: $0) != nil } == [local("2001:db8:64::/96")])
        #expect(FaithRoutes.local(for: routes) { _ in false } == [])
    }

    // MARK: what is not captured

    private func drop(_ bytes: [UInt8]) -> FaithDrop {
        FaithDrop(bytes.span.bytes)
    }

    @Test func `a packet dies of the first thing that is wrong with it`() {
        let packet = Packet.ipv6(from: "2001:db8::2", to: "2001:db8:64::c000:201")
        #expect(drop(packet) == .notCaptured)
        #expect(drop(Array(packet.prefix(40))) == .notCaptured)
        #expect(drop(Array(packet.prefix(39))) == .notIPv6)
        #expect(drop([]) == .notIPv6)
        #expect(drop(Packet.ipv6(from: "2001:db8::2", to: "ff02::1")) == .multicast)
        #expect(drop(Packet.ipv6(from: "ff02::1", to: "fe80::1")) == .notCaptured)
        #expect(drop(Packet.ipv4(from: "192.0.2.1", to: "192.0.2.2", packet)) == .notIPv6)
    }

    /// Who waits for an answer gets one; a group has nobody who does.
    @Test func `the sender is told once there is one`() {
        #expect(FaithDrop.notCaptured.error == .unreachable(.noRoute))
        #expect(FaithDrop.multicast.error == nil && FaithDrop.notIPv6.error == nil)
    }

    @Test func `each reason has a name of its own`() {
        let names = FaithDrop.allCases.map(\.name)
        #expect(names == ["not-ipv6", "multicast", "not-captured"])
        #expect(FaithDrop.allCases.allSatisfy { $0.direction == .output && !$0.description.isEmpty })
        let status = DropStatus(
            direction: .output, reason: "multicast", description: FaithDrop.multicast.description, packets: 7)
        #expect(FaithDrop.multicast.status(7) == status)
    }
}
