// SPDX-License-Identifier: BSD-2-Clause
public import Internet

/// What the real interface is like, for the doll to be like it. A peer says values; what is done with them is for this end to
/// decide.
public struct Parameters: Equatable, Sendable {
    /// The slave's name of its interface.
    public var name: String
    public var address: HardwareAddress?
    /// Bytes.
    public var mtu: Int?
    /// Whether frames pass it: it is up, and has a carrier.
    public var isRunning: Bool
    public var ipv4: [IPv4Prefix]
    public var ipv6: [IPv6Prefix]

    /// An address and the length of its prefix.
    public struct IPv4Prefix: Hashable, Sendable {
        public var address: IPv4Address
        public var length: Int

        public init(_ address: IPv4Address, length: Int) {
            self.address = address
            self.length = length
        }
    }

    public struct IPv6Prefix: Hashable, Sendable {
        public var address: IPv6Address
        public var length: Int

        public init(_ address: IPv6Address, length: Int) {
            self.address = address
            self.length = length
        }
    }

    public init(
        name: String, address: HardwareAddress? = nil, mtu: Int? = nil, isRunning: Bool = true,
        ipv4: [IPv4Prefix] = [], ipv6: [IPv6Prefix] = []
    ) {
        self.name = name
        self.address = address
        self.mtu = mtu
        self.isRunning = isRunning
        self.ipv4 = ipv4
        self.ipv6 = ipv6
    }

    /// What a TAP device takes (RFC 791, and the kernel's MAX_MTU of an Ethernet).
    public static let mtus = 68...65_521
    /// A name of Linux has at most 15 bytes.
    private static let longestName = 15
    /// So many of each family; an interface has few.
    private static let mostAddresses = 64

    private enum Attribute {
        static let name: UInt16 = 1
        static let address: UInt16 = 2
        static let mtu: UInt16 = 3
        static let running: UInt16 = 4
        static let ipv4: UInt16 = 5
        static let ipv6: UInt16 = 6
    }

    /// The record.
    public var bytes: [UInt8] {
        var attributes = Attributes()
        attributes.put(Attribute.name, name)
        if let address { attributes.put(Attribute.address, address.bytes) }
        if let mtu { attributes.put(Attribute.mtu, UInt32(mtu)) }
        attributes.put(Attribute.running, UInt8(isRunning ? 1 : 0))
        for prefix in ipv4.prefix(Parameters.mostAddresses) {
            attributes.put(Attribute.ipv4, Bytes.of(prefix.address.bits) + [UInt8(prefix.length)])
        }
        for prefix in ipv6.prefix(Parameters.mostAddresses) {
            attributes.put(
                Attribute.ipv6,
                Bytes.of(prefix.address.high) + Bytes.of(prefix.address.low) + [UInt8(prefix.length)])
        }
        return RecordHeader(.parameters, length: attributes.bytes.count).bytes + attributes.bytes
    }

    init(_ bytes: borrowing RawSpan, _ range: Range<Int>) throws(WireFault) {
        self.init(name: "", isRunning: true)
        let isWhole = try Attributes.read(bytes, range) { type, value throws(WireFault) in
            guard take(type, value) else { throw .malformed(.parameters) }
        }
        guard isWhole else { throw .malformed(.parameters) }
    }

    /// False: it cannot be.
    private mutating func take(_ type: UInt16, _ value: ArraySlice<UInt8>) -> Bool {
        switch type {
        case Attribute.name:
            guard value.count <= Parameters.longestName else { return false }
            name = LineText.read(value)
        case Attribute.address:
            guard let address = HardwareAddress(value), address.isUnicast else { return false }
            self.address = address
        case Attribute.mtu:
            guard let mtu = value.integer(UInt32.self), Parameters.mtus.contains(Int(mtu)) else { return false }
            self.mtu = Int(mtu)
        case Attribute.running:
            guard let flag = value.integer(UInt8.self) else { return false }
            isRunning = flag != 0
        case Attribute.ipv4:
            guard let address = value.dropLast().integer(UInt32.self), let length = value.last, length <= 32,
                ipv4.count < Parameters.mostAddresses
            else { return false }
            ipv4.append(IPv4Prefix(IPv4Address(bits: address), length: Int(length)))
        case Attribute.ipv6:
            guard value.count == 17, let length = value.last, length <= 128, ipv6.count < Parameters.mostAddresses,
                let high = value.prefix(8).integer(UInt64.self),
                let low = value.dropFirst(8).prefix(8).integer(UInt64.self)
            else { return false }
            ipv6.append(IPv6Prefix(IPv6Address(high: high, low: low), length: Int(length)))
        case _: break
        }
        return true
    }
}
