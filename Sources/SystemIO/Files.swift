// SPDX-License-Identifier: BSD-2-Clause
import Glibc
import SystemPackage

/// The bytes of a file; `-` is standard input.
public func contents(ofFile path: String) throws(SystemError) -> [UInt8] {
    try contents(ofFile: path, limit: .max) ?? []
}

/// The same; nil if there are more than so many.
public func contents(ofFile path: String, limit: Int) throws(SystemError) -> [UInt8]? {
    if path == "-" { return try read(STDIN_FILENO, limit: limit) }
    let descriptor = Descriptor(number: try must("open") { unsafe open(path, O_RDONLY | O_CLOEXEC) })
    return try read(descriptor.number, limit: limit)
}

/// What is left to read; nil if that is more than so many bytes.
func read(_ number: Int32, limit: Int) throws(SystemError) -> [UInt8]? {
    var bytes: [UInt8] = []
    // Most are variables of the kernel, of a few bytes.
    var chunk = [UInt8](repeating: 0, count: 512)
    while true {
        let count = try must("read") { unsafe Glibc.read(number, &chunk, chunk.count) }
        if count == 0 { return bytes }
        guard count <= limit - bytes.count else { return nil }
        bytes += chunk[..<count]
        if count == 512 { chunk = [UInt8](repeating: 0, count: 65_536) }
    }
}

/// Where a symbolic link leads: readlink(2).
public func target(ofLink path: String) throws(SystemError) -> String {
    var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = try must("readlink") { unsafe readlink(path, &bytes, bytes.count) }
    return String(decoding: bytes.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// The names in a directory, in no order, without `.` and `..`.
public func fileNames(inDirectory path: String) throws(SystemError) -> [String] {
    guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return [] }
    guard let directory = unsafe opendir(path) else { throw SystemError("opendir", Errno(rawValue: errno)) }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    while let entry = unsafe readdir(directory) {
        // readdir(3): an entry has only the bytes of its name, so to copy all that `dirent` has room for reads past the end.
        let bytes = unsafe UnsafeRawPointer(entry) + offset
        let name = unsafe String(cString: bytes.assumingMemoryBound(to: CChar.self))
        if name != ".", name != ".." { names.append(name) }
    }
    return names
}

/// Writes to standard output or standard error, whole; a reader that went away ends the process as SIGPIPE would.
public func write(_ text: String, to stream: StandardStream) {
    write(Array(text.utf8), to: stream)
}

/// The same for bytes that need not be text.
public func write(_ bytes: [UInt8], to stream: StandardStream) {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(stream.rawValue, $0.baseAddress, $0.count) }
        if count < 0 {
            if errno == EINTR { continue }
            return
        }
        rest = rest.dropFirst(count)
    }
}

public enum StandardStream: Int32, Sendable {
    case output = 1
    case error = 2
}

/// An environment variable that is set and not empty.
public func environment(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    let text = unsafe String(cString: value)
    return text.isEmpty ? nil : text
}

/// Sets a variable of the kernel. Equivalent: `sysctl -w`.
public func write(_ value: String, toVariable name: String) throws(SystemError) {
    let path = "/proc/sys/" + name
    let descriptor = Descriptor(number: try must("open") { unsafe open(path, O_WRONLY | O_CLOEXEC) })
    let bytes = Array(value.utf8)
    let number = descriptor.number
    try must("write") { unsafe Glibc.write(number, bytes, bytes.count) }
}

/// Reads a variable of the kernel; nil if there is none. Equivalent: `sysctl -n`.
public func kernelVariable(_ name: String) -> String? {
    guard let bytes = try? contents(ofFile: "/proc/sys/" + name) else { return nil }
    return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
}

/// Makes a directory that everyone may enter, unless it is there.
public func makeDirectory(_ path: String) throws(SystemError) {
    do throws(SystemError) {
        try must("mkdir") { unsafe mkdir(path, 0o755) }
    } catch {
        if error.errno == .fileExists { return }
        throw SystemError(object: path, error.errno)
    }
}
