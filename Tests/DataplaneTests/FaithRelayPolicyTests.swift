// SPDX-License-Identifier: BSD-2-Clause
import Control
import Faith
import Internet
import Relay
import Testing
import Words

@testable import Dataplane

/// Which server a captured connection goes to, and how; or why nowhere.
@Suite struct FaithRelayPolicyTests {
    private let client = IPv6Address("2001:db8::2") ?? .unspecified

    private func record(_ words: String) throws -> FaithRecord {
        let line = try CommandFile.lines(of: "faith0 \(words)").flatMap(\.words)
        guard case .change(let change) = try InterfaceCommand(parsing: line, for: .faith) else { return FaithRecord() }
        var planner = FaithPlanner(FaithRecord(), of: "faith0", isIdempotent: false)
        try planner.apply(change.faith ?? FaithChange())
        return planner.record
    }

    private func policy(_ words: String) throws -> FaithRelayPolicy {
        let record = try record(words)
        return FaithRelayPolicy(
            PrefixMap(try record.prefixes.map { ($0, try #require(record.mapping(of: $0))) }), record)
    }

    private func decision(_ policy: FaithRelayPolicy, _ asked: String, _ port: UInt16) throws -> String {
        let address = try #require(IPv6Address(asked))
        let request = RelayRequest(
            client: IPv6Endpoint(client, port: 50_000), destination: IPv6Endpoint(address, port: port))
        switch policy.decide(request) {
        case .connect(let server):
            var text = "\(server.server) \(server.application.rawValue)"
            if server.sendsProxyHeader { text += " proxy" }
            if server.usesReservedPort { text += " reserved" }
            return text + (server.source.map { " from \($0)" } ?? "")
        case .run(let program): return program.path
        case .refuse(let reason): return reason.name
        }
    }

    @Test(
        arguments: [
            ("relay 22", [22: "plain", 21: nil, 23: nil]),
            ("relay telnet", [23: "plain", 22: nil]),
            ("relay all", [1: "plain", 21: "ftp", 513: "plain reserved", 514: "rsh reserved", 65535: "plain"]),
            ("relay all plain", [21: "plain", 513: "plain", 514: "plain"]),
            ("relay all reserved", [21: "ftp reserved", 80: "plain reserved", 514: "rsh reserved"]),
            ("relay 513 ftp relay 7 rsh relay 8 ftp", [513: "ftp", 7: "rsh reserved", 8: "ftp"]),
            // The narrowest range, and not the first nor the last.
            (
                "relay 22 proxy relay 1-1023 plain reserved relay all",
                [22: "plain proxy", 21: "plain reserved", 514: "plain reserved", 1024: "plain"]
            ),
            (
                "relay 1-100 relay 50-60 reserved relay 55 proxy",
                [49: "plain", 54: "plain reserved", 55: "plain proxy"]
            ),
            ("relay 20-29 reserved relay 25-34", [24: "plain reserved", 25: "plain reserved", 30: "plain", 35: nil]),
            ("relay 20-30 ftp relay 30-30 plain", [29: "ftp", 30: "plain"]),
            ("", [22: nil, 80: nil]),
        ] as [(String, [UInt16: String?])])
    func `the narrowest range decides how`(words: String, ports: [UInt16: String?]) throws {
        let policy = try policy("prefix 2001:db8:64::/96 \(words) -drain")
        for (port, wanted) in ports {
            let decided = try decision(policy, "2001:db8:64::c000:201", port)
            #expect(decided == wanted.map { "192.0.2.1:\(port) \($0)" } ?? "no-service", "\(port)")
        }
    }

    @Test(arguments: [
        ("2001:db8:64::c000:201", "192.0.2.1:80 plain"),
        ("2001:db8:65::c000:201", "outside-prefix"),
        ("2001:db8:64:0:0:1:c000:201", "outside-prefix"),
        ("2001:db8:64::7f00:1", "destination-loopback"),
        ("2001:db8:64::a00:1", "destination-private"),
        ("64:ff9b::c633:6401", "198.51.100.1:80 plain"),
        ("64:ff9b::c612:1", "not-global"),
        ("2001:db8:122:c000:2:2100::", "192.0.2.33:80 plain"),
        ("2001:db8:122:c000:102:2100::", "reserved-bits"),
    ])
    func `the prefix decides where`(asked: String, outcome: String) throws {
        let policy = try policy("prefix 2001:db8:64::/96 prefix 64:ff9b::/96 prefix 2001:db8:122::/48 relay 80")
        #expect(try decision(policy, asked, 80) == outcome)
        // A port that is not relayed says nothing about addresses.
        #expect(try decision(policy, asked, 81) == "no-service")
    }

    @Test(arguments: [
        ("permit 2001:db8::/32 0.0.0.0/0", "192.0.2.1:80 plain"),
        ("permit 2001:db8::2 192.0.2.0/24 from 198.51.100.7", "192.0.2.1:80 plain from 198.51.100.7"),
        ("deny 2001:db8::2 192.0.2.1 permit ::/0 0.0.0.0/0", "denied"),
        ("permit 2001:db8:1::/48 0.0.0.0/0", "no-rule"),
    ])
    func `rules decide who`(rules: String, outcome: String) throws {
        let policy = try policy("prefix 2001:db8:64::/96 relay 80 \(rules)")
        #expect(try decision(policy, "2001:db8:64::c000:201", 80) == outcome)
    }

    /// Where the IPv4 address is depends on which of two prefixes an address is in (RFC 6052 §2.2).
    @Test func `the longest prefix decides`() throws {
        let prefixes = try ["2001:db8:64::/64", "2001:db8:64::/96"].map { try FaithPrefix($0) }
        let record = try record("relay 80")
        let policy = FaithRelayPolicy(PrefixMap(prefixes.map { ($0.prefix, $0) }), record)
        #expect(try decision(policy, "2001:db8:64::c000:201", 80) == "192.0.2.1:80 plain")
        #expect(try decision(policy, "2001:db8:64:0:c0:2:200:0", 80) == "192.0.2.2:80 plain")
        let wide = FaithRelayPolicy(PrefixMap([(prefixes[0].prefix, prefixes[0])]), record)
        #expect(try decision(wide, "2001:db8:64::c000:201", 80) != "192.0.2.1:80 plain")
        #expect(try decision(FaithRelayPolicy(PrefixMap(), record), "2001:db8:64::c000:201", 80) == "outside-prefix")
    }

    @Test func `a program serves whoever comes to this host`() throws {
        let program = RelayProgram("/usr/sbin/in.telnetd", ["-h"])
        let request = RelayRequest(client: IPv6Endpoint(client, port: 1), destination: IPv6Endpoint(client, port: 23))
        #expect(LocalProgramPolicy(program: program).decide(request) == .run(program))
    }

    @Test func `a mapping follows from the length, or is of the last bits`() throws {
        var record = FaithRecord()
        let prefix = try #require(IPv6Prefix(reading: "2001:db8::/64", hostLength: nil))
        let address = IPv4Address(bits: 0xC000_0201)
        #expect(try record.mapping(of: prefix)?.map(address).description == "2001:db8::c0:2:100:0")
        record.last32 = true
        #expect(try record.mapping(of: prefix)?.map(address).description == "2001:db8::c000:201")
        let short = try #require(IPv6Prefix(reading: "2001:db8::/48", hostLength: nil))
        #expect(record.mapping(of: short) == nil)
        record.last32 = false
        #expect(record.mapping(of: short) != nil)
    }

    /// What the daemon says on the wire, and what it is called there.
    @Test func `the applications are those of the interface`() throws {
        let interface = try #require(VarlinkInterface.ifnet)
        guard case .structure(let fields) = try #require(interface.types["RelayChange"]) else {
            Issue.record("no structure")
            return
        }
        let application = fields.first { $0.name == "application" }?.type
        #expect(application == .optional(.enumeration(RelayApplication.allCases.map(\.rawValue))))
    }
}
