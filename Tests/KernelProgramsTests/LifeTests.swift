// SPDX-License-Identifier: BSD-2-Clause
import CBPF
import CKernelPrograms
import Foundation
import NodeBed
import SystemPackage
import TestSupport
import Testing

@testable import KernelPrograms

/// Where a filter acts, for how long, and where it cannot.
@Suite struct LifeTests {
    @Test func nothingIsDroppedBeforeItIsConfigured() throws {
        try NodeBed.with { bed throws in
            bed.close()
            let filter = try bed.node.inside { try NodeFilter() }
            try filter.set(addresses: [NodeAddress(try address(NodeBed.own), interface: 0)])
            #expect(try bed.isDelivered(bed.datagram(from: NodeBed.own)))
            let datagram = bed.datagram(size: 64)
            #expect(try bed.isDelivered(datagram, as: datagram.fragments(of: 32, id: 1)))
            #expect(try filter.counters() == ReasonCounts())
            try filter.configure(NodeLimits())
            #expect(try !bed.isDelivered(bed.datagram(from: NodeBed.own)))
        }
    }

    @Test func itEndsWithItsObject() throws {
        try NodeBed.with { bed throws in
            #expect(try !bed.isDelivered(bed.datagram(from: NodeBed.own)))
            // With fragments waiting, and so a timer running.
            try bed.send(bed.datagram(size: 88).fragments(of: 32, id: 1)[0])
            bed.close()
            #expect(try bed.isDelivered(bed.datagram(from: NodeBed.own)))
        }
    }

    /// The kernel has three links more while it lives, and none of them afterwards.
    @Test func noLinkIsLeft() throws {
        try NodeBed.with { bed throws in
            let numbers = try #require(bed.filter?.linkNumbers)
            let links = try numbers.map { try linkID($0) }
            #expect(Set(links).count == 3)
            #expect(links.allSatisfy { exists($0) })
            bed.close()
            #expect(eventually { links.allSatisfy { !exists($0) } })
        }
    }

    private func linkID(_ number: Int32) throws -> UInt32 {
        let text = try String(contentsOfFile: "/proc/self/fdinfo/\(number)", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix("link_id:") }
        return try #require(line?.split(separator: "\t").last.flatMap { UInt32($0) })
    }

    private func exists(_ link: UInt32) -> Bool {
        let number = bpf_link_get_fd_by_id(link)
        if number >= 0 { close(number) }
        return number >= 0
    }

    /// CAP_NET_ADMIN, CAP_PERFMON, CAP_BPF; and CAP_SYS_ADMIN, which has been all of them.
    @Test(arguments: [12, 38, 39])
    func withoutACapabilityItSaysSo(_ capability: Int) throws {
        _ = try lacking([21, capability]) {
            #expect(throws: KernelProgramError.permission) { try NodeFilter() }
        }
    }

    @Test func threeCapabilitiesSuffice() throws {
        try NodeBed.with { bed throws in
            let others = (0..<41).filter { ![12, 38, 39].contains($0) }
            try bed.host.inside {
                try lacking(others) {
                    #expect(throws: Never.self) { try NodeFilter().configure(NodeLimits()) }
                }
            }
        }
    }

    @Test func otherNamespacesAreLeftAlone() throws {
        try NodeBed.with { bed throws in
            let listener = try TestSocket(in: bed.host, type: SOCK_DGRAM)
            try listener.bind("::", port: NodeBed.port)
            let sender = try TestSocket(in: bed.node, type: SOCK_RAW, proto: Int32(IPPROTO_RAW))
            // From the host's own address, by a wire: its own filter would drop it.
            let datagram = bed.datagram(from: "2001:db8:2::9", to: "2001:db8:2::9")
            #expect(sender.send(datagram.packet(), to: "2001:db8:2::9") == 0)
            #expect(eventually { listener.receive() == datagram.data })
            let filter = try bed.host.inside { try NodeFilter() }
            try filter.set(addresses: [NodeAddress(try address("2001:db8:2::9"), interface: 0)])
            try filter.configure(NodeLimits())
            #expect(sender.send(datagram.packet(), to: "2001:db8:2::9") == 0)
            let reason = try #require(NodeReason("source-is-own"))
            #expect(try eventually { try filter.counters()[reason] == 1 })
            #expect(try bed.counts() == [:])
        }
    }

    @Test func thereIsOnePerNamespace() throws {
        try NodeBed.with { bed throws in
            #expect(throws: KernelProgramError.occupied) { try bed.node.inside { try NodeFilter() } }
        }
    }

    @Test func allIsReplacedAtOnce() throws {
        try NodeBed.with { bed throws in
            for size in [1, 100, 3] {
                let addresses = try (0..<size).map { NodeAddress(try address("2001:db8:9::\($0)"), interface: 0) }
                try bed.filter?.set(addresses: addresses)
                #expect(try !bed.isDelivered(bed.datagram(from: "2001:db8:9::\(size - 1)")))
                #expect(try bed.isDelivered(bed.datagram(from: "2001:db8:9::\(size)")))
            }
        }
    }

    @Test func everyReasonHasANameAndWords() {
        let names = Set(NodeReason.all.map(\.name)), words = Set(NodeReason.all.map(\.description))
        #expect(names.count == 15)
        #expect(words.count == 15)
        #expect(!names.contains("") && !words.contains(""))
        #expect(NodeReason.all.allSatisfy { NodeReason($0.name) == $0 })
        #expect(NodeReason("nothing") == nil)
        #expect(NodeReason.all.filter(\.isNotice).map(\.name) == ["unspecified-not-forwarded", "scope-not-forwarded"])
    }

    @Test(arguments: [
        ("6.4.0", true), ("6.18.44-custom", true), ("10.0", true), ("7", true),
        ("6.3.9", false), ("5.10.0-28-amd64", false), ("6", false), ("", false),
    ])
    func kernelsAreToldApart(_ release: String, _ isCapable: Bool) {
        #expect(KernelFeature.netfilter.isIn(release) == isCapable)
    }

    @Test(arguments: [("5.9.0", true), ("6.1.0-18-amd64", true), ("5.8.18", false), ("4.19", false)])
    func lookupProgramsAreOlder(_ release: String, _ isCapable: Bool) {
        #expect(KernelFeature.socketLookup.isIn(release) == isCapable)
        let error = KernelProgramError.kernel(release: release, lacks: .socketLookup)
        #expect("\(error)" == "Linux \(release) has no programs for the lookup of sockets, which came with 5.9")
    }

    /// Times become milliseconds, within what the program can hold.
    @Test(arguments: [
        (Duration.seconds(60), UInt32(60_000)), (.milliseconds(1500), 1500), (.zero, 1), (.seconds(-5), 1),
        (.seconds(Int64.max), UInt32.max),
    ])
    func timesAreInMilliseconds(_ duration: Duration, _ milliseconds: UInt32) {
        var limits = NodeLimits()
        limits.fragmentLifetime = duration
        #expect(limits.record.fragment_lifetime_ms == milliseconds)
    }
}
