// SPDX-License-Identifier: BSD-2-Clause

/// What is left of a line when Telnet's commands are taken out of it (RFC 854): a control connection of FTP is a Telnet
/// connection (RFC 959 §4.1), but many servers know nothing of that, and take for text what another takes for Telnet's.
/// So no command of Telnet's goes on: `FF F4 FF F2 41 42 4F 52` is `ABOR` to everybody.
struct TelnetText {
    /// A byte 255 of it is still written as two.
    private(set) var bytes: [UInt8] = []
    /// What a host answers that has no option of Telnet's: DO with WONT, WILL with DONT (RFC 1123 §3.2.1).
    private(set) var answers: [UInt8] = []
    /// False if a command has no end in this line, as in `FF FA 50`, or is none, as `FF 50`.
    private(set) var isWhole = true

    private static let iac: UInt8 = 255
    private static let se: UInt8 = 240

    /// Takes a line without its end apart.
    init(_ line: ArraySlice<UInt8>) {
        guard line.contains(TelnetText.iac) else {
            bytes = Array(line)
            return
        }
        var rest = line
        while let first = rest.popFirst() {
            if first == TelnetText.iac { takeCommand(&rest) } else { bytes.append(first) }
        }
    }

    private mutating func takeCommand(_ rest: inout ArraySlice<UInt8>) {
        let command = rest.first ?? 0
        // RFC 854 has those from 240, RFC 885 and RFC 1184 §2.5 four more.
        guard command >= 236 else {
            // To those who know nothing of Telnet it is a letter.
            bytes.append(TelnetText.iac)
            isWhole = false
            return
        }
        rest.removeFirst()
        switch command {
        case TelnetText.iac: bytes += [TelnetText.iac, TelnetText.iac]
        case 250: skipSubnegotiation(&rest)
        case 251...254: takeOption(command, rest.popFirst())
        default: break
        }
    }

    private mutating func takeOption(_ command: UInt8, _ option: UInt8?) {
        guard let option else { return isWhole = false }
        switch command {
        case 251: answers += [TelnetText.iac, 254, option]
        case 253: answers += [TelnetText.iac, 252, option]
        default: break
        }
    }

    /// All up to IAC SE, in which IAC IAC is a byte 255 (RFC 855).
    private mutating func skipSubnegotiation(_ rest: inout ArraySlice<UInt8>) {
        while let byte = rest.popFirst() {
            guard byte == TelnetText.iac else { continue }
            switch rest.popFirst() {
            case TelnetText.se?: return
            case TelnetText.iac?: continue
            default: isWhole = false
            }
        }
        isWhole = false
    }
}
