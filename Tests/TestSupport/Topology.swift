// SPDX-License-Identifier: BSD-2-Clause
public import Foundation
import Synchronization

/// Hosts and wires that exist while a test's body runs: network namespaces and veth pairs.
///
///     try Topology.with { net in
///         let a = try net.namespace("a"), b = try net.namespace("b")
///         try net.link(a, "ne0", "192.0.2.1/24", b, "ne0", "192.0.2.2/24")
///         try a.succeed("ping -c 1 192.0.2.2")
///     }
public final class Topology {
    /// A directory of this topology's own, open to all, which goes with it.
    public let scratch: URL
    /// Where `inet6d` and the tools are.
    public let executables: URL
    private let name: String
    private var undoings: [() throws -> Void] = []
    private static let made = Atomic(0)

    private init() throws {
        try Executables.requireRoot()
        executables = try Executables.ours()
        name = "hydrangea-\(getpid())-\(Topology.made.add(1, ordering: .relaxed).newValue)"
        scratch = URL(filePath: "/tmp/\(name)", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(
            at: scratch, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o777])
        // The mode above is less what umask(2) takes away.
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: scratch.path)
    }

    /// Whatever the body made through `net` is unmade when it ends, in the reverse order, however it ends.
    public static func with<Result>(_ body: (_ net: Topology) throws -> Result) throws -> Result {
        let net = try Topology()
        let result: Result
        do {
            result = try body(net)
        } catch {
            _ = net.unmake()
            throw error
        }
        if let failure = net.unmake() { throw failure }
        return result
    }

    /// Writes a file of this topology's own, and returns its path.
    /// - Parameter name: below `scratch`; directories are made.
    @discardableResult
    public func file(_ name: String, _ text: String, mode: Int = 0o644) throws -> String {
        let file = scratch.appending(path: name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file.path)
        return file.path
    }

    /// Takes note of how to unmake something.
    public func undo(_ undoing: @escaping () throws -> Void) {
        undoings.append(undoing)
    }

    /// A host of its own, without neighbours: `lo` is up, and addresses are usable at once.
    public func namespace(_ short: String) throws -> Namespace {
        let namespace = Namespace(short, name: "\(name)-\(short)", in: self)
        try run("ip netns add \(namespace.name)")
        undo { [unowned self] in try run("ip netns del \(namespace.name)") }
        try namespace.succeed("ip link set lo up")
        // No waiting for duplicate address detection.
        try namespace.set("net/ipv6/conf/all/accept_dad", "0")
        try namespace.set("net/ipv6/conf/default/accept_dad", "0")
        return namespace
    }

    /// A wire between two hosts; an address is set with its prefix length.
    public func link(
        _ a: Namespace, _ aName: String, _ aAddress: String?, _ b: Namespace, _ bName: String, _ bAddress: String?
    ) throws {
        try run("ip link add \(aName) netns \(a.name) type veth peer name \(bName) netns \(b.name)")
        for (host, name, address) in [(a, aName, aAddress), (b, bName, bAddress)] {
            if let address { try host.succeed("ip addr add \(address) dev \(name)") }
            try host.succeed("ip link set \(name) up")
        }
        for (host, name) in [(a, aName), (b, bName)] {
            let isUp = try eventually { try host.succeed("ip -br link show dev \(name)").contains("LOWER_UP") }
            guard isUp else { throw CommandFailure(description: "\(name) of \(host.short) does not come up") }
        }
    }

    /// Starts `inet6d` and waits until it says that it is ready.
    /// - Parameter boot: the files of its configuration directory.
    /// - Parameter wrapper: what is to start it, such as `["unshare", "-Urn"]`.
    public func daemon(
        in namespace: Namespace, options: [String] = [], boot: [String: String] = [:], under wrapper: [String] = []
    ) throws -> Daemon {
        let daemon = try Daemon(in: namespace, options: options, boot: boot, under: wrapper)
        undo { daemon.kill() }
        try daemon.waitUntilReady()
        return daemon
    }

    /// A BPF file system of this topology's own, for `-b` of `inet6d`: what is pinned there goes with it.
    public func bpfFileSystem() throws -> String {
        let path = scratch.appending(path: "bpf").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        try run("mount -t bpf -o mode=0700 bpf \(path)")
        undo { [unowned self] in try run("umount \(path)") }
        return path
    }

    /// Starts a command, which ends with the topology at the latest.
    public func start(
        _ words: [String], environment: [String: String] = [:], input: String? = nil
    ) throws -> RunningCommand {
        let command = try RunningCommand(words, scratch: scratch, environment: environment, input: input)
        undo { command.kill() }
        return command
    }

    /// Runs a command outside of the namespaces; `line` is split at blanks.
    private func run(_ line: String) throws {
        let result = try RunningCommand(line.split(separator: " ").map(String.init), scratch: scratch).wait()
        guard result.status == 0 else { throw CommandFailure(description: "\(result)") }
    }

    /// Returns the first failure; the rest is unmade all the same.
    private func unmake() -> (any Error)? {
        var failure: (any Error)?
        while let undoing = undoings.popLast() {
            do {
                try undoing()
            } catch {
                failure = failure ?? error
            }
        }
        do {
            try FileManager.default.removeItem(at: scratch)
        } catch {
            failure = failure ?? error
        }
        return failure
    }
}
