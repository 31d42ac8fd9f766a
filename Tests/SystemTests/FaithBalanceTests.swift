// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// A router shares connections out between two relays with a resilient group of next hops (ip-nexthop(8)): a flow
    /// stays with its relay for as long as it says something. The hosts are those of `FaithPair`.
    @Suite struct FaithBalanceTests {
        @Test func bothRelaysHaveTheirShare() throws {
            try with { pair in
                #expect(try fetchPages(60, "", pair) == String(repeating: "a page", count: 60))
                let accepted = try pair.relays.map { try $0.accepted() }
                #expect(accepted.reduce(0, +) == 60)
                #expect(accepted.allSatisfy { $0 > 5 }, "\(accepted)")
            }
        }

        @Test func drainedRelayFinishesWhileTheOtherTakesAllThatIsNew() throws {
            try with { pair in
                try pair.serveFlows()
                var flows: [RunningCommand] = []
                while try pair.relays.contains(where: { try $0.sessions() < 4 }), flows.count < 60 {
                    flows.append(try pair.beginFlow())
                }
                let held = try pair.relays.map { try $0.sessions() }
                #expect(held.allSatisfy { $0 >= 4 }, "\(held)")
                try pair.one.daemon.faith("drain faith0")
                // Buckets without a flow go to the other relay.
                try pair.router.succeed("ip nexthop replace id 100 group 1,1/2,255 \(type)")
                #expect(try eventually { try bucketsOfOne(pair) <= held[0] })
                // What hashes to one of those that are left is refused at once, and goes elsewhere the next time.
                let pages = try fetchPages(40, "--retry 5 --retry-connrefused --retry-delay 1", pair)
                #expect(pages == String(repeating: "a page", count: 40))
                #expect(try pair.one.accepted() == held[0])
                #expect(try pair.two.accepted() == held[1] + 40)
                #expect(try pair.one.sessions() == held[0])
                #expect(try pair.finish(flows))
                #expect(try eventually { try pair.one.daemon.relayed().ends == ["finished: \(held[0])"] })
                // Then all may go.
                #expect(try eventually { try bucketsOfOne(pair) == 0 })
            }
        }

        /// Flows of a relay that is taken away break at once, rather than hang; those of the other do not move.
        @Test func removedRelayDoesNotMoveFlowsOfTheOther() throws {
            try with { pair in
                try pair.serveFlows()
                var flows: [RunningCommand] = []
                while try pair.one.sessions() < 4, flows.count < 40 { flows.append(try pair.beginFlow()) }
                #expect(try pair.one.sessions() == 4)
                let before = try pair.two.sessions()
                try pair.router.succeed("ip nexthop replace id 100 group 1 \(type)")
                #expect(try pair.fetchPage().output == "a page")
                // Flows of the other are reset by this one, which knows nothing of them.
                #expect(eventually { flows.filter(\.isRunning).count == 4 })
                #expect(try pair.finish(flows.filter(\.isRunning)))
                #expect(before + 4 == flows.count)
            }
        }

        /// Each has a connection of its own.
        private func fetchPages(_ count: Int, _ options: String, _ pair: FaithPair) throws -> String {
            try pair.client.succeed(
                "curl -sS -m 20 \(options) -H Connection:close http://[\(FaithPair.address)]/?[1-\(count)]")
        }

        /// Flows whose hash is the same share a bucket; of 96, a weight of 1 in 256 is none.
        private let type = "type resilient buckets 96 idle_timer 3 unbalanced_timer 0"

        private func bucketsOfOne(_ pair: FaithPair) throws -> Int {
            try pair.router.succeed("ip nexthop bucket show id 100 nhid 1").split(separator: "\n").count
        }

        private func with(_ body: (FaithPair) throws -> Void) throws {
            try FaithPair.with("relay 80 relay 7") { pair in
                try pair.servePage()
                try pair.router.succeed("ip nexthop add id 1 via \(pair.one.address) dev ne1")
                try pair.router.succeed("ip nexthop add id 2 via \(pair.two.address) dev ne2")
                try pair.router.succeed("ip nexthop add id 100 group 1/2 \(type)")
                try pair.router.succeed("ip -6 route add \(FaithBed.prefix) nhid 100")
                try body(pair)
            }
        }
    }
}
