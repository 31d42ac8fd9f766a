// SPDX-License-Identifier: BSD-2-Clause
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

    @Test func `the lowest bit is first`() {
        #expect(InterfaceFlag.allCases.map(\.bit) == InterfaceFlag.allCases.map(\.bit).sorted())
        #expect(NeighborOption.allCases.map(\.bit) == NeighborOption.allCases.map(\.bit).sorted())
    }
}
