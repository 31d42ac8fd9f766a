// SPDX-License-Identifier: BSD-2-Clause
import BSDBoot
import TestSupport
import Testing

/// Whatever a file says, it is read to its end, and each line that means nothing is named.
@Suite struct RandomTests {
    private static let pieces = [
        "ifconfig_", "ipv6_ifconfig_", "create_args_", "cloned_interfaces", "ipv6_static_routes", "ipv6_route_",
        "ipv6_defaultrouter", "ipv6_faith_prefix", "ipv6_gateway_enable", "stf_interface_ipv4addr",
        "stf_interface_ipv4plen", "stf_interface_ipv6_ifid", "ip6mode", "stf0", "faith1", "em0", "_ipv6", "_alias",
        "_aliases", "_descr", "0", "99999999999999999999", "inet6", "inet", "2002:c000:201::1", "192.0.2.1", "::",
        "prefixlen", "-prefixlen", "-interface", "default", "vnet", "up", "DHCP", "NOAUTO", "create", "alias",
        "!route add",
        "$if", "$", "${", "}", "(", ")", "`", "'", "\"", "\\", "#", "=", "=\"", ";", ":", "/", "-", "_", "%", "+", " ",
        "\t",
        "\n", "\r\n", "if", "fi", "{", "case", "esac", "\u{FEFF}", "\u{E9}", "\0",
    ]

    @Test(arguments: ["rc.conf", "hostname.stf0", "ifconfig.faith1"])
    func `any text is read to its end`(_ name: String) {
        var random = SeededGenerator(seed: 20)
        for _ in 0..<3000 {
            let text = (0..<Int.random(in: 1...12, using: &random)).map { _ in
                RandomTests.pieces[Int.random(in: 0..<RandomTests.pieces.count, using: &random)]
            }.joined()
            let boot = BSDBoot(reading: [(path: name, text: text)])
            #expect(boot.notes.allSatisfy { $0.place.hasPrefix(name) }, "\(text)")
            #expect(boot.files.allSatisfy { !$0.lines.isEmpty && !$0.lines.contains("") }, "\(text)")
        }
    }

    /// These are the names that have nothing in front of what they are parted by, or behind it.
    @Test(arguments: [
        "ifconfig__=\"up\"", "ipv6_ifconfig__=\"2001:db8::1\"", "ipv6_static_routes=\":\"", "ifconfig_stf0_ipv6=\"/\"",
        "cloned_interfaces=\":\"",
    ])
    func `what is empty is named`(_ line: String) {
        #expect(!BSDBoot(reading: [(path: "rc.conf", text: line)]).notes.isEmpty)
    }
}
