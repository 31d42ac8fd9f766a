// SPDX-License-Identifier: BSD-2-Clause
import FoundationEssentials

/// The Varlink wire (varlink.org, Protocol): JSON objects, each ended by a NUL byte.
public enum VarlinkWire {
    /// Bytes of the largest message either side takes.
    public static let messageLimit = 1 << 20

    /// - Parameter isForPeople: sorts the keys, and leaves slashes as they are.
    public static func encode(
        _ message: some Encodable, isForPeople: Bool = true
    ) throws(VarlinkWireError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = isForPeople ? [.sortedKeys, .withoutEscapingSlashes] : []
        do {
            return Array(try encoder.encode(message)) + [0]
        } catch {
            throw .unencodable
        }
    }

    /// Arrays and objects inside each other; the interfaces need six.
    public static let depthLimit = 16
    /// Values, and names of values; a change of an interface with all its fields has forty.
    public static let valueLimit = 16_384

    /// Whether a message is worth decoding, which costs more for each value, and more again for each level that it lies
    /// deep: a message of nothing but brackets would take minutes.
    public static func isWithinLimits(_ bytes: some Sequence<UInt8>) -> Bool {
        var depth = 0
        var values = 1
        var isInString = false
        var isEscaped = false
        for byte in bytes {
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                values += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            case UInt8(ascii: ","), UInt8(ascii: ":"): values += 1
            default: break
            }
            if depth > depthLimit || values > valueLimit { return false }
        }
        return true
    }

    /// - Parameter bytes: one message without its NUL.
    public static func decode<Message: Decodable>(
        _: Message.Type, from bytes: some Collection<UInt8>
    ) throws(VarlinkWireError) -> Message {
        do {
            return try JSONDecoder().decode(Message.self, from: Data(bytes))
        } catch {
            throw .undecodable
        }
    }

    /// Turns a value into another type with the same JSON form.
    public static func convert<Value: Decodable>(
        _ value: some Encodable, to type: Value.Type
    ) throws(VarlinkWireError) -> Value {
        try decode(type, from: try encode(value).dropLast())
    }
}

public enum VarlinkWireError: Error, Equatable {
    case undecodable
    case unencodable
}

/// A method call.
public struct VarlinkCall<Parameters> {
    public var method: String
    public var parameters: Parameters?
    /// The caller takes any number of replies.
    public var more: Bool?
    /// The caller wants no reply.
    public var oneway: Bool?
    /// The caller would speak another protocol from here on. Nothing here does.
    public var upgrade: Bool?

    public init(method: String, parameters: Parameters?) {
        self.method = method
        self.parameters = parameters
    }
}

extension VarlinkCall: Encodable where Parameters: Encodable {}
extension VarlinkCall: Decodable where Parameters: Decodable {}

/// A reply to a call, or an error.
public struct VarlinkReply<Parameters> {
    public var parameters: Parameters?
    /// Another reply to the same call follows.
    public var continues: Bool?
    /// The full name of an error, whose parameters then `parameters` are.
    public var error: String?

    public init(parameters: Parameters?, error: String? = nil) {
        self.parameters = parameters
        self.error = error
    }
}

extension VarlinkReply: Encodable where Parameters: Encodable {}
extension VarlinkReply: Decodable where Parameters: Decodable {}
