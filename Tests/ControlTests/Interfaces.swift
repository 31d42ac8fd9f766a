// SPDX-License-Identifier: BSD-2-Clause
import Control
import FaithControl
import Inet6Control
import PuppetControl
import Testing

/// Those that are shipped.
let allInterfaces: [VarlinkInterface] = [.service, .ifnet, .inet6, .mib, .faith, .puppet, .boot].compactMap(\.self)

/// An interface that is shipped, by name.
func shipped(_ name: String) throws -> VarlinkInterface {
    try #require(allInterfaces.first { $0.name == name })
}

/// What a value looks like to whoever reads the wire.
func json(_ value: some Encodable) throws -> JSONValue {
    try VarlinkWire.convert(value, to: JSONValue.self)
}

func json(_ text: String) throws -> JSONValue {
    try VarlinkWire.decode(JSONValue.self, from: Array(text.utf8))
}

/// The keys of a value that is a JSON object.
func keys(_ value: some Encodable) throws -> Set<String>? {
    guard case .object(let fields) = try json(value) else { return nil }
    return Set(fields.keys)
}

/// The fields of a structure of an interface.
func fieldNames(_ type: VarlinkType?) -> Set<String>? {
    guard case .structure(let fields) = type else { return nil }
    return Set(fields.map(\.name))
}

/// The type of one field of a structure.
func field(_ name: String, of type: VarlinkType?) -> VarlinkType? {
    guard case .structure(let fields) = type else { return nil }
    return fields.first { $0.name == name }?.type
}
