// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import Internet
import Synchronization
import TestSupport
import Testing

extension SystemTests {
    /// There is no moment at which captured addresses are those of the host itself: it would answer ping, and its own
    /// servers would be reached.
    @Suite struct FaithMomentTests {
        /// What makes and ends captures, and how often.
        enum Change: CaseIterable {
            case interface, prefix, state, variable, kill
        }

        @Test(arguments: Change.allCases)
        func `the host itself never answers`(change: Change) throws {
            try Topology.with { net in
                let client = try net.namespace("client"), router = try net.namespace("router")
                try net.link(client, "ne0", "2001:db8:1::2/64", router, "ne0", "2001:db8:1::1/64")
                try client.succeed("ip -6 route add default via 2001:db8:1::1")
                try router.forward()
                try router.set("net/ipv6/icmp/ratelimit", "0")
                // A server of the router's own.
                let server = try TestSocket(in: router, type: SOCK_STREAM)
                try server.bind("::", port: 22)
                try server.listen()
                let flood = try Flood(from: client, to: FaithBed.address, port: 22)
                defer { flood.stop() }
                var daemon = try net.daemon(in: router)
                try daemon.createFaith("relay 80")
                try others(300, in: router)
                #expect(eventually { flood.sent > 20_000 })
                for round in 0..<8 {
                    switch change {
                    case .interface:
                        try daemon.faith("destroy faith0")
                        try daemon.createFaith("relay 80")
                    case .prefix:
                        try daemon.faith("faith0 -prefix \(FaithBed.prefix) prefix 2001:db8:63::/96")
                        try daemon.faith("faith0 -prefix 2001:db8:63::/96 prefix \(FaithBed.prefix)")
                    case .state:
                        try daemon.faith("faith0 down")
                        try daemon.faith("faith0 up")
                        try others(300, in: router)
                    case .variable:
                        for value in [0, 1] { try daemon.set("net.inet6.ip6.keepfaith", value) }
                    case .kill:
                        daemon.kill()
                        daemon = try net.daemon(in: router)
                        try daemon.createFaith("relay 80")
                        try others(300, in: router)
                    }
                    #expect(flood.answers == 0, "\(round)")
                }
                // It would be seen.
                try daemon.faith("destroy faith0")
                try router.succeed("ip -6 route add local \(FaithBed.prefix) dev lo")
                #expect(eventually { flood.echoes > 0 && flood.connections > 0 })
            }
        }

        /// Others route to it, too: what is captured takes a while to make and to end.
        private func others(_ count: Int, in router: Namespace) throws {
            let lines = (0..<count).map { "route replace 2001:db8:65:\(String($0, radix: 16))::/96 dev faith0" }
            let result = try router.run(["ip", "-6", "-batch", "-"], input: lines.joined(separator: "\n") + "\n")
            guard result.status == 0 else { throw CommandFailure(description: "\(result)") }
        }
    }
}

/// Sends requests for echoes and connections without end, and counts what answers.
private final class Flood: Sendable {
    private let counted = Mutex<(sent: Int, echoes: Int, connections: Int)>((0, 0, 0))
    private let isStopping = Atomic(false)
    private let isOver = DispatchSemaphore(value: 0)

    var sent: Int { counted.withLock { $0.sent } }
    var echoes: Int { counted.withLock { $0.echoes } }
    var connections: Int { counted.withLock { $0.connections } }
    var answers: Int { counted.withLock { $0.echoes + $0.connections } }

    init(from client: Namespace, to address: String, port: UInt16) throws {
        let echo = try TestSocket(in: client, type: SOCK_RAW, proto: Int32(IPPROTO_ICMPV6))
        let tcp = try TestSocket(in: client, type: SOCK_RAW, proto: Int32(IPPROTO_TCP))
        // Where the kernel puts the checksum: IPV6_CHECKSUM of ipv6(7).
        var place: Int32 = 16
        guard setsockopt(tcp.number, Int32(IPPROTO_IPV6), 7, &place, 4) == 0 else {
            throw CommandFailure(description: "IPV6_CHECKSUM: errno \(errno)")
        }
        Thread.detachNewThread { [self] in
            var number: UInt16 = 1024
            while !isStopping.load(ordering: .relaxed) {
                for _ in 0..<32 {
                    number = number == .max ? 1024 : number + 1
                    let digits = [UInt8(number >> 8), UInt8(truncatingIfNeeded: number)]
                    _ = echo.send([128, 0, 0, 0, 1, 1] + digits, to: address)
                    let ports = digits + [UInt8(port >> 8), UInt8(truncatingIfNeeded: port)]
                    // A SYN with a window, and no options.
                    let sequence: [UInt8] = [0, 0, 0, 1, 0, 0, 0, 0]
                    _ = tcp.send(ports + sequence + [0x50, 0x02, 0xFF, 0xFF, 0, 0, 0, 0], to: address)
                }
                var (echoes, connections) = (0, 0)
                while let packet = echo.receive() { if packet.first == 129 { echoes += 1 } }
                while let packet = tcp.receive() {
                    if packet.count > 13, packet[13] & 0x12 == 0x12 { connections += 1 }
                }
                counted.withLock {
                    $0.sent += 64
                    $0.echoes += echoes
                    $0.connections += connections
                }
            }
            isOver.signal()
        }
    }

    func stop() {
        isStopping.store(true, ordering: .relaxed)
        isOver.wait()
    }
}
