// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport

/// A client of the control socket that sends what it likes, and goes as it likes.
final class RawClient {
    private let number: Int32
    private var received: [UInt8] = []
    /// Where the next reply starts in `received`.
    private var start = 0

    /// - Parameter patience: how long to wait for the daemon to take or give something.
    convenience init(_ daemon: Daemon, patience: Duration = .seconds(10)) throws {
        try self.init(path: daemon.socket.path, patience: patience)
    }

    init(path: String, patience: Duration) throws {
        number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw CommandFailure(description: "socket: errno \(errno)") }
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        var time = timeval(tv_sec: Int(patience.components.seconds), tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(number, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
        }
        let status = withUnsafePointer(to: name) { name in
            name.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        // Somebody who cannot connect has gone; what was opened goes with it.
        guard status == 0 else { throw CommandFailure(description: "connect: errno \(errno)") }
    }

    deinit {
        close(number)
    }

    /// False: the daemon closed the connection, or takes no more.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Foundation.send(number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Ends what is sent, so that the daemon reads the end of it.
    func endSending() {
        shutdown(number, Int32(SHUT_WR))
    }

    /// Takes no more, so that the daemon cannot write.
    func endReceiving() {
        shutdown(number, Int32(SHUT_RD))
    }

    /// What the daemon sends next, at most this much; empty when it has closed, nil when nothing comes.
    private func read(upTo limit: Int = 65_536) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: limit)
        let count = recv(number, &buffer, limit, 0)
        if count < 0, errno != EAGAIN { return [] }
        return count < 0 ? nil : Array(buffer.prefix(count))
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
            guard let bytes = read(), !bytes.isEmpty else { return nil }
            received += bytes
        }
    }

    func call(_ message: String) -> String? {
        send(message) ? reply() : nil
    }

    /// Whether the daemon closes the connection, whatever it says before.
    func isClosed() -> Bool {
        while let bytes = read() {
            if bytes.isEmpty { return true }
        }
        return false
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
