// SPDX-License-Identifier: BSD-2-Clause
import FoundationEssentials
internal import Synchronization
import SystemPackage

/// The document of an estate: parts by name, each of which its owner alone reads and writes. It is JSON, with one line for
/// each part, so that it can be taken apart without reading those that somebody else, or nobody, understands:
///
///     {"version":1,"parts":{
///     "faith0":{"slot":0},
///     "stf0":{"link0":true}
///     }}
extension Estate {
    private static let start = Array("{\"version\":1,\"parts\":{".utf8)
    private static let end = Array("}}".utf8)
    private static let newline = UInt8(ascii: "\n")
    private static let comma = UInt8(ascii: ",")

    /// All parts, for another process.
    public var document: [UInt8] {
        let parts = contents.withLock { $0.parts }.sorted { $0.key < $1.key }
        let lines = parts.map { Array("\"\($0.key)\":".utf8) + $0.value }
        return Estate.start + [Estate.newline] + Array(lines.joined(separator: [Estate.comma, Estate.newline]))
            + [Estate.newline] + Estate.end
    }

    /// Notes an owner's state.
    /// - Throws: EEXIST if there is a part of this name, ENAMETOOLONG, EINVAL for what JSON cannot say, such as NaN.
    public func put(_ part: some Encodable, as name: String) throws(SystemError) {
        let spelling = try Estate.spelling(of: name)
        let bytes: [UInt8]
        do {
            // Nothing in it is a line's end: that is `\n` in JSON.
            bytes = Array(try JSONEncoder().encode(part))
        } catch {
            throw SystemError(object: "\(name) in the estate's document", .invalidArgument)
        }
        let isNew = contents.withLock { contents in
            guard contents.parts[spelling] == nil else { return false }
            contents.parts[spelling] = bytes
            return true
        }
        guard isNew else { throw SystemError(object: "\(name) in the estate's document", .fileExists) }
    }

    /// What an owner has noted; nil: nothing.
    /// - Throws: EBADMSG for what this type is not made of, and what of it is amiss.
    public func get<Part: Decodable>(_ name: String, as type: Part.Type = Part.self) throws(SystemError) -> Part? {
        let spelling = try Estate.spelling(of: name)
        guard let bytes = contents.withLock({ $0.parts[spelling] }) else { return nil }
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            let place = (error as? DecodingError).map { ": \($0.place)" } ?? ""
            throw SystemError(object: "\(name) in the estate's document\(place)", .badMessage)
        }
    }

    static func parts(of document: [UInt8]) throws(SystemError) -> [String: [UInt8]] {
        var lines = document.split(separator: newline)
        guard lines.first == start[...], lines.last == end[...] else {
            throw SystemError(object: "the estate's document", .protocolNotSupported)
        }
        lines = Array(lines.dropFirst().dropLast())
        var parts: [String: [UInt8]] = [:]
        for var line in lines {
            if line.last == comma { line.removeLast() }
            // No name has a colon in it.
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), line.first == UInt8(ascii: "\"") else {
                throw SystemError(object: "the estate's document", .badMessage)
            }
            parts[String(decoding: line[..<colon].dropFirst().dropLast(), as: UTF8.self)] = Array(line[(colon + 1)...])
        }
        return parts
    }
}

extension DecodingError {
    /// `sessions.3.client`
    fileprivate var place: String {
        let path: [any CodingKey]
        switch self {
        case .keyNotFound(let key, let context): path = context.codingPath + [key]
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            path = context.codingPath
        @unknown default: path = []
        }
        return path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    }
}
