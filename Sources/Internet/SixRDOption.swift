// SPDX-License-Identifier: BSD-2-Clause

/// DHCP's option 212 (RFC 5969 §7.1.1), with which a provider tells its customers of its 6rd domain, as clients write it
/// down:
///
///     option_6rd 0 32 2001:db8:: 10.255.0.1 10.255.0.2     dhclient-script(8), udhcpc's ip6rd
///     option unknown-212 0:20:20:1:d:b8:…;                 dhclient.leases(5), of an option without a declaration
///     002020010db8…                                        udhcpc's opt212
public struct SixRDOption: Equatable, Sendable {
    /// So many leading bits of IPv4 addresses all customers have in common.
    public let commonLength: Int
    public let prefix: IPv6Prefix
    /// One at least.
    public let relays: [IPv4Address]

    /// Why it is none, or not one to use.
    public struct Failure: Error, Equatable, Sendable {
        public let reason: String

        init(_ reason: String) {
            self.reason = reason
        }
    }

    /// Reads any of the forms above, with or without a name and `=` in front, quotes around it, or a semicolon behind.
    public init(_ text: String) throws(Failure) {
        var words = text.split { " \t\n,;='\"".contains($0) }[...]
        if words.first == "option" { words.removeFirst() }
        // What begins with a letter that is no hexadecimal digit, or holds a dash or an underscore, is a name.
        if let first = words.first, words.count > 1 || text.contains("="), !SixRDOption.isValue(first) {
            words.removeFirst()
        }
        if words.count == 1, let word = words.first {
            try self.init(bytes: SixRDOption.bytes(word))
        } else {
            try self.init(words: words)
        }
    }

    private static func isValue(_ word: Substring) -> Bool {
        word.utf8.allSatisfy { SixRDOption.digit($0) != nil || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }

    /// `0:20:20:1`, a byte between colons, or all digits together.
    private static func bytes(_ word: Substring) throws(Failure) -> [UInt8] {
        let groups = word.split(separator: ":", omittingEmptySubsequences: false).map { $0.utf8.map(digit) }
        let digits = groups.flatMap(\.self).compactMap(\.self)
        guard digits.count == groups.reduce(0, { $0 + $1.count }) else { throw Failure("not an option of DHCP") }
        if groups.count > 1 {
            guard groups.allSatisfy({ (1...2).contains($0.count) }) else { throw Failure("not an option of DHCP") }
            return groups.map { $0.compactMap(\.self).reduce(0) { $0 << 4 | $1 } }
        }
        guard digits.count % 2 == 0 else { throw Failure("not an option of DHCP") }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    private init(bytes: [UInt8]) throws(Failure) {
        // Two lengths, a prefix, and addresses.
        guard bytes.count >= 22, (bytes.count - 18) % 4 == 0 else {
            throw Failure("\(bytes.count) bytes, where 22 are wanted, or more by fours")
        }
        let half = { (from: Int) in bytes[from..<from + 8].reduce(0 as UInt64) { $0 << 8 | UInt64($1) } }
        let relays = stride(from: 18, to: bytes.count, by: 4).map { at in
            IPv4Address(bits: bytes[at..<at + 4].reduce(0) { $0 << 8 | UInt32($1) })
        }
        try self.init(
            commonLength: Int(bytes[0]), IPv6Address(high: half(2), low: half(10)), length: Int(bytes[1]), relays)
    }

    private init(words: ArraySlice<Substring>) throws(Failure) {
        let words = Array(words)
        guard words.count >= 4, let common = Int(words[0]), let length = Int(words[1]),
            let prefix = IPv6Address(String(words[2]))
        else { throw Failure("wants two lengths, a prefix, and border relays") }
        let relays = words[3...].map { IPv4Address($0) }
        guard !relays.contains(nil) else { throw Failure("a border relay is no IPv4 address") }
        try self.init(commonLength: common, prefix, length: length, relays.compactMap(\.self))
    }

    /// RFC 5969 §7.1.1: what is not within its bounds is not to be used. Bits behind the prefix do not count.
    private init(
        commonLength: Int, _ prefix: IPv6Address, length: Int, _ relays: [IPv4Address]
    ) throws(Failure) {
        guard (0...32).contains(commonLength) else {
            throw Failure("the mask length of IPv4 is \(commonLength), not 0..32")
        }
        guard (0...128).contains(length), 32 - commonLength + length <= 128 else {
            throw Failure("prefix length \(length) and \(32 - commonLength) bits of IPv4 exceed 128")
        }
        guard 32 - commonLength + length <= 64 else {
            throw Failure("prefix length \(length) and \(32 - commonLength) bits of IPv4 leave no network of 64 bits")
        }
        guard commonLength < 32 else { throw Failure("all 32 bits of IPv4 are common: a domain of one site") }
        for relay in relays {
            if let rule = IPv4Rule.broken(by: relay), rule != .privateNetwork, rule != .sharedSpace {
                throw Failure("the border relay \(relay) is \(rule.description)")
            }
        }
        self.commonLength = commonLength
        self.prefix = IPv6Prefix(prefix, length: length)
        self.relays = relays.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// The argument of `stfv4net`, where 32 is no common bit.
    public func net(of own: IPv4Address) -> String { "\(own)/\(commonLength == 0 ? 32 : commonLength)" }

    /// The prefix of the site with this IPv4 address.
    public func site(of own: IPv4Address) -> IPv6Prefix? {
        TunnelDomain(prefix: prefix, common: IPv4Prefix(own, length: commonLength))?.site(of: own)
    }
}
