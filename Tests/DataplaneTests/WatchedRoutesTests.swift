// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Netlink
import TestSupport
import Testing

@testable import Dataplane

/// Routes out of an interface are known by what the kernel tells of single ones.
@Suite struct WatchedRoutesTests {
    private let prefix = IPv6Prefix(IPv6Address("2001:db8::") ?? .unspecified, length: 32)

    private func route(_ gateway: String?, _ index: UInt32 = 1, metric: UInt32 = 1024) -> IPv6Route {
        IPv6Route(destination: prefix, gateway: gateway.flatMap { IPv6Address($0) }, index: index, metric: metric)
    }

    private func change(_ kind: IPv6RouteChange.Kind, _ routes: IPv6Route..., replacing: Bool = false)
        -> IPv6RouteChange
    {
        var change = IPv6RouteChange(kind, routes, of: routes.first ?? route(nil))
        change.isReplacement = replacing
        return change
    }

    @Test func `what comes and goes is news once`() {
        var watched = WatchedRoutes(index: 1, [])
        watched.apply(change(.added, route(nil)))
        watched.apply(change(.added, route(nil)))
        #expect(watched.takeNews() == [prefix])
        watched.apply(change(.added, route(nil)))
        watched.apply(change(.added, route("fe80::1", 2)))
        watched.apply(change(.removed, route(nil, 2)))
        watched.apply(change(.removed, route(nil, metric: 1)))
        #expect(watched.takeNews() == [])
        watched.read([route(nil)])
        #expect(watched.takeNews() == [])
        watched.apply(change(.removed, route(nil)))
        #expect(watched.takeNews() == [prefix])
        #expect(watched.destinations.isEmpty)
        watched.read([route(nil, metric: 5)])
        #expect(watched.takeNews() == [prefix])
        #expect(watched.unicast == [route(nil, metric: 5)])
    }

    /// What is in doubt, and what is believed until it is looked up.
    @Test func `another route of the same metric leaves doubt`() {
        let (direct, near, far) = (route(nil), route("fe80::1"), route("fe80::2"))
        let elsewhere = route("fe80::3", 2)
        let cases: [(known: [IPv6Route], change: IPv6RouteChange, now: [IPv6Route], isDoubtful: Bool)] = [
            ([near], change(.added, near), [near], false),
            ([near], change(.added, near, far), [near, far], false),
            ([near], change(.added, far), [far], true),
            ([near, far], change(.added, far), [far], true),
            ([near, far], change(.removed, far), [near], false),
            ([near], change(.added, elsewhere), [], true),
            ([near], change(.added, near, elsewhere), [near], false),
            ([direct], change(.added, elsewhere), [direct], true),
            ([direct], change(.added, near), [direct, near], true),
            ([direct, near], change(.added, far, replacing: true), [direct, far], true),
            ([direct], change(.added, far, replacing: true), [far], true),
            ([near], change(.added, route(nil, 2), replacing: true), [], true),
            ([near], change(.added, replacing: true), [], true),
            ([direct], change(.added), [direct], true),
            ([], change(.added, elsewhere), [], false),
            ([], change(.added, near, replacing: true), [near], false),
        ]
        for (known, change, now, isDoubtful) in cases {
            var watched = WatchedRoutes(index: 1, known)
            watched.apply(change)
            #expect(Set(watched.routes(to: prefix)) == Set(now), "\(known) \(change)")
            #expect(watched.isDoubtful == isDoubtful, "\(known) \(change)")
            watched.read(now)
            #expect(!watched.isDoubtful)
        }
    }

    /// Where events were lost, nothing is believed that was not read since.
    @Test func `lost events leave doubt`() throws {
        // The kernel makes a link-local address, and with it a route, when it likes.
        let quiet = "link set va addrgenmode none"
        try inOwnNetwork(["link add va type veth peer name vb", quiet, "link set va up", "link set vb up"]) {
            let requests = try RouteSocket()
            var network = try KernelNetwork(requests: requests)
            let index = try #require(network.link(named: "va")?.index)
            try network.watch(index)
            _ = network.takeNews(of: index)
            try ip("-6 route add 2001:db8::/32 dev va")
            try network.apply([.overrun])
            #expect(network.isDoubtful)
            #expect(try network.settle(.now) == nil)
            #expect(network.takeNews(of: index) == [prefix])
            // Not again at once, if it takes long: a flood of events is to leave time for others.
            try network.apply([.overrun])
            let due = try network.settle(.now)
            #expect(due.map { $0 > .now - .seconds(1) } ?? true)
            #expect(try network.settle(nil) == nil)
            #expect(!network.isDoubtful)
        }
    }

    /// Whatever ip(8) does: what is not in doubt is true, and what is in doubt is true when it has been looked up.
    @Test(arguments: 0..<6)
    func `the kernel has the same`(seed: Int) throws {
        let setup = [
            "link add va type veth peer name vb", "link set va up", "link set vb up",
            "addr add fe80::a/64 dev va nodad",
            "addr add fe80::b/64 dev vb nodad",
        ]
        try inOwnNetwork(setup) {
            let (events, requests) = (try RouteEvents(), try RouteSocket())
            var network = try KernelNetwork(requests: requests)
            let index = try #require(network.link(named: "va")?.index)
            try network.watch(index)
            // Followers know what they were told of.
            var followed: [IPv6Prefix: Set<IPv6Route>] = [:]
            var generator = SeededGenerator(seed: UInt64(seed) &+ 8200)
            var (doubts, routes) = (0, 0)
            for step in 0..<60 {
                let line = WatchedRoutesTests.line(using: &generator)
                // What cannot be is refused, which is as well.
                try? ip("\(line) 2>/dev/null")
                try network.apply(try events.next())
                let present = Set(try requests.ipv6Routes(out: index))
                let isDoubtful = network.isDoubtful
                if isDoubtful {
                    doubts += 1
                    #expect(try network.settle(nil) == nil)
                }
                let known = network.routes[index]?.destinations.flatMap { network.routes(to: $0, out: index) } ?? []
                #expect(Set(known) == present, "\(seed), \(step): \(line)")
                #expect(known.count == present.count)
                for destination in network.takeNews(of: index) {
                    followed[destination] = Set(network.routes(to: destination, out: index))
                }
                #expect(Set(followed.values.joined()) == present, "\(seed), \(step): \(line)")
                routes += present.count
            }
            #expect(doubts < 50)
            #expect(routes > 20)
        }
    }

    private static func line(using generator: inout SeededGenerator) -> String {
        if generator.oneIn(20) { return "link set va \(generator.pick(["up", "down", "up"]))" }
        if generator.oneIn(20) { return "addr \(generator.pick(["add", "del"])) 2001:db8:9::1/64 dev va nodad" }
        let destination = "2001:db8:\(generator.pick(["1", "2"]))::/48"
        let options = generator.pick(["", "", " metric 5", " table 100", " proto bgp"])
        func hop() -> String {
            generator.pick(["dev va", "dev vb", "via fe80::1 dev va", "via fe80::2 dev va", "via fe80::3 dev vb"])
        }
        let target = generator.pick([
            hop(), hop(), hop(), "nexthop \(hop()) nexthop \(hop())", "nexthop \(hop())", "dev lo",
        ])
        switch generator.pick(0...9) {
        case 0...2: return "-6 route add \(destination) \(target)\(options)"
        case 3: return "-6 route append \(destination) \(target)\(options)"
        case 4...5: return "-6 route replace \(destination) \(target)\(options)"
        case 6: return "-6 route change \(destination) \(target)\(options)"
        case 7: return "-6 route add unreachable \(destination)\(options)"
        case 8: return "-6 route del \(destination)\(options)"
        default: return "-6 route del \(destination) \(target)\(options)"
        }
    }
}
