// SPDX-License-Identifier: BSD-2-Clause
import Glibc
import SystemPackage

/// Becomes another program of PATH, with a connection for its standard input and output: execvp(3).
/// - Throws: ENOENT if there is none of this name; then nothing has changed but that the connection is closed.
public func becomeProgram(
    _ name: String, _ arguments: [String], with socket: consuming TCPSocket
) throws(SystemError) -> Never {
    let descriptor = socket.intoDescriptor()
    let number = descriptor.number
    try must("dup2") { dup2(number, 0) }
    try must("dup2") { dup2(number, 1) }
    var words = unsafe ([name] + arguments).map { unsafe strdup($0) } + [nil]
    unsafe execvp(name, &words)
    let failure = SystemError(object: name, Errno(rawValue: errno))
    unsafe words.forEach { unsafe free($0) }
    throw failure
}
