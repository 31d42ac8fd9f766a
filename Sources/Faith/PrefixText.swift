// SPDX-License-Identifier: BSD-2-Clause
public import Internet

extension IPv6Prefix {
    /// Reads `2001:db8::/32`; bits after the length do not count. Without a length it is `hostLength`, or nothing if that
    /// is nil.
    public init?(reading text: some StringProtocol, hostLength: Int?) {
        guard let (address, length) = prefixParts(of: text, hostLength: hostLength),
            let address = IPv6Address(address), (0...128).contains(length)
        else { return nil }
        self.init(address, length: length)
    }
}

extension IPv4Prefix {
    /// Reads `10.0.0.0/8`, in the same way.
    public init?(reading text: some StringProtocol, hostLength: Int?) {
        guard let (address, length) = prefixParts(of: text, hostLength: hostLength),
            let address = IPv4Address(address), (0...32).contains(length)
        else { return nil }
        self.init(address, length: length)
    }
}

/// `10.0.0.0/8` is `10.0.0.0` and 8. A length is one to three digits without a leading zero: `/08` and `/+8` are refused.
private func prefixParts<Text: StringProtocol>(
    of text: Text, hostLength: Int?
) -> (address: Text.SubSequence, length: Int)? {
    let parts = text.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
    switch parts.count {
    case 1: return hostLength.map { (parts[0], $0) }
    case 2:
        guard let length = decimal(parts[1].utf8, upTo: 128) else { return nil }
        return (parts[0], length)
    default: return nil
    }
}

/// A number in decimal digits, without sign or leading zero; nil above `limit`. `0` and `128` pass, `010` does not.
func decimal(_ digits: some Collection<UInt8>, upTo limit: Int) -> Int? {
    // Nine digits cannot overflow.
    guard (1...9).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
        digits.count == 1 || digits.first != 0x30
    else { return nil }
    let number = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    return number <= limit ? number : nil
}
