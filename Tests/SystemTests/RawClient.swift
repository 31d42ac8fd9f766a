// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import SystemIO
import TestSupport

/// A client of the control socket that sends what it likes.
final class RawClient {
    private let socket: UnixSocket
    private var received: [UInt8] = []
    /// Where the next reply starts in `received`.
    private var start = 0

    /// - Parameter patience: how long to wait for the daemon to take or give something.
    convenience init(_ daemon: Daemon, patience: Duration = .seconds(10)) throws {
        try self.init(path: daemon.socket.path, patience: patience)
    }

    init(path: String, patience: Duration) throws {
        socket = try UnixSocket(connectingTo: path, timeout: patience)
    }

    /// False: the daemon closed the connection, or takes no more.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let count = try? socket.write(rest), count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Sends a message, with the NUL at its end.
    @discardableResult
    func send(_ message: String) -> Bool {
        send(Array(message.utf8) + [0])
    }

    /// The next reply, without its NUL; nil if the connection is closed or nothing comes.
    func reply() -> String? {
        var searched = start
        while true {
            if let end = received[searched...].firstIndex(of: 0) {
                defer { start = end + 1 }
                return String(decoding: received[start..<end], as: UTF8.self)
            }
            searched = received.count
            guard let bytes = try? socket.read(upTo: 65_536), !bytes.isEmpty else { return nil }
            received += bytes
        }
    }

    func call(_ message: String) -> String? {
        send(message) ? reply() : nil
    }

    /// Whether the daemon closes the connection, whatever it says before.
    func isClosed() -> Bool {
        while true {
            do throws(SystemError) {
                guard let bytes = try socket.read(upTo: 65_536) else { return false }
                if bytes.isEmpty { return true }
            } catch {
                return true
            }
        }
    }
}

/// `{"method":"io.hydrangea.ifnet.List","parameters":{…}}`
func call(_ method: String, _ parameters: String = "{}", _ more: String = "") -> String {
    #"{"method":"io.hydrangea.ifnet.\#(method)","parameters":\#(parameters)\#(more)}"#
}

extension Topology {
    /// Starts `stfctl`, which ends with the topology at the latest; `words` is split at blanks.
    func start(_ words: String, at socket: String, input: String? = nil) throws -> RunningCommand {
        let stfctl = executables.appending(path: "stfctl").path
        return try start(
            [stfctl] + words.split(separator: " ").map(String.init), environment: ["INET6D_SOCKET": socket],
            input: input)
    }
}

extension Daemon {
    /// How many descriptors it has open.
    var descriptors: Int {
        get throws { try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.processID)/fd").count }
    }

    /// The same when it has closed those of clients that are gone.
    var idleDescriptors: Int {
        get throws {
            var last = try descriptors
            _ = try eventually {
                Thread.sleep(forTimeInterval: 0.1)
                defer { last = (try? descriptors) ?? 0 }
                return try descriptors == last
            }
            return last
        }
    }

    /// KiB of memory that it occupies now.
    var residentKiB: Int {
        get throws {
            let status = try String(contentsOfFile: "/proc/\(process.processID)/status", encoding: .utf8)
            let size = status.firstMatch(of: /VmRSS:\s+(\d+) kB/).flatMap { Int($0.1) }
            guard let size else { throw CommandFailure(description: "no VmRSS in \(status)") }
            return size
        }
    }

    /// Seconds of processor time that it used.
    var processorTime: Double {
        get throws {
            let line = try String(contentsOfFile: "/proc/\(process.processID)/stat", encoding: .utf8)
            let fields = line.split(separator: ")").last?.split(separator: " ") ?? []
            guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else {
                throw CommandFailure(description: "no times in \(line)")
            }
            return (user + system) / 100
        }
    }

    /// How long `stfctl -l` takes, which must succeed.
    func answerTime() throws -> Duration {
        let start = ContinuousClock.now
        try succeed("-l")
        return ContinuousClock.now - start
    }
}
