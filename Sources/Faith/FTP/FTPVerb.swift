// SPDX-License-Identifier: BSD-2-Clause

/// The commands that the relay does not just pass on.
enum FTPVerb: String, CaseIterable, Codable, Sendable {
    /// RFC 2428: the data connection by address family, address and port, or by port only.
    case eprt = "EPRT"
    case epsv = "EPSV"
    /// RFC 1639, which came before it.
    case lprt = "LPRT"
    case lpsv = "LPSV"
    /// RFC 959, IPv4 only.
    case port = "PORT"
    case pasv = "PASV"
    /// RFC 4217: after it, the control connection may no longer be readable.
    case auth = "AUTH"
    /// RFC 2228 §3: what each has in its argument, encoded, is another command.
    case mic = "MIC"
    case conf = "CONF"
    case enc = "ENC"

    /// `eprt` and `EPRT` are the same; `EPRTX` is none.
    init?(_ word: ArraySlice<UInt8>) {
        guard (3...4).contains(word.count) else { return nil }
        self.init(rawValue: String(decoding: word, as: UTF8.self).uppercased())
    }
}
