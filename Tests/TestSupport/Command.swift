// SPDX-License-Identifier: BSD-2-Clause
public import Foundation
import Synchronization

/// How a command ended and what it wrote.
public struct CommandResult: Sendable, CustomStringConvertible {
    public var words: [String]
    /// The exit status; 128 and the number of the signal that ended it, as a shell has it.
    public var status: Int32
    public var output: String
    public var error: String

    public var lines: [String] { output.split(separator: "\n").map(String.init) }
    public var errorLines: [String] { error.split(separator: "\n").map(String.init) }

    public var description: String {
        "\(words.joined(separator: " ")): status \(status)\n\(output)\(error)"
    }
}

/// A command that should not have ended as it did, or not have gone on.
public struct CommandFailure: Error, CustomStringConvertible {
    public let description: String

    public init(description: String) {
        self.description = description
    }
}

/// A process that a test started. Its output goes to files, so nobody has to read it for it to go on.
public final class RunningCommand {
    public let words: [String]
    private let process = Process()
    private let end = DispatchGroup()
    private let outputFile: URL
    private let errorFile: URL
    private static let started = Atomic(0)

    /// - Parameter scratch: a directory for the files of output.
    /// - Parameter input: what it reads; nothing unless given.
    public init(
        _ words: [String], scratch: URL, environment: [String: String] = [:], input: String? = nil
    ) throws {
        self.words = words
        let number = RunningCommand.started.add(1, ordering: .relaxed).newValue
        outputFile = scratch.appending(path: "\(number).out")
        errorFile = scratch.appending(path: "\(number).err")
        process.executableURL = URL(filePath: try Executables.system(words[0]))
        process.arguments = Array(words.dropFirst())
        process.currentDirectoryURL = scratch
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let inputFile = scratch.appending(path: "\(number).in")
        for (file, text) in [(inputFile, input ?? ""), (outputFile, ""), (errorFile, "")] {
            try Data(text.utf8).write(to: file)
        }
        let input = try FileHandle(forReadingFrom: inputFile)
        let output = try FileHandle(forWritingTo: outputFile), error = try FileHandle(forWritingTo: errorFile)
        // Foundation would keep these for as long as the test process lives.
        defer { for handle in [input, output, error] { try? handle.close() } }
        process.standardInput = input
        process.standardOutput = output
        process.standardError = error
        let end = end
        end.enter()
        process.terminationHandler = { _ in end.leave() }
        do {
            try process.run()
        } catch {
            end.leave()
            throw error
        }
    }

    public var processID: Int32 { process.processIdentifier }
    public var isRunning: Bool { process.isRunning }
    public var output: String { RunningCommand.text(outputFile) }
    public var error: String { RunningCommand.text(errorFile) }

    /// - Throws: `CommandFailure` if it goes on for longer; then it is killed.
    public func wait(within limit: Duration = .seconds(30)) throws -> CommandResult {
        if end.wait(timeout: .now() + limit.timeInterval) == .timedOut {
            self.kill()
            throw CommandFailure(description: "still runs after \(limit): \(result)")
        }
        return result
    }

    public func signal(_ number: Int32) {
        // Only while it is ours: an ended process's number may be another's.
        if process.isRunning { _ = Foundation.kill(processID, number) }
    }

    /// Ends it at once, if it has not ended.
    public func kill() {
        signal(SIGKILL)
        end.wait()
    }

    private var result: CommandResult {
        let isKilled = !process.isRunning && process.terminationReason == .uncaughtSignal
        let status = process.isRunning ? -1 : process.terminationStatus
        return CommandResult(words: words, status: isKilled ? 128 + status : status, output: output, error: error)
    }

    private static func text(_ file: URL) -> String {
        (try? Data(contentsOf: file)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
