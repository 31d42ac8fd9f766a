// SPDX-License-Identifier: BSD-2-Clause
package import Control

/// One document for `-j`, on a line.
package func json(_ value: some Encodable) throws(ControlError) -> String {
    guard let bytes = try? VarlinkWire.encode(value) else { throw .badAnswer }
    // Without the NUL that ends it on the wire.
    return String(decoding: bytes.dropLast(), as: UTF8.self) + "\n"
}
