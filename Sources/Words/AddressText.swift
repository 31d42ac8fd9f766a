// SPDX-License-Identifier: BSD-2-Clause
import Internet

/// An address in a command: `2001:db8::1`, `fe80::1%eth0/64`. Whether the zone exists is for the daemon to say.
package struct AddressText {
    /// RFC 5952's text, with the zone as it was given.
    package var address: String
    /// 0...128
    package var prefixLength: Int?

    /// `bad value`, and perhaps why.
    package struct Failure: Error {
        package var reason: String
    }

    /// The zone comes before the prefix length: `fe80::1%eth0/64` passes and `fe80::1/64%eth0` fails.
    package init(_ text: String) throws(Failure) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        do throws(ScopedAddressError) {
            let scoped = try ScopedText(parts[0])
            // Any name may be that of an interface; but not every address has a zone by name.
            _ = try ScopedAddress(scoped) { _ in 1 }
            address = scoped.description
        } catch {
            throw Failure(reason: error == .notAnAddress ? "bad value" : "bad value (\(error))")
        }
        if parts.count == 2 {
            guard let length = decimal(String(parts[1])), (0...128).contains(length) else {
                throw Failure(reason: "bad value (prefix length 0..128)")
            }
            prefixLength = length
        }
    }
}
