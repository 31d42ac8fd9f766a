// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import Internet
import KernelPrograms
import SystemIO
import NodeBed
import TestSupport
import Testing

/// For how long a capture acts, where it cannot, and what it leaves alone.
@Suite struct CaptureLifeTests {
    @Test func itEndsWithItsObject() throws {
        try FaithBed.with { bed, _ throws in
            // The one that the bed has made would stay until this ends.
            try bed.hop.inside {
                let service = try TestSocket(in: bed.hop, type: SOCK_STREAM)
                try service.bind("::", port: 22)
                try service.listen()
                let local = "2001:db8:1::1"
                let prefix = IPv6Prefix(try address(local), length: 128)
                var capture: FaithCapture? = try FaithCapture()
                #expect(capture?.silence == nil)
                let pinholes = try #require(capture?.pinholes)
                try capture?.set(prefixes: [prefix: 0])
                #expect(try bed.failure(to: local) == ECONNREFUSED)
                #expect(try bed.client.run("ping -n -c 1 -W 1 \(local)").status == 1)
                capture = nil
                #expect(try bed.failure(to: local) == 0)
                #expect(try bed.client.ping(local, count: 1).replies == 1)
                // Does nothing, and no harm.
                try pinholes.open(IPv6Endpoint(prefix.address, port: 22))
                withExtendedLifetime(service) {}
            }
        }
    }

    @Test func otherNamespacesAreLeftAlone() throws {
        try FaithBed.with { bed, capture throws in
            let all = IPv6Prefix(.unspecified, length: 0)
            try capture.set(prefixes: [all: 0])
            #expect(try bed.client.ping("2001:db8:1::1", count: 1).replies == 1)
            // In its own namespace it is all that it is told to be.
            #expect(try bed.client.run("ping -n -c 1 -W 1 \(FaithBed.own)").status == 1)
        }
    }

    @Test func thereIsOnePerNamespace() throws {
        try FaithBed.with { bed, _ throws in
            #expect(throws: KernelProgramError.occupied) { try bed.node.inside { try FaithCapture() } }
            // The node variables are another matter.
            #expect(throws: Never.self) { try bed.node.inside { try NodeFilter() } }
        }
    }

    /// CAP_NET_ADMIN, CAP_BPF; and CAP_SYS_ADMIN, which has been both.
    @Test(arguments: [12, 39])
    func withoutACapabilityItSaysSo(_ capability: Int) throws {
        _ = try lacking([21, capability]) {
            #expect(throws: KernelProgramError.permission) { try FaithCapture() }
        }
    }

    /// Without CAP_PERFMON netfilter's program is refused as by a kernel that has none; connections are captured.
    @Test func connectionsAreCapturedWithoutNetfilter() throws {
        try FaithBed.with { bed, _ throws in
            let hop = bed.hop
            let capture = try hop.inside { try lacking([21, 38]) { try FaithCapture() } }
            #expect(capture.silence == .permission)
            let local = "2001:db8:1::1"
            let service = try TestSocket(in: hop, type: SOCK_STREAM)
            try service.bind("::", port: 23)
            try service.listen()
            let listener = try hop.inside { try TCPListener(IPv6Endpoint(.loopback, port: 0)) }
            try capture.set(listener: listener, slot: 0)
            try capture.set(ports: PortSet([22...22]), slot: 0)
            try capture.set(prefixes: [IPv6Prefix(try address(local), length: 128): 0])
            #expect(try bed.failure(to: local, port: 22) == 0)
            #expect(try bed.accept(listener)?.local.address == IPv6Address(local))
            #expect(try bed.failure(to: local, port: 23) == ECONNREFUSED)
            #expect(try bed.client.ping(local, count: 1).replies == 1)
            let counters = try capture.counters(slot: 0)
            #expect(counters.packets == 0)
            let met = FaithReason.all.filter { counters.refused[$0] > 0 }
            #expect(met.map { "\($0.name) \(counters.refused[$0])" } == ["no-relay 1"])
            withExtendedLifetime(service) {}
        }
    }

    @Test func everyReasonHasANameAndWords() {
        let names = FaithReason.all.map(\.name), words = Set(FaithReason.all.map(\.description))
        #expect(names == ["no-relay", "no-listener", "udp", "icmpv6", "not-tcp", "hidden"])
        #expect(words.count == names.count)
        #expect(!words.contains(""))
        #expect(FaithReason.all.allSatisfy { FaithReason($0.name) == $0 })
        #expect(FaithReason("nothing") == nil)
    }
}
