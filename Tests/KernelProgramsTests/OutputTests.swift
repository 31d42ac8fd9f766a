// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import KernelPrograms
import NodeBed
import TestSupport
import Testing

/// redirect and use_deprecated.
@Suite struct OutputTests {
    /// h's prefix by way of g, whose packets to it come to the node: it tells g.
    private func redirects(_ bed: NodeBed) throws -> (Bool, UInt64) {
        try bed.node.set("net/ipv6/conf/all/forwarding", "1")
        try bed.generator.succeed("ip addr add fe80::8/64 dev ne0 nodad")
        try bed.node.succeed("ip route add 2001:db8:3::/64 via fe80::8 dev ne0")
        let listener = try TestSocket(in: bed.generator, type: SOCK_RAW, proto: Int32(IPPROTO_ICMPV6))
        try bed.send(bed.datagram(to: "2001:db8:3::1").packet())
        var isHere = false
        let isOver = try eventually {
            while let message = listener.receive() { if message.first == 137 { isHere = true } }
            return try isHere || bed.count("redirect") > 0
        }
        #expect(isOver)
        return (isHere, try bed.count("redirect"))
    }

    @Test func redirectsAreSent() throws {
        try NodeBed.with { bed throws in
            let (isHere, count) = try redirects(bed)
            #expect(isHere)
            #expect(count == 0)
        }
    }

    @Test func redirectsAreNotSent() throws {
        try NodeBed.with({ $0.redirect = false }) { bed throws in
            let (isHere, count) = try redirects(bed)
            #expect(!isHere)
            #expect(count == 1)
            // Nothing else of ICMPv6 is stopped.
            #expect(try bed.generator.ping(NodeBed.own).replies == 3)
        }
    }

    /// What becomes of a connection from `source` to somebody who listens at `address`, until it is so.
    private func connects(
        from client: Namespace, _ source: String, to server: Namespace, _ address: String,
        or isRefused: () throws -> Bool
    ) throws -> Bool {
        let listener = try TestSocket(in: server, type: SOCK_STREAM)
        try listener.bind("::", port: 7001)
        try listener.listen()
        let connector = try TestSocket(in: client, type: SOCK_STREAM)
        try connector.bind(source, port: 0)
        #expect(connector.connect(address, port: 7001) == EINPROGRESS)
        return try withExtendedLifetime(listener) {
            let isOver = try eventually { try connector.isConnected || isRefused() }
            #expect(isOver)
            return connector.isConnected
        }
    }

    @Test func deprecatedAddressesAreUsed() throws {
        try NodeBed.with { bed throws in
            let (g, n) = (bed.generator, bed.node)
            #expect(try connects(from: g, NodeBed.neighbour, to: n, NodeBed.deprecated) { false })
            #expect(try connects(from: n, NodeBed.deprecated, to: g, NodeBed.neighbour) { false })
            #expect(try bed.counts() == [:])
        }
    }

    @Test func nothingConnectsToADeprecatedAddress() throws {
        try NodeBed.with({ $0.useDeprecated = false }) { bed throws in
            let (g, n) = (bed.generator, bed.node)
            let isIn = try connects(from: g, NodeBed.neighbour, to: n, NodeBed.deprecated) {
                try bed.count("deprecated-destination") > 0
            }
            #expect(!isIn)
            #expect(try connects(from: g, NodeBed.neighbour, to: n, NodeBed.own) { false })
            // A datagram is no connection.
            #expect(try bed.isDelivered(bed.datagram(to: NodeBed.deprecated)))
        }
    }

    @Test func nothingConnectsFromADeprecatedAddress() throws {
        try NodeBed.with({ $0.useDeprecated = false }) { bed throws in
            let (g, n) = (bed.generator, bed.node)
            let isOut = try connects(from: n, NodeBed.deprecated, to: g, NodeBed.neighbour) {
                try bed.count("deprecated-source") > 0
            }
            #expect(!isOut)
            #expect(try connects(from: n, NodeBed.own, to: g, NodeBed.neighbour) { false })
        }
    }

    /// RFC 4862 §5.5.4: what has begun goes on.
    @Test func aConnectionOutlivesTheDeprecation() throws {
        try NodeBed.with { bed throws in
            let listener = try TestSocket(in: bed.node, type: SOCK_STREAM)
            try listener.bind("::", port: 7001)
            try listener.listen()
            let client = try TestSocket(in: bed.generator, type: SOCK_STREAM)
            _ = client.connect(NodeBed.deprecated, port: 7001)
            #expect(eventually { client.isConnected })
            try bed.configure { $0.useDeprecated = false }
            var accepted: Int32 = -1
            #expect(
                eventually {
                    accepted = accept(listener.number, nil, nil)
                    return accepted >= 0
                })
            defer { close(accepted) }
            let words = Array("still here".utf8)
            #expect(send(client.number, words, words.count, 0) == words.count)
            var buffer = [UInt8](repeating: 0, count: 64)
            #expect(eventually { recv(accepted, &buffer, buffer.count, Int32(MSG_DONTWAIT)) == words.count })
            #expect(try bed.counts() == [:])
        }
    }
}
