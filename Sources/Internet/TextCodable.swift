// SPDX-License-Identifier: BSD-2-Clause

/// A value that is a text in JSON, the same that people read: `"192.0.2.1:80"`.
public protocol TextCodable: Codable, CustomStringConvertible {
    /// Reads what `description` writes.
    init?(_ text: some StringProtocol)
}

extension TextCodable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Self(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not such a value: \(text)")
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension IPv4Address: TextCodable {}
extension IPv6Address: TextCodable {}
extension IPv4Endpoint: TextCodable {}
extension IPv6Endpoint: TextCodable {}
