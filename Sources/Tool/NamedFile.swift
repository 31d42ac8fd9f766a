// SPDX-License-Identifier: BSD-2-Clause
import Control
import SystemIO

/// The bytes of a file that a command line names; `-` is standard input.
package func contents(ofNamedFile name: String) throws(ToolError) -> [UInt8] {
    let bytes: [UInt8]?
    do throws(SystemError) {
        bytes = try contents(ofFile: name, limit: fileLimit)
    } catch {
        throw .noInput("\(name): \(BSDErrno(error.errno).text)")
    }
    guard let bytes else { throw .noInput("\(name): longer than \(fileLimit) bytes") }
    return bytes
}

/// More than anybody writes or captures to ask about, and /dev/zero has more.
private let fileLimit = 256 << 20
