// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

/// Two hosts on one wire, with `inet6d` on the first.
///
///     a  ne0 ── ne0  b
struct AddressWires {
    let net: Topology
    let a: Namespace
    let b: Namespace
    let daemon: Daemon

    static func with(under wrapper: [String] = [], _ body: (AddressWires) throws -> Void) throws {
        try Topology.with { net in
            let a = try net.namespace("a"), b = try net.namespace("b")
            try net.link(a, "ne0", nil, b, "ne0", nil)
            try body(AddressWires(net: net, a: a, b: b, daemon: try net.daemon(in: a, under: wrapper)))
        }
    }

    /// Runs `inet6ctl addr`, which must succeed, and returns its output.
    @discardableResult
    func addr(_ words: String) throws -> String {
        let result = try daemon.addr(words)
        guard result.status == 0 else { throw CommandFailure(description: "\(result)") }
        return result.output
    }

    /// `ip -6 addr` about ne0 of host a, one address a line.
    func kernel() throws -> [String] {
        try a.succeed("ip -6 -o addr show dev ne0").split(separator: "\n").map(String.init)
    }

    /// The line of the kernel about an address; nil if it is not there.
    func kernel(_ address: String) throws -> String? {
        try kernel().first { $0.contains("inet6 \(address)/") }
    }

    /// What `inet6ctl addr` prints about an address of ne0, without the tab; nil if it is not there.
    func shown(_ address: String, _ options: String = "") throws -> String? {
        try addr("\(options) ne0").split(separator: "\n").map { $0.dropFirst() }
            .first { $0.hasPrefix("inet6 \(address) ") }.map(String.init)
    }

    /// What it prints after `nd6 options=`.
    func options() throws -> String {
        try addr("ne0").firstMatch(of: /nd6 options=(\S+)/).map { String($0.1) } ?? ""
    }

    /// A variable of the kernel about ne0.
    func variable(_ name: String) throws -> String {
        try a.succeed("cat /proc/sys/net/ipv6/conf/ne0/\(name)").trimmingCharacters(in: .newlines)
    }

    /// The link-local address that the kernel made for ne0.
    func linkLocal() throws -> String {
        var found: String?
        _ = try eventually {
            found = try a.succeed("ip -6 -o addr show dev ne0 scope link").firstMatch(of: /inet6 (\S+)\//)
                .map { String($0.1) }
            return found != nil
        }
        return try #require(found)
    }
}
