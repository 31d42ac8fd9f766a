// SPDX-License-Identifier: BSD-2-Clause
import Inet6Control
import Control
import Testing

@testable import Dataplane

/// Which options ifconfig(8) would show for the kernel's variables of an interface: what takes effect.
@Suite struct HostInterfaceTests {
    /// What is not usual about an interface with neighbours, and its options.
    @Test(
        arguments: [
            ([:], [.performnud, .accept_rtadv, .auto_linklocal]),
            ([.accept_ra: 0], [.performnud, .auto_linklocal]),
            ([.accept_ra: 2], [.performnud, .accept_rtadv, .auto_linklocal]),
            ([.forwarding: 1], [.performnud, .auto_linklocal]),
            ([.forwarding: 1, .accept_ra: 2], [.performnud, .accept_rtadv, .auto_linklocal]),
            ([.disable_ipv6: 1], [.performnud, .accept_rtadv, .ifdisabled, .auto_linklocal]),
            ([.addr_gen_mode: 1], [.performnud, .accept_rtadv]),
            ([.addr_gen_mode: 3], [.performnud, .accept_rtadv, .auto_linklocal]),
            ([.accept_ra_defrtr: 0], [.performnud, .accept_rtadv, .auto_linklocal, .no_radr]),
            ([.accept_dad: 0], [.performnud, .accept_rtadv, .auto_linklocal, .no_dad]),
            ([.accept_dad: -1], [.performnud, .accept_rtadv, .auto_linklocal, .no_dad]),
            ([.accept_dad: 2], [.performnud, .accept_rtadv, .auto_linklocal]),
            ([.dad_transmits: 0], [.performnud, .accept_rtadv, .auto_linklocal, .no_dad]),
        ] as [([InterfaceVariable: Int], [Inet6Option])])
    func `what takes effect is shown`(unusual: [InterfaceVariable: Int], options: [Inet6Option]) {
        #expect(host(unusual).options == options)
    }

    @Test func `without link-layer addresses there are no neighbours`() {
        var host = host([:])
        host.hasNeighbors = false
        #expect(host.options == [.accept_rtadv, .auto_linklocal, .no_dad])
    }

    @Test func `without IPv6 it is disabled`() {
        var host = host([:])
        host.variables = [:]
        #expect(host.options == [.ifdisabled])
    }

    /// What holds for all interfaces is not this one's to say.
    @Test func `duplicate detection of all interfaces stays`() throws {
        var host = host([.accept_dad: 0])
        host.duplicateDetectionOfAll = 1
        #expect(!host.has(.no_dad))
        let error = #expect(throws: HostInterface.UnsupportedOption.self) { try host.values(for: .no_dad, true) }
        #expect(error?.reason == "net.ipv6.conf.all.accept_dad is 1")
    }

    @Test func `duplicates are looked for with at least one probe`() throws {
        let values = try host([.accept_dad: 0, .dad_transmits: 0]).values(for: .no_dad, false)
        #expect(values.map(\.variable) == [.accept_dad, .dad_transmits])
        #expect(values.map(\.value) == [1, 1])
    }

    private func host(_ unusual: [InterfaceVariable: Int]) -> HostInterface {
        HostInterface(
            name: "eth0", index: 2, hasNeighbors: true, isLoopback: false,
            variables: Inet6PlannerTests.usual.merging(unusual) { $1 })
    }
}
