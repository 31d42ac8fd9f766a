// SPDX-License-Identifier: BSD-2-Clause
import Inet6Control
import Control
import Testing

/// Flags and options have the bits of BSD's headers, and are listed lowest bit first.
@Suite struct StatusBitsTests {
    @Test(
        arguments: [
            (.up, 0x1), (.running, 0x40), (.promisc, 0x100), (.allmulti, 0x200),
            (.link0, 0x1000), (.link1, 0x2000), (.link2, 0x4000), (.multicast, 0x8000),
        ] as [(InterfaceFlag, UInt32)])
    func `a flag has its bit`(flag: InterfaceFlag, bit: UInt32) {
        #expect(flag.bit == bit)
    }

    @Test(arguments: [(.auto_linklocal, 0x20), (.no_dad, 0x100)] as [(NeighborOption, UInt32)])
    func `an option has its bit`(option: NeighborOption, bit: UInt32) {
        #expect(option.bit == bit)
    }

    @Test(
        arguments: [
            (.up, 0x1), (.broadcast, 0x2), (.debug, 0x4), (.loopback, 0x8), (.pointopoint, 0x10), (.running, 0x40),
            (.noarp, 0x80), (.promisc, 0x100), (.allmulti, 0x200), (.link0, 0x1000), (.link1, 0x2000),
            (.link2, 0x4000), (.multicast, 0x8000),
        ] as [(Inet6Flag, UInt32)])
    func `a flag of any interface has its bit`(flag: Inet6Flag, bit: UInt32) {
        #expect(flag.bit == bit)
    }

    @Test(
        arguments: [
            (.performnud, 0x1), (.accept_rtadv, 0x2), (.ifdisabled, 0x8), (.auto_linklocal, 0x20), (.no_radr, 0x40),
            (.no_dad, 0x100),
        ] as [(Inet6Option, UInt32)])
    func `an option of any interface has its bit`(option: Inet6Option, bit: UInt32) {
        #expect(option.bit == bit)
    }

    @Test func `whatever is shown of ours can be shown of any`() {
        #expect(InterfaceFlag.allCases.allSatisfy { Inet6Flag(rawValue: $0.rawValue)?.bit == $0.bit })
        #expect(NeighborOption.allCases.allSatisfy { Inet6Option(rawValue: $0.rawValue)?.bit == $0.bit })
    }

    @Test func `the lowest bit is first`() {
        #expect(InterfaceFlag.allCases.map(\.bit) == InterfaceFlag.allCases.map(\.bit).sorted())
        #expect(Inet6Flag.allCases.map(\.bit) == Inet6Flag.allCases.map(\.bit).sorted())
        #expect(Inet6Option.allCases.map(\.bit) == Inet6Option.allCases.map(\.bit).sorted())
        #expect(NeighborOption.allCases.map(\.bit) == NeighborOption.allCases.map(\.bit).sorted())
    }
}
