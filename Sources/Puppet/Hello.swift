// SPDX-License-Identifier: BSD-2-Clause
internal import Internet

/// What an end says of itself once, before anything else.
public struct Hello: Equatable, Sendable {
    /// What it can take.
    public struct Features: OptionSet, Sendable {
        public let rawValue: UInt32

        public init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        /// Frames whose checksum is not finished yet, and TCP segments that are not cut yet.
        public static let offload = Features(rawValue: 1)
        /// It wants to know when each frame was seen.
        public static let stamps = Features(rawValue: 2)
    }

    public var role: PuppetRole
    public var features: Features
    /// Of the tunnel, at random: where a frame has it inside, the tunnel is seen by itself.
    public var tag: UInt64
    /// Who speaks, for people: `hydrangea 1.0`.
    public var software: String

    public init(_ role: PuppetRole, _ features: Features, tag: UInt64, software: String) {
        self.role = role
        self.features = features
        self.tag = tag
        self.software = software
    }

    private enum Attribute {
        static let role: UInt16 = 1
        static let features: UInt16 = 2
        static let tag: UInt16 = 3
        static let software: UInt16 = 4
    }

    private static let longestText = 255

    /// The record.
    public var bytes: [UInt8] {
        var attributes = Attributes()
        attributes.put(Attribute.role, role.rawValue)
        attributes.put(Attribute.features, features.rawValue)
        attributes.put(Attribute.tag, tag)
        attributes.put(Attribute.software, String(decoding: software.utf8.prefix(Hello.longestText), as: UTF8.self))
        return RecordHeader(.hello, length: attributes.bytes.count).bytes + attributes.bytes
    }

    init(_ bytes: borrowing RawSpan, _ range: Range<Int>) throws(WireFault) {
        var (role, features, tag, software): (PuppetRole?, Features?, UInt64?, String) = (nil, nil, nil, "")
        let isWhole = try Attributes.read(bytes, range) { type, value throws(WireFault) in
            switch type {
            case Attribute.role: role = value.integer(UInt8.self).flatMap(PuppetRole.init(rawValue:))
            case Attribute.features: features = value.integer(UInt32.self).map(Features.init(rawValue:))
            case Attribute.tag: tag = value.integer(UInt64.self)
            case Attribute.software: software = LineText.read(value.prefix(Hello.longestText))
            case _: break
            }
        }
        guard isWhole, let role, let features, let tag else { throw .malformed(.hello) }
        self.init(role, features, tag: tag, software: software)
    }
}

/// Text of a peer's, which may be anything, as one line of it.
enum LineText {
    static func read(_ bytes: some Sequence<UInt8>) -> String {
        var line = ""
        for scalar in String(decoding: Array(bytes), as: UTF8.self).unicodeScalars {
            line.unicodeScalars.append(scalar.properties.generalCategory == .control ? " " : scalar)
        }
        return line
    }
}
