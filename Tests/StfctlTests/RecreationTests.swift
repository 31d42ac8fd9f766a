// SPDX-License-Identifier: BSD-2-Clause
import Control
import TestSupport
import Testing
import Words

@testable import Tool
@testable import stfctl

/// What `-c` prints, `-f` reads: the state becomes a line, and the line the change that makes the state.
@Suite struct RecreationTests {
    @Test(
        arguments: [
            (.sample(), "stf0 create mtu 1280 down"),
            (.sample { $0.flags = [.up, .running, .link1] }, "stf0 create mtu 1280 link1 up"),
            (
                .sample { $0.description = #"to "6to4" \ #1"# },
                #"stf0 create description "to \"6to4\" \\ #1" mtu 1280 down"#
            ),
            (
                .sample { ($0.stfv4net, $0.stfv4br) = ("192.0.2.1/32", "192.0.2.254") },
                "stf0 create mtu 1280 stfv4net 192.0.2.1/32 stfv4br 192.0.2.254 down"
            ),
            (.sample { $0.auto = true }, "stf0 create mtu 1280 auto down"),
            (
                .sample { $0.routes = ["default via ::192.88.99.1", "2001:db8::/32"] },
                "stf0 create mtu 1280 route default via ::192.88.99.1 route 2001:db8::/32 down"
            ),
            (
                .sample { $0.inet6 = [.sample()] },
                "stf0 create mtu 1280 inet6 2002:c000:201::1 prefixlen 16 pltime infty vltime infty down"
            ),
            (
                .sample { $0.inet6 = [.sample { $0.anycast = true }] },
                "stf0 create mtu 1280 inet6 2002:c000:201::1 prefixlen 16 anycast pltime infty vltime infty down"
            ),
            (
                .sample { $0.inet6 = [.sample { ($0.deprecated, $0.pltime) = (true, 0) }] },
                "stf0 create mtu 1280 inet6 2002:c000:201::1 prefixlen 16 deprecated vltime infty down"
            ),
            (
                .sample { $0.inet6 = [.sample { ($0.pltime, $0.vltime) = (60, 600) }] },
                "stf0 create mtu 1280 inet6 2002:c000:201::1 prefixlen 16 pltime 60 vltime 600 down"
            ),
        ] as [(InterfaceStatus, String)])
    func aStateIsALine(_ status: InterfaceStatus, _ line: String) {
        #expect(InterfaceTool.stfctl.recreation(of: status, StfDetails()) == "\(line)\n")
    }

    @Test func everyStateComesBack() throws {
        var generator = SeededGenerator(seed: 6)
        for _ in 0..<2000 {
            let status = InterfaceStatus.random(using: &generator)
            let line = InterfaceTool.stfctl.recreation(of: status, StfDetails())
            var change = status.recreation
            StfDetails().complete(&change, of: status)
            let lines = try CommandFile.lines(of: "# saved\n\(line)")
            #expect(try lines.map { try InterfaceCommand(parsing: $0.words, for: .stf) } == [.change(change)])
        }
    }

    /// An interface has one address; one that the kernel was given besides is not the daemon's to bring back.
    @Test func onlyTheFirstAddressIsSaved() {
        let status = InterfaceStatus.sample { $0.inet6 = [.sample(), .sample { $0.address = "2002:c000:201::2" }] }
        let line = InterfaceTool.stfctl.recreation(of: status, StfDetails())
        #expect(line == "stf0 create mtu 1280 inet6 2002:c000:201::1 prefixlen 16 pltime infty vltime infty down\n")
    }

    /// A faith interface may have more; an address brings it up, so what follows says whether it is.
    @Test func allAddressesOfFaithAreSaved() {
        var status = InterfaceStatus(name: "faith0", kind: .faith, index: 7)
        let zoned = AddressStatus.sample { $0.address = "fe80::1%faith0" }
        let second = AddressStatus.sample { ($0.address, $0.prefixlen, $0.deprecated) = ("2001:db8::2", 64, true) }
        status.inet6 = [zoned, .sample { $0.address = "2001:db8::1" }, second, .sample()]
        #expect(
            status.recreation.line
                == "faith0 create mtu 0 inet6 2001:db8::1 prefixlen 16 pltime infty vltime infty down")
        #expect(
            status.furtherAddresses.map(\.line) == [
                "faith0 inet6 2001:db8::2 prefixlen 64 deprecated vltime infty down",
                "faith0 inet6 2002:c000:201::1 prefixlen 16 pltime infty vltime infty down",
            ])
        status.flags = [.up]
        #expect(
            status.furtherAddresses.first?.line == "faith0 inet6 2001:db8::2 prefixlen 64 deprecated vltime infty up")
    }
}

extension InterfaceStatus {
    /// Any state that an interface can be in.
    fileprivate static func random(using generator: inout SeededGenerator) -> InterfaceStatus {
        var status = InterfaceStatus.sample()
        status.name = "stf\(generator.pick(0...0x7FFF))"
        status.flags = InterfaceFlag.allCases.filter { _ in generator.oneIn(2) }
        status.mtu = generator.pick(1280...65_515)
        if generator.oneIn(2) {
            // The last joins whatever stands before it into one character.
            let alphabet = Array(" \"'\\#$-=;äx0🙂\u{301}".unicodeScalars)
            var description = String.UnicodeScalarView()
            for _ in 0..<generator.pick(1...12) { description.append(generator.pick(alphabet)) }
            status.description = String(description)
        }
        if generator.oneIn(2) { status.stfv4net = "192.0.2.1/\(generator.pick(1...32))" }
        if generator.oneIn(2) { status.stfv4br = "192.0.2.254" }
        if generator.oneIn(4) { status.routes = ["default via ::192.88.99.1"] }
        status.auto = generator.oneIn(2)
        if generator.oneIn(4) { status.shortcut = false }
        if generator.oneIn(4) { return status }
        var address = AddressStatus.sample()
        address.prefixlen = generator.pick(16...128)
        address.anycast = generator.oneIn(2)
        address.deprecated = generator.oneIn(2)
        if generator.oneIn(2) {
            let valid = generator.pick(1...4_294_967_294)
            address.vltime = valid
            address.pltime = address.deprecated ? 0 : generator.pick(1...valid)
        }
        status.inet6 = [address]
        return status
    }
}
