// SPDX-License-Identifier: BSD-2-Clause
import Control

/// For how long an address is preferred and valid. Nil is for ever, and zero preferred is deprecated.
struct Lifetimes {
    var preferred: UInt32?
    var valid: UInt32?

    /// What the words `pltime`, `vltime` and `deprecated` make of them; -1 is for ever, and nil leaves one as it is. An
    /// address is preferred no longer than it is valid (RFC 4862 §5.5.4).
    mutating func change(pltime: Int?, vltime: Int?, deprecated: Bool?) throws(Objection) {
        if let vltime { valid = try Lifetimes.seconds(vltime) }
        if let pltime { preferred = try Lifetimes.seconds(pltime) }
        if let deprecated { preferred = deprecated ? 0 : preferred == 0 ? nil : preferred }
        guard let valid else { return }
        guard valid > 0 else { throw Objection(.EINVAL, "vltime 0") }
        guard pltime == nil || preferred ?? .max <= valid else {
            throw Objection(.EINVAL, "pltime \(preferred.map(String.init) ?? "infty") exceeds vltime \(valid)")
        }
        preferred = min(preferred ?? valid, valid)
    }

    private static func seconds(_ number: Int) throws(Objection) -> UInt32? {
        if number == -1 { return nil }
        guard let seconds = UInt32(exactly: number), seconds < UInt32.max else {
            throw Objection(.EINVAL, "lifetime \(number)")
        }
        return seconds
    }
}
