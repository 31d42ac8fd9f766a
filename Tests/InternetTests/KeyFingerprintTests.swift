// SPDX-License-Identifier: BSD-2-Clause
import Internet
import TestSupport
import Testing

@Suite struct KeyFingerprintTests {
    /// FIPS 180-4: SHA-256 of nothing, as ssh-keygen(1) would write it.
    @Test func `a fingerprint is written as ssh writes it`() throws {
        let digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        let bytes = stride(from: 0, to: 64, by: 2).compactMap { place in
            UInt8(digest.dropFirst(place).prefix(2), radix: 16)
        }
        let key = try #require(KeyFingerprint(bytes: bytes))
        #expect(key.description == "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU")
        #expect(KeyFingerprint(key.description) == key)
        #expect(KeyFingerprint(key.description + "=") == key)
    }

    @Test func `what is written is read`() throws {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<1000 {
            let bytes = (0..<32).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let key = try #require(KeyFingerprint(bytes: bytes))
            #expect(KeyFingerprint(key.description)?.bytes == bytes)
        }
    }

    @Test(arguments: [
        "", "SHA256:", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
        "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuF",
        "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV", "SHA256:47DEQpj8HBSa+_TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
        "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU==", "sha256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
    ])
    func `what is no fingerprint is not read`(_ text: String) {
        #expect(KeyFingerprint(text) == nil)
    }
}
