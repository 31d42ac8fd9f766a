// SPDX-License-Identifier: BSD-2-Clause
import Glibc

/// Makes a Swift source of a program for the kernel: `bpfembed nodeObject nodeObject.swift llvm-objcopy clang node.bpf.c …`.
///
/// Whatever else a build command left behind the package manager would take for a resource, and link all of Foundation
/// to find it by.
func embed(as name: String, in output: String, strip: String, compile: [String]) -> Bool {
    let object = output + ".o"
    defer { _ = unsafe unlink(object) }
    // The kernel wants its type information (.BTF), nobody what debuggers want.
    guard run(compile + ["-o", object]), run([strip, "--strip-debug", object]) else { return false }
    guard let text = source(of: object, as: name), write(text, to: output) else {
        print("bpfembed: \(output): \(unsafe String(cString: strerror(errno)))")
        return false
    }
    return true
}

/// False if it could not be run or has complained.
func run(_ words: [String]) -> Bool {
    var arguments = unsafe words.map { unsafe strdup($0) } + [nil]
    defer { unsafe arguments.forEach { unsafe free($0) } }
    var child: pid_t = 0
    let error = unsafe posix_spawn(&child, words[0], nil, nil, &arguments, environ)
    guard error == 0 else {
        print("bpfembed: \(words[0]): \(unsafe String(cString: strerror(error)))")
        return false
    }
    var status: Int32 = 0
    while unsafe waitpid(child, &status, 0) < 0 { if errno != EINTR { return false } }
    return status == 0
}

/// A file's bytes as one string, a character each: a compiler takes a minute for as many numbers. Nil: errno says why.
func source(of path: String, as name: String) -> String? {
    guard let file = unsafe fopen(path, "r") else { return nil }
    defer { unsafe fclose(file) }
    var text = "let \(name) = \""
    while true {
        let byte = unsafe getc(file)
        if byte == EOF { break }
        text += escaped(UInt8(truncatingIfNeeded: byte))
    }
    return unsafe ferror(file) == 0 ? text + "\".unicodeScalars.map { UInt8($0.value) }\n" : nil
}

func escaped(_ byte: UInt8) -> String {
    let character = Unicode.Scalar(byte)
    let isPlain = character.isASCII && (" "..."~").contains(character) && character != "\"" && character != "\\"
    return isPlain ? String(character) : "\\u{\(String(byte, radix: 16))}"
}

func write(_ text: String, to path: String) -> Bool {
    guard let file = unsafe fopen(path, "w") else { return false }
    let isWritten = unsafe fputs(text, file) >= 0
    return unsafe fclose(file) == 0 && isWritten
}

let words = CommandLine.arguments
guard words.count > 4 else {
    print("usage: bpfembed name output strip compiler argument ...")
    exit(64)
}
exit(embed(as: words[1], in: words[2], strip: words[3], compile: Array(words[4...])) ? 0 : 1)
