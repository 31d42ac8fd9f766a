// SPDX-License-Identifier: BSD-2-Clause
internal import CTLS
internal import Internet

/// The SHA-256 of some bytes, as sha256sum(1) writes it. Nil: there is no memory for it.
public func sha256(_ bytes: [UInt8]) -> String? {
    var digest = [UInt8](repeating: 0, count: KeyFingerprint.size)
    guard unsafe ctls_digest(bytes, bytes.count, &digest) == 1 else { return nil }
    var text = ""
    for byte in digest { text += (byte < 16 ? "0" : "") + String(byte, radix: 16) }
    return text
}
