// SPDX-License-Identifier: BSD-2-Clause
import Internet

// Readers of the arguments of words.

/// A number of digits only.
package func decimal(_ text: String) -> Int? {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
}

package func number(_ given: Given, in range: ClosedRange<Int>) throws(WordError) -> Int {
    guard let number = decimal(given.argument) else { throw given.refusal("bad value") }
    guard range.contains(number) else {
        throw given.refusal("bad value (\(range.lowerBound)..\(range.upperBound))")
    }
    return number
}

/// Seconds, or `infty`, which travels as -1; ifconfig(8) says the greatest number for that.
func lifetime(_ given: Given) throws(WordError) -> Int {
    if given.argument == "infty" { return -1 }
    let seconds = try number(given, in: 0...Int(UInt32.max))
    return seconds == Int(UInt32.max) ? -1 : seconds
}

/// `192.0.2.1`
func ipv4Address(_ given: Given) throws(WordError) -> String {
    guard let address = IPv4Address(given.argument) else { throw given.refusal("bad value") }
    return address.description
}

/// `192.0.2.1/16`
func ipv4Network(_ given: Given, lengths: ClosedRange<Int>) throws(WordError) -> String {
    let parts = given.argument.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { throw given.refusal("wants address/length") }
    guard let address = IPv4Address(parts[0]) else { throw given.refusal("bad value") }
    guard let length = decimal(String(parts[1])), lengths.contains(length) else {
        throw given.refusal("bad value (length \(lengths.lowerBound)..\(lengths.upperBound))")
    }
    return "\(address)/\(length)"
}

enum Family {
    case ipv4, ipv6
}

/// `2001:db8::/32`, or without a length one address, as it was given. What it may be is for the daemon to say.
func prefix(_ given: Given, _ family: Family, needsLength: Bool = false) throws(WordError) -> String {
    let parts = given.argument.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    let isAddress = family == .ipv6 ? IPv6Address(parts[0]) != nil : IPv4Address(parts[0]) != nil
    guard isAddress else { throw given.refusal("bad value") }
    guard parts.count == 2 else {
        if needsLength { throw given.refusal("wants prefix/length") }
        return given.argument
    }
    let lengths = 0...(family == .ipv6 ? 128 : 32)
    guard let length = decimal(String(parts[1])), lengths.contains(length) else {
        throw given.refusal("bad value (length 0..\(lengths.upperBound))")
    }
    return given.argument
}
