// SPDX-License-Identifier: BSD-2-Clause

/// A command as the relay has understood it. What goes to the server is written anew from this, so that it finds there
/// what the relay found, whatever it takes for the end of a line, for a blank, or for Telnet's.
struct FTPCommand {
    /// Letters and digits, in the case that the client wrote them.
    let verb: ArraySlice<UInt8>
    /// What is behind the blank that ends the verb, other blanks with it, for a name may begin or end with one; nil if
    /// there is no blank.
    let argument: ArraySlice<UInt8>?

    /// Bytes of a line that any server reads as one. Some have split a longer one, and have taken the rest for a command:
    /// after 512 bytes (CVE-2008-4247), after 1024 (CVE-2008-4242).
    private static let safeLength = 255
    private static let blank = UInt8(ascii: " ")

    /// Reads a line without its end, and without Telnet's commands. Nil: there is nothing in it.
    ///
    /// Passes: `RETR  a`, the name of which begins with a blank. Refused: `NOOP\rPORT 127,0,0,1,0,25`, for a server may
    /// find the end of the line in it, and so may one with CR NUL LF, which RFC 2640 §3.1 has for names with an end of
    /// line in them; `P@SW`, which no RFC has, for PASV.
    init?(_ text: ArraySlice<UInt8>) throws(FTPRefusal) {
        guard text.allSatisfy({ $0 >= 0x20 }) else { throw .controlCharacter }
        let line = text.drop { $0 == FTPCommand.blank }
        verb = line.prefix { $0 != FTPCommand.blank }
        guard !verb.isEmpty else { return nil }
        guard verb.allSatisfy(isAlphanumeric) else { throw .badVerb }
        argument = verb.endIndex < line.endIndex ? line[(verb.endIndex + 1)...] : nil
        if FTPCommand.hidesAnother(line) { throw .hiddenCommand }
    }

    /// The argument without blanks around.
    var word: ArraySlice<UInt8> {
        var word = (argument ?? []).drop { $0 == FTPCommand.blank }
        while word.last == FTPCommand.blank { word.removeLast() }
        return word
    }

    /// Without the end of the line.
    var written: [UInt8] {
        verb + (argument.map { [FTPCommand.blank] + $0 } ?? [])
    }

    /// Whether the server would connect elsewhere if it split a long line somewhere.
    private static func hidesAnother(_ line: ArraySlice<UInt8>) -> Bool {
        guard line.count > safeLength else { return false }
        let rest = line.dropFirst(safeLength)
        return rest.indices.contains { start in
            guard let verb = FTPVerb(rest[start...].prefix(4)) else { return false }
            let behind = rest[start...].dropFirst(4)
            let argument = behind.drop { $0 == blank }
            guard argument.startIndex > behind.startIndex, let first = argument.first else { return false }
            switch verb {
            case .eprt: return true
            // A name may well end with `Report 2024, final`, but not with `Report 192,0`.
            case .port, .lprt: return isDigit(first) && isList(argument.drop(while: isDigit))
            case .epsv, .lpsv, .pasv, .auth, .mic, .conf, .enc: return false
            }
        }
    }

    /// Whether another number follows.
    private static func isList(_ text: ArraySlice<UInt8>) -> Bool {
        text.first == UInt8(ascii: ",") && text.dropFirst().first.map(isDigit) ?? false
    }
}

/// RFC 959 §5.3 has letters only; digits are in names that others have made up, as XSHA1.
private func isAlphanumeric(_ byte: UInt8) -> Bool {
    isDigit(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
}
