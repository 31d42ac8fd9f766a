// SPDX-License-Identifier: BSD-2-Clause
import CKernelPrograms
import Internet
import KernelPrograms
import Stf
import StfPackets
import Testing

/// What a program inside the kernel is told is what the rules are.
@Suite struct StfConfigTests {
    private func record(_ change: (inout StfPacket.Site) -> Void = { _ in }) -> stf_config {
        var site = StfPacket.Site()
        change(&site)
        return site.rules.record
    }

    @Test func `a relay of 6to4`() {
        let record = record()
        #expect(record.index == 9)
        #expect(record.is_up == 1)
        #expect(record.own == UInt32(0xC000_0201).bigEndian)
        #expect(record.prefix.address == IPv6Address("2002::"))
        #expect(record.prefix_length == 16)
        #expect(record.domain.address == IPv6Address("2002::"))
        #expect(record.domain_length == 16)
        #expect(record.common == 0 && record.common_length == 0)
        #expect(record.peers_length == 0)
        #expect(record.is_relay == 1)
        #expect(record.relay == 0)
        #expect(record.ttl == 40)
    }

    @Test func `a site that reaches some peers only`() {
        let record = record { $0.prefixLength = 32 }
        #expect(record.prefix.address == IPv6Address("2002:c000::"))
        #expect(record.prefix_length == 32)
        #expect(record.peers_length == 16)
        #expect(record.is_relay == 0)
    }

    @Test func `a customer edge of 6rd`() throws {
        let prefix = try #require(IPv6Address("2001:db8::")), common = try #require(IPv4Address("10.0.0.0"))
        let record = record {
            $0.own = "10.0.0.1"
            $0.prefixLength = 32
            $0.domain = TunnelDomain(prefix: IPv6Prefix(prefix, length: 32), common: IPv4Prefix(common, length: 8))
            $0.relay = IPv4Address("10.255.0.1")
        }
        #expect(record.own == UInt32(0x0A00_0001).bigEndian)
        #expect(record.domain.address == prefix)
        #expect(record.domain_length == 32)
        #expect(record.common == UInt32(0x0A00_0000).bigEndian)
        #expect(record.common_length == 8)
        #expect(record.relay == UInt32(0x0AFF_0001).bigEndian)
        #expect(record.is_relay == 0)
        // What a provider may number its network with.
        #expect(record.permit_private == 1 && record.permit_shared == 1)
        #expect(record.permit_link_local == 0 && record.permit_reserved == 0)
    }

    @Test func `each switch has its field`() {
        let off = record()
        #expect([off.link0, off.link1, off.link2] == [0, 0, 0])
        #expect([off.permit_private, off.permit_shared, off.permit_link_local, off.permit_reserved] == [0, 0, 0, 0])
        #expect(record { $0.link0 = true }.link0 == 1)
        #expect(record { $0.link1 = true }.link1 == 1)
        #expect(record { $0.link2 = true }.link2 == 1)
        #expect(record { $0.permits.privateNetwork = true }.permit_private == 1)
        #expect(record { $0.permits.sharedSpace = true }.permit_shared == 1)
        #expect(record { $0.permits.linkLocal = true }.permit_link_local == 1)
        #expect(record { $0.permits.reserved = true }.permit_reserved == 1)
    }

    @Test func `what is on by default can be off`() {
        #expect(record().pairing == 1 && record().loop_check == 1)
        #expect(record { $0.checksPairing = false }.pairing == 0)
        #expect(record { $0.checksLoops = false }.loop_check == 0)
        #expect(record { $0.isUp = false }.is_up == 0)
    }

    @Test func `without our IPv4 address there is no domain`() {
        let record = record { $0.hasIPv4 = false }
        #expect(record.own == 0 && record.prefix_length == 0 && record.domain_length == 0 && record.is_relay == 0)
        #expect(record.index == 9 && record.is_up == 1 && record.ttl == 40)
    }

    /// A program asks for the longest prefix and has the IPv4 address, as the rules have by way of the gateway.
    @Test func `routes lead to peers`() {
        var site = StfPacket.Site()
        site.prefixLength = 20
        site.gateways = ["::/0": "2002:c058:6301::1", "2001:db8::/32": nil, "2001:db9::/32": "2002:5::1"]
        var routes: [String: UInt32] = [:]
        for (key, peer) in site.rules.routes {
            #expect(key.index == 9)
            routes["\(key.destination.address)/\(key.length - 32)"] = peer
        }
        #expect(routes == ["::/0": UInt32(0xC058_6301).bigEndian, "2001:db8::/32": 0, "2001:db9::/32": 0])
    }
}
