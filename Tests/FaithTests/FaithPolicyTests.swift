// SPDX-License-Identifier: BSD-2-Clause
import Faith
import Internet
import TestSupport
import Testing

/// Where a client may be connected to: never where it could do harm, and elsewhere as the rules say.
@Suite struct FaithPolicyTests {
    private static let rules = """
        2001:db8:1::/48 deny 192.0.2.0/24
        2001:db8:1::/48 permit 0.0.0.0/0 198.51.100.7
        2001:db8:2::/48 permit 0.0.0.0/0
        2001:db8:2::/48 permit 10.0.0.0/8
        2001:db8:3::/48 permit 192.0.0.0/8
        2001:db8:4::/48 permit 127.0.0.0/8
        2001:db8:4::/48 permit 203.0.113.0/24
        2001:db8:5::/48 permit 10.1.0.0/16
        2001:db8:5::/48 deny 0.0.0.0/0
        2001:db8:5::/48 permit 100.64.0.0/10
        2001:db8:6::/48 permit 100.0.0.0/8
        2001:db8:6::/48 permit 172.16.0.0/12
        2001:db8:6::/48 permit 192.168.0.0/16
        """

    private func policy(_ access: AccessList) throws -> FaithPolicy {
        FaithPolicy(prefix: try FaithPrefix("2001:db8:64::/96"), access: access)
    }

    /// `2 from 198.51.100.7` is rule 2, which wants that source.
    private func said(_ verdict: FaithPolicy.Verdict) -> String {
        switch verdict {
        case .relay(_, let source, let rule):
            (rule.map(String.init) ?? "open") + (source.map { " from \($0)" } ?? "")
        case .refuse(let refusal, let rule): refusal.name + (rule.map { " \($0)" } ?? "")
        }
    }

    @Test(arguments: [
        ("2001:db8:1::1", "192.0.2.1", "denied 1"),
        ("2001:db8:1::1", "192.0.3.1", "2 from 198.51.100.7"),
        ("2001:db8:1::1", "10.0.0.1", "destination-private"),
        ("2001:db8:1::1", "100.64.0.1", "destination-shared"),
        ("2001:db8:2::1", "192.0.2.1", "3"),
        ("2001:db8:2::1", "10.255.255.255", "4"),
        ("2001:db8:2::1", "11.0.0.0", "3"),
        ("2001:db8:2::1", "172.16.0.1", "destination-private"),
        ("2001:db8:3::1", "192.1.2.3", "5"),
        ("2001:db8:3::1", "192.168.0.1", "destination-private"),
        ("2001:db8:3::1", "10.0.0.1", "no-rule"),
        ("2001:db8:4::1", "127.0.0.1", "destination-loopback"),
        ("2001:db8:4::1", "203.0.113.1", "7"),
        ("2001:db8:4::1", "203.0.113.255", "7"),
        ("2001:db8:4::1", "203.0.114.0", "no-rule"),
        ("2001:db8:5::1", "10.1.255.255", "8"),
        ("2001:db8:5::1", "10.2.0.0", "denied 9"),
        ("2001:db8:5::1", "100.64.0.1", "denied 9"),
        ("2001:db8:6::1", "100.63.0.1", "11"),
        ("2001:db8:6::1", "100.64.0.1", "destination-shared"),
        ("2001:db8:6::1", "172.31.255.255", "12"),
        ("2001:db8:6::1", "172.32.0.0", "no-rule"),
        ("2001:db8:6::1", "192.168.255.255", "13"),
        ("2001:db8:7::1", "192.0.2.1", "no-rule"),
        ("2001:db8:7::1", "10.0.0.1", "no-rule"),
        ("2001:db8:2::1", "0.0.0.0", "destination-this-network"),
        ("2001:db8:2::1", "127.255.255.255", "destination-loopback"),
        ("2001:db8:2::1", "169.254.169.254", "destination-link-local"),
        ("2001:db8:2::1", "224.0.0.1", "destination-multicast"),
        ("2001:db8:2::1", "240.0.0.1", "destination-reserved"),
        ("2001:db8:2::1", "255.255.255.255", "destination-limited-broadcast"),
    ])
    func `the first rule decides, after those that always hold`(client: String, server: String, said: String) throws {
        let rules = try AccessFile.rules(in: FaithPolicyTests.rules.utf8, name: "faithd.conf")
        let policy = try policy(try #require(AccessList(rules)))
        let address = try #require(IPv4Address(server))
        let verdict = policy.verdict(
            client: try #require(IPv6Address(client)), asked: try policy.prefix.map(address))
        #expect(self.said(verdict) == said)
        if case .relay(let target, _, _) = verdict { #expect(target == address) }
    }

    @Test(arguments: [
        ("192.0.2.1", "open", "no-rule"),
        ("10.0.0.1", "destination-private", "no-rule"),
        ("172.16.0.1", "destination-private", "no-rule"),
        ("192.168.0.1", "destination-private", "no-rule"),
        ("100.64.0.1", "destination-shared", "no-rule"),
        ("127.0.0.1", "destination-loopback", "destination-loopback"),
    ])
    func `without rules`(server: String, open: String, closed: String) throws {
        for (access, expected) in [(AccessList.open, open), (.closed, closed), (try #require(AccessList([])), closed)] {
            let policy = try policy(access)
            let asked = try policy.prefix.map(try #require(IPv4Address(server)))
            #expect(said(policy.verdict(client: .loopback, asked: asked)) == expected)
        }
    }

    @Test(arguments: [
        ("2001:db8::/32", "2001:db9:c000:201::", "outside-prefix"),
        ("2001:db8::/32", "2001:db8:c000:201:100::", "reserved-bits"),
        ("64:ff9b::/96", "64:ff9b::10.0.0.1", "not-global"),
        ("64:ff9b::/96", "64:ff9b::192.0.2.1", "open"),
    ])
    func `what cannot be mapped is refused first`(prefix: String, asked: String, said: String) throws {
        let policy = FaithPolicy(prefix: try FaithPrefix(prefix), access: .open)
        let asked = try #require(IPv6Address(asked))
        #expect(self.said(policy.verdict(client: .loopback, asked: asked)) == said)
    }

    /// Whatever the rules, and wherever they lead.
    @Test func `no rule opens what must stay closed`() throws {
        var generator = SeededGenerator(seed: 127)
        let everything = IPv6Prefix(.unspecified, length: 0)
        var opened: [String] = []
        for _ in 0..<20_000 {
            let server = IPv4Address(bits: UInt32(truncatingIfNeeded: generator.next()))
            let servers = IPv4Prefix(server, length: generator.pick(0...32))
            let policy = FaithPolicy(
                prefix: try FaithPrefix("2001:db8:64::/96"),
                access: try #require(AccessList([AccessRule(.permit, everything, servers)])))
            let verdict = policy.verdict(client: .loopback, asked: try policy.prefix.map(server))
            let isOpen =
                switch server.bits {
                case 0x0A00_0000...0x0AFF_FFFF: servers.length >= 8
                case 0x6440_0000...0x647F_FFFF: servers.length >= 10
                case 0xAC10_0000...0xAC1F_FFFF: servers.length >= 12
                case 0xC0A8_0000...0xC0A8_FFFF: servers.length >= 16
                case ..<0x0100_0000, 0x7F00_0000..<0x8000_0000, 0xA9FE_0000...0xA9FE_FFFF, 0xE000_0000...: false
                default: true
                }
            if said(verdict) == "1" ? !isOpen : isOpen { opened.append("\(server) by \(servers)") }
        }
        #expect(opened == [])
    }

    @Test(arguments: FaithRefusal.all)
    func `each refusal has its own name and words`(refusal: FaithRefusal) {
        let same = FaithRefusal.all.filter { $0.name == refusal.name || $0.description == refusal.description }
        #expect(same == [refusal])
        #expect(FaithRefusal.all[refusal.index] == refusal)
    }
}
