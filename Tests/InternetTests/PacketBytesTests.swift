// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Testing

/// Bytes are read and written in network order, aligned or not, and never outside the packet.
@Suite struct PacketBytesTests {
    @Test(arguments: 0...7)
    func `numbers read in network order`(offset: Int) {
        let bytes = [UInt8](repeating: 0xEE, count: offset) + Array(1...16)
        #expect(bytes.withRaw { $0.byte(at: offset) } == 0x01)
        #expect(bytes.withRaw { $0.uint16(at: offset) } == 0x0102)
        #expect(bytes.withRaw { $0.uint32(at: offset) } == 0x0102_0304)
        #expect(bytes.withRaw { $0.uint64(at: offset) } == 0x0102_0304_0506_0708)
        #expect(bytes.withRaw { $0.ipv4Address(at: offset) }.description == "1.2.3.4")
        #expect(bytes.withRaw { $0.ipv6Address(at: offset) }.description == "102:304:506:708:90a:b0c:d0e:f10")
    }

    @Test(arguments: 0...7)
    func `numbers are written in network order`(offset: Int) {
        var bytes = [UInt8](repeating: 0, count: offset + 7)
        bytes.withMutableRaw { raw in
            raw.put(0x01 as UInt8, at: offset)
            raw.put(0x0203 as UInt16, at: offset + 1)
            raw.put(0x0405_0607 as UInt32, at: offset + 3)
        }
        #expect(bytes == [UInt8](repeating: 0, count: offset) + Array(1...7))
    }

    @Test(arguments: 0...7)
    func `an address is written as it is read`(offset: Int) {
        let address = IPv6Address(high: 0x2002_C000_0201_0000, low: 0x0102_0304_0506_0708)
        var bytes = [UInt8](repeating: 0xEE, count: offset + 17)
        bytes.withMutableRaw { $0.put(address, at: offset) }
        #expect(bytes.withRaw { $0.ipv6Address(at: offset) } == address)
        #expect(bytes.last == 0xEE && bytes.prefix(offset).allSatisfy { $0 == 0xEE })
    }

    @Test func `reading past the end stops the process`() async {
        await #expect(processExitsWith: .failure) {
            let bytes: [UInt8] = [1, 2, 3]
            _ = bytes.withRaw { $0.uint32(at: 0) }
        }
    }

    @Test func `writing past the end stops the process`() async {
        await #expect(processExitsWith: .failure) {
            var bytes: [UInt8] = [1, 2, 3]
            bytes.withMutableRaw { $0.put(0 as UInt32, at: 0) }
        }
    }

    @Test func `a prefix length out of range stops the process`() async {
        await #expect(processExitsWith: .failure) {
            _ = IPv6Prefix(.loopback, length: 129)
        }
    }
}
