// SPDX-License-Identifier: BSD-2-Clause

/// An IPv4 address. `bits` is in host order: `192.0.2.1` is `0xC000_0201`.
public struct IPv4Address: Hashable, Sendable {
    public var bits: UInt32

    @inlinable
    public init(bits: UInt32) {
        self.bits = bits
    }

    /// Four decimal octets, as inet_pton(3) reads them: `133.4.5.6`. No leading zeros (`010.0.0.1` might be octal to
    /// someone), no short forms (`10.1`).
    public init?(_ text: some StringProtocol) {
        var bits: UInt32 = 0
        var octets = 0
        for part in text.split(separator: ".", omittingEmptySubsequences: false) {
            guard octets < 4, part.utf8.count <= 3, part.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                part.utf8.count == 1 || part.utf8.first != 0x30, let octet = UInt8(part)
            else { return nil }
            bits = bits << 8 | UInt32(octet)
            octets += 1
        }
        guard octets == 4 else { return nil }
        self.bits = bits
    }
}

extension IPv4Address: CustomStringConvertible {
    public var description: String {
        "\(bits >> 24).\(bits >> 16 & 255).\(bits >> 8 & 255).\(bits & 255)"
    }
}

/// An IPv4 address block, `9.1.0.0/16`.
public struct IPv4Prefix: Hashable, Sendable {
    public let address: IPv4Address
    /// Leading bits that count, 0...32.
    public let length: Int

    @inlinable
    public init(_ address: IPv4Address, length: Int) {
        precondition((0...32).contains(length), "an IPv4 prefix length is 0...32")
        self.address = IPv4Address(bits: address.bits & IPv4Prefix.mask(length))
        self.length = length
    }

    @inlinable
    public func contains(_ address: IPv4Address) -> Bool {
        address.bits & IPv4Prefix.mask(length) == self.address.bits
    }

    /// The last address, which reaches every host of a network: 9.1.255.255. Nil for two addresses or one, where each
    /// is a host's (RFC 3021).
    public var broadcast: IPv4Address? {
        length < 31 ? IPv4Address(bits: address.bits | ~IPv4Prefix.mask(length)) : nil
    }

    /// `mask(16)` is `0xFFFF_0000`.
    @inlinable
    static func mask(_ length: Int) -> UInt32 {
        length == 0 ? 0 : UInt32.max << UInt32(32 - length)
    }
}

extension IPv4Prefix: CustomStringConvertible {
    public var description: String { "\(address)/\(length)" }
}
