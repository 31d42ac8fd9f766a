// SPDX-License-Identifier: BSD-2-Clause
import Glibc
import SystemPackage

/// Makes a file that everyone may read.
/// - Throws: EEXIST if there is one.
public func makeFile(_ path: String, holding text: String) throws(SystemError) {
    do throws(SystemError) {
        try write(text, toNew: path)
    } catch {
        throw SystemError(object: path, error.errno)
    }
}

/// Puts a file in the place of what is there: who reads it sees one or the other, whole.
public func replaceFile(_ path: String, holding text: String) throws(SystemError) {
    let name = path.split(separator: "/", omittingEmptySubsequences: false)
    // In the same directory, or it could not be renamed; hidden, so that nobody takes it for the file.
    let other = (name.dropLast() + [".\(name.last ?? "").\(getpid())"]).joined(separator: "/")
    do throws(SystemError) {
        try? removeFile(other)
        try write(text, toNew: other)
        try must("rename") { unsafe rename(other, path) }
    } catch {
        try? removeFile(other)
        throw SystemError(object: path, error.errno)
    }
}

private func write(_ text: String, toNew path: String) throws(SystemError) {
    let descriptor = Descriptor(
        number: try must("open") { unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644) })
    let number = descriptor.number
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let count = try must("write") {
            unsafe rest.withUnsafeBytes { unsafe Glibc.write(number, $0.baseAddress, $0.count) }
        }
        rest = rest.dropFirst(count)
    }
}
