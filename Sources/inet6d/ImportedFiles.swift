// SPDX-License-Identifier: BSD-2-Clause
import BSDBoot
import Control
import SystemIO
import Tool

/// `inet6d --import-rc`: what BSD's boot files say, as a boot configuration.
enum ImportedFiles {
    /// Bytes. Nobody's is longer.
    private static let sizeLimit = 4 << 20

    /// - Parameter directory: where the files are to be made; nil: they are printed.
    /// - Throws: if a file cannot be read, or one that is to be made is there.
    static func make(of paths: [String], in directory: String?) throws(DaemonError) {
        var files: [(path: String, text: String)] = []
        for path in paths {
            do throws(RegularFileError) {
                let bytes = try contents(ofRegularFile: path, limit: sizeLimit)
                files.append((path, String(decoding: bytes, as: UTF8.self)))
            } catch {
                throw .tool(.noInput("\(path): \(error.reason)"))
            }
        }
        let boot = BSDBoot(reading: files)
        for note in boot.notes { write("inet6d: \(StandardErrorLog.printable(note.description))\n", to: .error) }
        for file in boot.files {
            guard let directory else {
                write("# \(file.name)\n\(file.text)", to: .output)
                continue
            }
            try DaemonError.wrapping { () throws(SystemError) in
                try makeDirectory(directory)
                try makeFile("\(directory)/\(file.name)", holding: file.text)
            }
            write("\(directory)/\(file.name)\n", to: .output)
        }
    }
}

extension RegularFileError {
    fileprivate var reason: String {
        switch self {
        case .failed(let error): BSDErrno(error.errno).text
        case .notRegular: "not a regular file"
        case .tooLarge(let limit): "larger than \(limit) bytes"
        }
    }
}
