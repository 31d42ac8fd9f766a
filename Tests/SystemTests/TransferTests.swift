// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// A stream of bytes arrives as it was sent, whatever the segments it is cut into. The hosts are those of `TwoSites`.
    @Suite struct TransferTests {
        @Test(arguments: [
            Path(stf: 1280, underlay: 1500), Path(stf: 1480, underlay: 1500), Path(stf: 1480, underlay: 1400),
            Path(stf: 65_515, underlay: 1500),
        ])
        func transfersArriveWhole(_ path: Path) throws {
            try TwoSites.with { sites in
                try sites.setMTU(path.stf)
                try sites.setUnderlayMTU(path.underlay)
                try transfer(in: sites.net, from: sites.a, to: sites.b, at: TwoSites.addressB)
                try transfer(in: sites.net, from: sites.b, to: sites.a, at: TwoSites.addressA)
                #expect(try sites.daemonA.interface("stf0")?.losses.filter { $0.hasPrefix("output") } == [])
                #expect(try sites.daemonB.interface("stf0")?.losses.filter { $0.hasPrefix("output") } == [])
            }
        }

        /// Without the offloads of the wire, what arrives is what was cut, not what a device put together again.
        @Test func transfersArriveWholeWithoutOffloads() throws {
            try TwoSites.with { sites in
                for host in [sites.a, sites.b] {
                    try host.succeed("ip link set ne0 gso_max_segs 1 gso_max_size 1500")
                }
                try transfer(in: sites.net, from: sites.a, to: sites.b, at: TwoSites.addressB)
            }
        }

        private func transfer(
            in net: Topology, from sender: Namespace, to receiver: Namespace, at address: String
        ) throws {
            let sent = net.scratch.appending(path: "sent").path, received = net.scratch.appending(path: "received").path
            try sender.succeed("dd if=/dev/urandom of=\(sent) bs=1M count=20 status=none")
            let sink = try receiver.start("socat -u TCP6-LISTEN:1234,bind=[\(address)],reuseaddr CREATE:\(received)")
            try sender.succeed("socat -u OPEN:\(sent) TCP6:[\(address)]:1234,retry=100,interval=0.05")
            let result = try sink.wait()
            #expect(result.status == 0, "\(result)")
            #expect(try receiver.run("cmp \(sent) \(received)").status == 0)
        }

        /// The MTU of the interface and of the wire below it.
        struct Path: Sendable, CustomTestStringConvertible {
            var stf: Int
            var underlay: Int

            var testDescription: String { "stf0 mtu \(stf) over \(underlay)" }
        }
    }
}
