// SPDX-License-Identifier: BSD-2-Clause
public import Foundation

/// What a test needs and this machine lacks, in one line.
public struct MissingCapability: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}

/// Where this package is, and the programs that its tests run.
public enum Executables {
    /// The directory with `Package.swift`.
    public static var package: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    }

    /// Where `inet6d` and the tools are: HYDRANGEA_BIN, else the package's release build.
    public static func ours() throws -> URL {
        let directory: URL
        if let path = ProcessInfo.processInfo.environment["HYDRANGEA_BIN"], !path.isEmpty {
            directory = URL(filePath: path, directoryHint: .isDirectory)
        } else {
            directory = package.appending(path: ".build/release", directoryHint: .isDirectory)
        }
        for name in ["faithctl", "inet6ctl", "inet6d", "stfctl"] {
            let path = directory.appending(path: name).path
            guard FileManager.default.isExecutableFile(atPath: path) else {
                throw MissingCapability("\(path) is not there: run make, or set HYDRANGEA_BIN to where it is")
            }
        }
        return directory
    }

    /// The path of a program of the system.
    public static func system(_ name: String) throws -> String {
        if name.hasPrefix("/") { return name }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let directories = path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin", "/usr/bin", "/bin"]
        for directory in directories where FileManager.default.isExecutableFile(atPath: "\(directory)/\(name)") {
            return "\(directory)/\(name)"
        }
        throw MissingCapability("\(name) is not there: install the package that has it")
    }

    /// - Throws: `MissingCapability` unless network namespaces and TUN devices can be made here.
    public static func requireRoot() throws {
        guard geteuid() == 0 else { throw MissingCapability("the system tests need root; user ID is \(geteuid())") }
        guard FileManager.default.fileExists(atPath: "/dev/net/tun") else {
            throw MissingCapability("the system tests need /dev/net/tun")
        }
    }
}
