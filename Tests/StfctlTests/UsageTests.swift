// SPDX-License-Identifier: BSD-2-Clause
import Control
import Testing
import Words

@testable import Tool

/// The usage names every form of the command and every word.
@Suite struct UsageTests {
    @Test func theUsageIsStable() {
        #expect(
            InterfaceTool.stfctl.usage == """
                usage: stfctl [-ciLlv] [-j] [-s socket] [-a | interface [inet6]]
                       stfctl [-ijv] [-s socket] create interface [parameter ...]
                       stfctl [-ijv] [-s socket] destroy interface
                       stfctl [-ijv] [-s socket] interface parameter ...
                       stfctl [-j] [-s socket] check interface
                       stfctl [-j] [-s socket] explain interface in|out packet
                       stfctl [-j] [-s socket] map [interface | inet6 address/length [stfv4net address/length]] address
                       stfctl [-ijv] [-s socket] -f file
                       stfctl [-jt] [-s socket] -m
                       stfctl [-s socket] -C
                       stfctl -h | -V
                parameters: up, down, [-]description text, mtu bytes, [-]link0, [-]link1, [-]link2, \
                stfv4net address/length, stfv4br address, option212 lease address, [-]auto, engine auto|kernel|user, \
                [-]shortcut, [-]xdp interfaces, [-]ask, [-]route destination [via gateway], inet6 address, \
                prefixlen length, [-]alias, delete, anycast, [-]deprecated, pltime seconds, vltime seconds

                """)
    }

    @Test(arguments: InterfaceKind.allCases)
    func everyWordOfItsKindIsInItAndNoOther(_ kind: InterfaceKind) {
        let usage = InterfaceTool.stfctl.usage.split { !$0.isLetter && !$0.isNumber }
        for word in Vocabulary(kind).words {
            #expect(usage.contains(Substring(word.text)) == (Vocabulary(.stf).named(word.text) != nil), "\(word.text)")
        }
    }

    @Test(arguments: InterfaceTool.knownOptions.filter { $0 != ":" })
    func everyOptionIsInIt(_ letter: Character) {
        let clusters = InterfaceTool.stfctl.usage.split { !$0.isLetter && $0 != "-" }.filter { $0.hasPrefix("-") }
        #expect(clusters.contains { $0.contains(letter) })
    }
}
