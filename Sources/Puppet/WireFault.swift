// SPDX-License-Identifier: BSD-2-Clause

/// Why nothing more can be made of what a peer sends. There is no way back into step: the connection ends.
public enum WireFault: Error, Equatable, Sendable {
    /// So many bytes came, and these first ones of them are no greeting.
    case noGreeting(count: Int, sample: [UInt8])
    /// It speaks another version than ours.
    case version(UInt16)
    /// A record that is longer than any may be.
    case tooLong(UInt32)
    /// A record of a type that is known, and that is not as that type is.
    case malformed(RecordType)
    /// A record that may not come here, or not from this end.
    case unexpected(RecordType)
    /// Both ends are masters, or both are slaves.
    case sameSlaves
    /// etherpuppet's version is none that is known, or not the one that was asked for.
    case legacyVersion(UInt32)
    /// A command of etherpuppet's that is neither of the two.
    case legacyCommand(UInt16)
    /// An ioctl(2) that no interface's parameters are set with. The original carries out any.
    case legacyRequest(UInt32)
    /// The peer takes leave, and says why.
    case goodbye(String)
}

extension WireFault: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noGreeting(let count, let sample):
            "no greeting in \(count) bytes, which begin with \"\(WireFault.printable(sample))\""
        case .version(let version): "the peer speaks version \(version) of the protocol, not \(Greeting.version)"
        case .tooLong(let length): "a record of \(length) bytes"
        case .malformed(let type): "a malformed record: \(type)"
        case .unexpected(let type): "a record that has no place here: \(type)"
        case .sameSlaves: "both ends are slaves"
        case .legacyVersion(let version): "version \(String(version, radix: 16)) of etherpuppet's protocol"
        case .legacyCommand(let command): "command \(command) of etherpuppet's protocol"
        case .legacyRequest(let request): "etherpuppet's peer asks for ioctl \(String(request, radix: 16))"
        case .goodbye(let reason): "the peer: \(reason)"
        }
    }

    /// What came may be anything; a line of text has no control characters.
    private static func printable(_ bytes: [UInt8]) -> String {
        var text = ""
        for byte in bytes { text.unicodeScalars.append((0x20..<0x7F).contains(byte) ? Unicode.Scalar(byte) : ".") }
        return text
    }
}

/// Which end of a tunnel this is (etherpuppet(1)).
public enum PuppetRole: UInt8, Sendable {
    /// Has the real interface.
    case slave = 1
    /// Has the doll.
    case master = 2

    public var other: PuppetRole { self == .slave ? .master : .slave }
}
