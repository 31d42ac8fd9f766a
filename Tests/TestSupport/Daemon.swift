// SPDX-License-Identifier: BSD-2-Clause
public import Foundation

/// An `inet6d` that a test started.
public final class Daemon {
    public let socket: URL
    public let configuration: URL
    public let process: RunningCommand
    private let notify: NotifySocket
    private unowned let net: Topology

    /// Use `Topology.daemon`.
    init(in namespace: Namespace, options: [String], boot: [String: String], under wrapper: [String]) throws {
        net = namespace.net
        socket = net.scratch.appending(path: "\(namespace.short).sock")
        configuration = net.scratch.appending(path: "\(namespace.short).d")
        try? FileManager.default.removeItem(at: configuration)
        try FileManager.default.createDirectory(at: configuration, withIntermediateDirectories: false)
        for (name, text) in boot { try Data(text.utf8).write(to: configuration.appending(path: name)) }
        let notifyPath = net.scratch.appending(path: "\(namespace.short).notify").path
        try? FileManager.default.removeItem(atPath: notifyPath)
        notify = try NotifySocket(path: notifyPath)
        let inet6d = net.executables.appending(path: "inet6d").path
        let words = wrapper + [inet6d, "-s", socket.path, "-c", configuration.path] + options
        process = try RunningCommand(
            namespace.entering(words), scratch: net.scratch, environment: ["NOTIFY_SOCKET": notifyPath])
    }

    /// - Throws: `CommandFailure` with its words if it ends instead.
    func waitUntilReady() throws {
        guard eventually({ notifications.contains("READY=1") || !process.isRunning }), process.isRunning else {
            throw CommandFailure(description: "inet6d is not ready: \(try process.wait(within: .zero))")
        }
    }

    /// What it told the service manager.
    public var notifications: [String] {
        notify.receive()
        return notify.messages.flatMap { $0.split(separator: "\n").map(String.init) }
    }

    /// Its messages.
    public var log: String { process.error }

    /// Runs `stfctl`; `words` is split at blanks.
    public func stfctl(_ words: String, input: String? = nil) throws -> CommandResult {
        try run("stfctl", words.split(separator: " ").map(String.init), input: input)
    }

    /// The same with words that may have blanks.
    /// - Parameter wrapper: what is to start it, such as `["setpriv", "--reuid", "65534"]`.
    public func stfctl(_ words: [String], under wrapper: [String] = []) throws -> CommandResult {
        try run("stfctl", words, under: wrapper)
    }

    /// Runs `faithctl`; `words` is split at blanks.
    public func faithctl(_ words: String, input: String? = nil) throws -> CommandResult {
        try run("faithctl", words.split(separator: " ").map(String.init), input: input)
    }

    /// The same with words that may have blanks.
    /// - Parameter wrapper: what is to start it.
    public func faithctl(_ words: [String], under wrapper: [String] = []) throws -> CommandResult {
        try run("faithctl", words, under: wrapper)
    }

    /// Runs `inet6ctl`; `words` is split at blanks.
    public func inet6ctl(_ words: String, input: String? = nil) throws -> CommandResult {
        try run("inet6ctl", words.split(separator: " ").map(String.init), input: input)
    }

    /// The same with words that may have blanks.
    /// - Parameter wrapper: what is to start it.
    public func inet6ctl(_ words: [String], under wrapper: [String] = []) throws -> CommandResult {
        try run("inet6ctl", words, under: wrapper)
    }

    /// Runs `inet6ctl addr`; `words` is split at blanks.
    /// - Parameter wrapper: what is to start it.
    public func addr(_ words: String, under wrapper: [String] = []) throws -> CommandResult {
        try run("inet6ctl", ["addr"] + words.split(separator: " ").map(String.init), under: wrapper)
    }

    /// Runs another `inet6d`, such as one that asks this one.
    /// - Parameter wrapper: what is to start it.
    public func inet6d(_ words: String, under wrapper: [String] = []) throws -> CommandResult {
        try run("inet6d", words.split(separator: " ").map(String.init), under: wrapper)
    }

    /// Sets a variable.
    public func set(_ variable: String, _ value: Int) throws {
        let result = try inet6ctl("\(variable)=\(value)")
        guard result.status == 0 else { throw CommandFailure(description: "\(result)") }
    }

    private func run(
        _ tool: String, _ words: [String], input: String? = nil, under wrapper: [String] = []
    ) throws -> CommandResult {
        let path = net.executables.appending(path: tool).path
        return try RunningCommand(
            wrapper + [path] + words, scratch: net.scratch, environment: ["INET6D_SOCKET": socket.path], input: input
        ).wait()
    }

    /// Runs `stfctl`, which must succeed, and returns its output.
    @discardableResult
    public func succeed(_ words: String, input: String? = nil) throws -> String {
        let result = try stfctl(words, input: input)
        guard result.status == 0 else { throw CommandFailure(description: "\(result)") }
        return result.output
    }

    /// All interfaces, or only one, as `stfctl -jv` shows them: with every reason of drops.
    public func interfaces(_ name: String? = nil) throws -> [InterfaceState] {
        let output = try succeed("-jv \(name ?? "")")
        return try JSONDecoder().decode(InterfaceList.self, from: Data(output.utf8)).interfaces
    }

    /// One of them; nil if there is none of that name.
    public func interface(_ name: String) throws -> InterfaceState? {
        try interfaces().first { $0.name == name }
    }

    /// Sends SIGTERM and waits for the end.
    public func stop() throws -> CommandResult {
        process.signal(SIGTERM)
        return try process.wait(within: .seconds(10))
    }

    /// Ends it as a crash would.
    public func kill() {
        process.kill()
    }
}
