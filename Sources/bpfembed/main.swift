// SPDX-License-Identifier: BSD-2-Clause
import Glibc

/// Writes a file's bytes as a Swift array: `bpfembed nodeObject node.o nodeObject.swift`. False: errno says why not.
func embed(as name: String, from input: String, to output: String) -> Bool {
    guard let source = unsafe fopen(input, "r") else { return false }
    defer { unsafe fclose(source) }
    var text = "let \(name): [UInt8] = ["
    var count = 0
    while true {
        let byte = unsafe getc(source)
        if byte == EOF { break }
        text += count % 24 == 0 ? "\n    " : " "
        text += "\(byte),"
        count += 1
    }
    text += "\n]\n"
    guard unsafe ferror(source) == 0, let target = unsafe fopen(output, "w") else { return false }
    let isWritten = unsafe fputs(text, target) >= 0
    return unsafe fclose(target) == 0 && isWritten
}

let words = CommandLine.arguments
guard words.count == 4 else {
    print("usage: bpfembed name input output")
    exit(64)
}
if !embed(as: words[1], from: words[2], to: words[3]) {
    print("bpfembed: \(words[2]), \(words[3]): \(unsafe String(cString: strerror(errno)))")
    exit(1)
}
