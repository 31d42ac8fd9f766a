// SPDX-License-Identifier: BSD-2-Clause
internal import CTestSupport
import Foundation

extension Namespace {
    /// Runs `body` with the calling thread inside of the namespace: sockets that it opens are there, and stay there.
    public func inside<Result>(_ body: () throws -> Result) throws -> Result {
        try network.inside(body)
    }

    /// Its network alone, which any thread may enter.
    public var network: Network { Network(name: name) }
}

/// The network of a namespace that exists.
public struct Network: Sendable {
    let name: String

    /// Runs `body` with the calling thread inside.
    public func inside<Result>(_ body: () throws -> Result) throws -> Result {
        let home = try Network.open("/proc/thread-self/ns/net")
        defer { close(home) }
        let there = try Network.open("/run/netns/\(name)")
        defer { close(there) }
        try Network.enter(there)
        // A thread that does not come back would take other tests with it.
        defer { precondition(ctest_enter_network(home) == 0, "setns: errno \(errno)") }
        return try body()
    }

    private static func open(_ path: String) throws -> Int32 {
        let number = Foundation.open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw CommandFailure(description: "\(path): errno \(errno)") }
        return number
    }

    private static func enter(_ number: Int32) throws {
        guard ctest_enter_network(number) == 0 else { throw CommandFailure(description: "setns: errno \(errno)") }
    }
}

/// Runs `body` with the calling thread, and those that it starts, in a network namespace of their own, after the lines of
/// `setup`, which are for ip(8).
public func inOwnNetwork<Result>(_ setup: [String], _ body: () throws -> Result) throws -> Result {
    try Executables.requireRoot()
    let home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
    guard home >= 0 else { throw CommandFailure(description: "/proc/thread-self/ns/net: errno \(errno)") }
    defer { close(home) }
    guard ctest_leave_network() == 0 else { throw CommandFailure(description: "unshare: errno \(errno)") }
    defer { precondition(ctest_enter_network(home) == 0, "setns: errno \(errno)") }
    for line in setup { try ip(line) }
    return try body()
}

/// Runs ip(8) in the network namespace of the calling thread.
public func ip(_ line: String) throws {
    try shell("ip \(line)")
}

/// Runs a line of shell in the network namespace of the calling thread.
public func shell(_ line: String) throws {
    let status = ctest_run(line)
    guard status == 0 else { throw CommandFailure(description: "\(line): status \(status)") }
}

/// Runs `body` with the calling thread lacking capabilities: numbers of linux/capability.h.
public func lacking<Result>(_ capabilities: [Int], _ body: () throws -> Result) throws -> Result {
    var all: UInt64 = 0
    guard ctest_get_capabilities(&all) == 0 else { throw CommandFailure(description: "capget: errno \(errno)") }
    let fewer = capabilities.reduce(all) { $0 & ~(1 << UInt64($1)) }
    guard ctest_set_capabilities(fewer) == 0 else { throw CommandFailure(description: "capset: errno \(errno)") }
    defer { precondition(ctest_set_capabilities(all) == 0, "capset: errno \(errno)") }
    return try body()
}
