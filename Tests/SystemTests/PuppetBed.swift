// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

/// Three hosts: a master, a gateway whose `lan0` is sniffed, and somebody on the gateway's wire.
///
///     a  ta ── tb  b  lan0 ── ne0  c
///        198.51.100.0/30    192.0.2.0/24
struct PuppetBed {
    let net: Topology
    let a: Namespace
    let b: Namespace
    let c: Namespace

    /// What c is to see, whoever sends.
    static let address = "02:00:5e:00:53:01"

    static func with(_ body: (PuppetBed) throws -> Void) throws {
        try Topology.with { net in
            let (a, b, c) = (try net.namespace("a"), try net.namespace("b"), try net.namespace("c"))
            try net.link(a, "ta", "198.51.100.1/30", b, "tb", "198.51.100.2/30")
            try net.link(b, "lan0", "192.0.2.1/24", c, "ne0", "192.0.2.3/24")
            try b.succeed("ip link set lan0 address \(address)")
            try b.succeed("ip addr flush dev lan0")
            try body(PuppetBed(net: net, a: a, b: b, c: c))
        }
    }

    /// A tool of ours in a namespace, by its daemon.
    func puppetctl(_ words: [String], _ daemon: Daemon, in host: Namespace) throws -> CommandResult {
        try host.run([net.executables.appending(path: "puppetctl").path, "-s", daemon.socket.path] + words)
    }

    func succeed(_ words: String, _ daemon: Daemon, in host: Namespace) throws {
        let result = try puppetctl(words.split(separator: " ").map(String.init), daemon, in: host)
        guard result.status == 0 else { throw CommandFailure(description: "\(result)") }
    }

    func status(of interface: String, _ daemon: Daemon, in host: Namespace) throws -> String {
        try puppetctl(["-v", interface], daemon, in: host).output
    }

    /// The frames that c sees of what a sends have the gateway's address.
    func expectIdentity() throws {
        #expect(try c.succeed("ip neigh show 192.0.2.9").contains(PuppetBed.address))
    }

    /// Bytes both ways through the doll, by TCP.
    func transfer(to host: Namespace, _ address: String, from client: Namespace) throws {
        try host.serve(
            ["socat", "TCP-LISTEN:7777,reuseaddr,fork", "SYSTEM:sha256sum"], port: 7777)
        let name = net.scratch.appending(path: "bytes").path
        try client.shell("head -c 3000000 /dev/urandom > \(name)")
        let there = try client.shell("socat -t 5 - TCP:\(address):7777 < \(name)")
        let here = try client.shell("sha256sum < \(name)")
        #expect(there == here)
    }
}
