// SPDX-License-Identifier: BSD-2-Clause
import Control
import SystemIO

/// The bytes of a file that a command line names; `-` is standard input.
package func contents(ofNamedFile name: String) throws(ToolError) -> [UInt8] {
    do throws(SystemError) {
        return try contents(ofFile: name)
    } catch {
        throw .noInput("\(name): \(BSDErrno(error.errno).text)")
    }
}
