// SPDX-License-Identifier: BSD-2-Clause

/// What a public key is known by: the SHA-256 of its SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), written as ssh-keygen(1)
/// writes fingerprints: `SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU`.
public struct KeyFingerprint: Hashable, Sendable, CustomStringConvertible {
    public static let size = 32
    public let bytes: [UInt8]

    /// Nil, unless there are 32.
    public init?(bytes: [UInt8]) {
        guard bytes.count == KeyFingerprint.size else { return nil }
        self.bytes = bytes
    }

    private static let prefix = "SHA256:"
    // RFC 4648 §4
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The padding, `=`, may be there or not.
    public init?(_ text: some StringProtocol) {
        guard text.hasPrefix(KeyFingerprint.prefix) else { return nil }
        var digits = Array(text.utf8.dropFirst(KeyFingerprint.prefix.utf8.count))
        if digits.count == 44, digits.last == UInt8(ascii: "=") { digits.removeLast() }
        guard digits.count == 43 else { return nil }
        var bytes: [UInt8] = []
        var (bits, count) = (UInt32(0), 0)
        for digit in digits {
            guard let value = KeyFingerprint.alphabet.firstIndex(of: digit) else { return nil }
            (bits, count) = (bits << 6 | UInt32(value), count + 6)
            guard count >= 8 else { continue }
            count -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            bits &= 1 << UInt32(count) - 1
        }
        // Two bits are left over, of which nothing is said.
        guard bits == 0 else { return nil }
        self.bytes = bytes
    }

    public var description: String {
        var digits: [UInt8] = []
        var (bits, count) = (UInt32(0), 0)
        for byte in bytes {
            (bits, count) = (bits << 8 | UInt32(byte), count + 8)
            while count >= 6 {
                count -= 6
                digits.append(KeyFingerprint.alphabet[Int(bits >> UInt32(count)) & 63])
            }
            bits &= 0xFF
        }
        if count > 0 { digits.append(KeyFingerprint.alphabet[Int(bits << UInt32(6 - count)) & 63]) }
        return KeyFingerprint.prefix + String(decoding: digits, as: UTF8.self)
    }
}
