// SPDX-License-Identifier: BSD-2-Clause
import Internet

// Addresses as FTP writes them.

extension IPv4Endpoint {
    /// RFC 959 §5.3.2: 192.0.2.1 and port 1025 are `192,0,2,1,4,1`.
    var ftpText: String {
        (bigEndian(address.bits) + bigEndian(port)).map(String.init).joined(separator: ",")
    }

    /// Finds the address in what a server says after 227, wherever it is (RFC 1123 §4.1.2.6): in
    /// `Entering Passive Mode (192,0,2,1,4,1).`, and in `=192,0,2,1,4,1`; not in `(192,0,2,1,4,256)`.
    init?(passiveReply text: ArraySlice<UInt8>) {
        let words = text.split { !($0 == UInt8(ascii: ",") || isDigit($0)) }
        guard let octets = words.lazy.compactMap({ octets(of: $0) }).first(where: { $0.count == 6 }) else { return nil }
        let bits = octets[..<4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        self.init(IPv4Address(bits: bits), port: UInt16(octets[4]) << 8 | UInt16(octets[5]))
    }
}

extension IPv6Endpoint {
    /// RFC 1639 §2: address family 6, 16 bytes of address, 2 of port; 2001:db8::1 and port 1025 are
    /// `6,16,32,1,13,184,0,0,0,0,0,0,0,0,0,0,0,1,2,4,1`.
    var ftpLongText: String {
        let bytes = [6, 16] + bigEndian(address.high) + bigEndian(address.low) + [2] + bigEndian(port)
        return bytes.map(String.init).joined(separator: ",")
    }

    /// Reads the argument of LPRT.
    init(long argument: ArraySlice<UInt8>) throws(FTPRefusal) {
        guard let octets = octets(of: argument), let family = octets.first else { throw .badArgument }
        guard family == 6 else { throw .unknownFamily }
        guard octets.count == 21, octets[1] == 16, octets[18] == 2 else { throw .badArgument }
        let half = { (part: ArraySlice<UInt8>) in part.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
        self.init(
            IPv6Address(high: half(octets[2..<10]), low: half(octets[10..<18])),
            port: UInt16(octets[19]) << 8 | UInt16(octets[20]))
    }

    /// Reads the argument of EPRT, `|2|2001:db8::1|1025|`, in which any other printable character may stand for `|`
    /// (RFC 2428 §2). `|1|192.0.2.1|1025|` is of another family, `|2|2001:db8::1|1025` has no end.
    init(extended argument: ArraySlice<UInt8>) throws(FTPRefusal) {
        guard let delimiter = argument.first, (33...126).contains(delimiter) else { throw .badArgument }
        let fields = argument.split(separator: delimiter, omittingEmptySubsequences: false)
        guard fields.count == 5, fields[0].isEmpty, fields[4].isEmpty,
            let family = decimal(fields[1], upTo: .max)
        else { throw .badArgument }
        guard family == 2 else { throw .unknownFamily }
        guard let address = IPv6Address(String(decoding: fields[2], as: UTF8.self)),
            let port = decimal(fields[3], upTo: 65535)
        else { throw .badArgument }
        self.init(address, port: UInt16(port))
    }
}

/// `1,22,255` as bytes; nil for anything but numbers up to 255 with commas between.
private func octets(of text: ArraySlice<UInt8>) -> [UInt8]? {
    var octets: [UInt8] = []
    for field in text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
        guard (1...3).contains(field.count), field.allSatisfy(isDigit),
            let octet = UInt8(exactly: field.reduce(0) { $0 * 10 + Int($1 - 0x30) })
        else { return nil }
        octets.append(octet)
    }
    return octets
}

func isDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte)
}

/// The bytes of a number, the most significant first.
private func bigEndian<Number: FixedWidthInteger & UnsignedInteger>(_ number: Number) -> [UInt8] {
    stride(from: Number.bitWidth - 8, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> Number($0)) }
}
