// SPDX-License-Identifier: BSD-2-Clause
import Foundation

/// A host of a topology.
public final class Namespace {
    /// Its name in the topology: `a`.
    public let short: String
    /// Its name for ip(8).
    public let name: String
    unowned let net: Topology

    init(_ short: String, name: String, in net: Topology) {
        self.short = short
        self.name = name
        self.net = net
    }

    /// Runs a command there and waits for its end.
    public func run(
        _ words: [String], environment: [String: String] = [:], input: String? = nil,
        within limit: Duration = .seconds(30)
    ) throws -> CommandResult {
        // Not noted by the topology, as it ends here.
        try RunningCommand(entering(words), scratch: net.scratch, environment: environment, input: input)
            .wait(within: limit)
    }

    /// The same with a line that is split at blanks.
    public func run(_ line: String) throws -> CommandResult {
        try run(line.split(separator: " ").map(String.init))
    }

    /// Runs a command that must succeed, and returns its output.
    @discardableResult
    public func succeed(_ line: String) throws -> String {
        let result = try run(line)
        guard result.status == 0 else { throw CommandFailure(description: "\(short): \(result)") }
        return result.output
    }

    /// Starts a command there, which ends with the topology at the latest.
    public func start(_ line: String) throws -> RunningCommand {
        try net.start(entering(line.split(separator: " ").map(String.init)))
    }

    /// The same with words that may have blanks.
    public func start(_ words: [String]) throws -> RunningCommand {
        try net.start(entering(words))
    }

    /// Runs a line of shell that must succeed, and returns its output. What it mounts is mounted for it alone, and what it
    /// starts ends with it.
    @discardableResult
    public func shell(_ line: String, within limit: Duration = .seconds(30)) throws -> String {
        let result = try run(Namespace.family + ["sh", "-c", line], within: limit)
        guard result.status == 0 else { throw CommandFailure(description: "\(short): \(result)") }
        return result.output
    }

    /// Starts a server, which stays in the foreground, and waits until it listens. It ends with the topology at the latest,
    /// and whatever it started ends with it.
    /// - Parameter port: a TCP port of this host.
    @discardableResult
    public func serve(_ words: [String], port: Int) throws -> RunningCommand {
        let server = try start(Namespace.family + words)
        let isListening = try eventually {
            try !server.isRunning || !succeed("ss -Hltn sport = :\(port)").isEmpty
        }
        guard isListening, server.isRunning else {
            throw CommandFailure(description: "\(short): \(try server.wait(within: .zero))")
        }
        return server
    }

    /// Makes a command's children and theirs die with it. The shell is there to inherit orphans: some servers would not
    /// expect any.
    private static let family = [
        "unshare", "--pid", "--fork", "--kill-child", "sh", "-c", "\"$@\"; exit $?", "family",
    ]

    /// Writes a variable of the kernel: `set("net/ipv6/conf/all/forwarding", "1")`.
    public func set(_ variable: String, _ value: String) throws {
        let result = try run(["sh", "-c", "echo \(value) > /proc/sys/\(variable)"])
        guard result.status == 0 else { throw CommandFailure(description: "\(short): \(result)") }
    }

    /// Makes it a router.
    public func forward() throws {
        try set("net/ipv4/ip_forward", "1")
        try set("net/ipv6/conf/all/forwarding", "1")
    }

    /// Sends echo requests one by one, and counts the replies; waits for each for some seconds unless told otherwise.
    ///
    /// With more than one request, ping(8) would wait for the last reply only twice as long as it took the others.
    public func ping(
        _ address: String, count: Int = 3, options: String = ""
    ) throws -> (replies: Int, output: String) {
        var replies = 0
        var output = ""
        for _ in 0..<count {
            let result = try run("ping -n -c 1 -W 5 \(options) \(address)")
            if result.status > 1 { throw CommandFailure(description: "\(short): \(result)") }
            if result.status == 0 { replies += 1 }
            output += "\(result)"
        }
        return (replies, output)
    }

    /// What tcpdump(8) prints of the first `count` packets that match on a device while `body` runs.
    public func capture(
        _ count: Int, on device: String, _ filter: String, while body: () throws -> Void
    ) throws -> String {
        let tcpdump = try start("tcpdump -n -v -l --immediate-mode -c \(count) -i \(device) \(filter)")
        guard eventually({ tcpdump.error.contains("listening on") || !tcpdump.isRunning }), tcpdump.isRunning else {
            throw CommandFailure(description: "\(short): \(try tcpdump.wait(within: .zero))")
        }
        try body()
        return try tcpdump.wait(within: .seconds(10)).output
    }

    /// What ip(8) tells of an interface; nil if there is none of that name.
    public func kernelState(_ interface: String) throws -> KernelState? {
        let result = try run("ip -j addr show")
        return try JSONDecoder().decode([KernelState].self, from: Data(result.output.utf8))
            .first { $0.ifname == interface }
    }

    func entering(_ words: [String]) -> [String] {
        ["ip", "netns", "exec", name] + words
    }
}
