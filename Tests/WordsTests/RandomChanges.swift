// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
import TestSupport

extension Change {
    /// Says at least one thing, and nothing that goes without saying.
    static func random(of kind: InterfaceKind, using generator: inout SeededGenerator) -> Change {
        var change = Change(interface: generator.pick(["stf", "stf0", "stf4294967295", "é", "a b", "#"]))
        if generator.oneIn(8) {
            change.destroy = true
            return change
        }
        change.up = generator.pick([true, false])
        change.create = generator.pick([true, nil])
        if generator.oneIn(2) { change.mtu = generator.pick(0..<70_000) }
        if generator.oneIn(2) { change.description = String.random(using: &generator) }
        if generator.oneIn(2) { change.inet6 = AddressChange.random(of: kind, using: &generator) }
        switch kind {
        case .stf: change.setStf(using: &generator)
        case .faith: if !generator.oneIn(4) { change.faith = FaithChange.random(using: &generator) }
        case .vamp:
            change.vamp = PuppetChange.random(of: kind, using: &generator)
            (change.mtu, change.inet6) = (nil, nil)
        case .puppet: change.puppet = PuppetChange.random(of: kind, using: &generator)
        }
        return change
    }

    private mutating func setStf(using generator: inout SeededGenerator) {
        let sometimes = [true, false, nil, nil]
        (link0, link1) = (generator.pick(sometimes), generator.pick(sometimes))
        ask = generator.pick(sometimes)
        (link2, auto) = (generator.pick(sometimes), generator.pick(sometimes))
        shortcut = generator.pick(sometimes)
        if generator.oneIn(4) { stfv4net = "192.0.2.1/\(generator.pick(1..<33))" }
        if generator.oneIn(4) { xdp = generator.pick(["", "eth0", "eth0,eth1"]) }
        if generator.oneIn(4) { engine = generator.pick(["auto", "kernel", "user"]) }
        if generator.oneIn(4) { stfv4br = generator.pick(["0.0.0.0", "192.0.2.254", "192.0.2.254,192.0.2.253"]) }
        if generator.oneIn(4) { routes = ["default via ::192.88.99.1", "2001:db8::/32"] }
        if generator.oneIn(4) { noroutes = ["default", "2001:db8::/32 via 2002:c058:6301::1"] }
    }
}

extension AddressChange {
    static func random(of kind: InterfaceKind, using generator: inout SeededGenerator) -> AddressChange {
        let site = SixToFour.site(of: IPv4Address(bits: UInt32(truncatingIfNeeded: generator.next())))
        var change = AddressChange(address: IPv6Address(high: site.address.high, low: generator.next()).description)
        if generator.oneIn(2) { change.prefixlen = generator.pick(0..<129) }
        change.delete = generator.pick([true, nil])
        if kind == .stf { change.anycast = generator.pick([true, nil]) }
        change.deprecated = generator.pick([true, false, nil])
        if generator.oneIn(2) { change.pltime = generator.pick(-1..<4_294_967_295) }
        if generator.oneIn(2) { change.vltime = generator.pick(-1..<4_294_967_295) }
        return change
    }
}

extension FaithChange {
    /// Says at least one thing. Not with an access list as a whole, which words do not have.
    static func random(using generator: inout SeededGenerator) -> FaithChange {
        var change = FaithChange()
        change.drain = generator.pick([true, false])
        change.last32 = generator.pick([true, false, nil])
        change.prefixes = list(&generator, prefix)
        change.noprefixes = list(&generator, prefix)
        change.norelays = list(&generator, service)
        change.relays = list(&generator, RelayChange.random)
        change.rules = list(&generator, rule)
        change.norules = list(&generator, rule)
        for path in [\FaithChange.idle, \.keepalive, \.usertime, \.maxsessions, \.maxrate, \.clientsessions]
        where generator.oneIn(4) {
            change[keyPath: path] = generator.pick(0...1_000_000)
        }
        if generator.oneIn(4) { change.clientrate = generator.pick(0...1_000_000) }
        if generator.oneIn(4) { change.connecttime = generator.pick(1...3600) }
        if generator.oneIn(4) { change.clientlen = generator.pick(1...128) }
        return change
    }

    private static func list<Element>(
        _ generator: inout SeededGenerator, _ element: (inout SeededGenerator) -> Element
    ) -> [Element]? {
        generator.oneIn(2) ? (0..<generator.pick(1...3)).map { _ in element(&generator) } : nil
    }

    private static func prefix(_ generator: inout SeededGenerator) -> String {
        "\(IPv6Address(high: generator.next(), low: generator.next()))/\(generator.pick(0...128))"
    }

    /// Words that mean something elsewhere among them.
    fileprivate static func service(_ generator: inout SeededGenerator) -> String {
        generator.oneIn(2)
            ? generator.pick(["all", "telnet", "1-1023", "relay", "-relay", "up", "", "a b", "#", "from"])
            : String(generator.pick(0..<70_000))
    }

    private static func rule(_ generator: inout SeededGenerator) -> String {
        let clients = generator.oneIn(4) ? "2001:db8::1" : prefix(&generator)
        let server = IPv4Address(bits: UInt32(truncatingIfNeeded: generator.next()))
        let servers = generator.oneIn(4) ? "\(server)" : "\(server)/\(generator.pick(0...32))"
        let source = generator.oneIn(2) ? " 192.0.2.\(generator.pick(0...255))" : ""
        return "\(clients) \(generator.pick(["permit", "deny"])) \(servers)\(source)"
    }
}

extension RelayChange {
    fileprivate static func random(using generator: inout SeededGenerator) -> RelayChange {
        var relay = RelayChange(service: FaithChange.service(&generator))
        relay.application = generator.pick([nil, "plain", "ftp", "rsh"])
        relay.proxy = generator.pick([true, nil])
        relay.reserved = generator.pick([true, nil])
        if generator.oneIn(2) {
            let words = (0..<generator.pick(0..<4)).map { _ in String.random(using: &generator).oneLine }
            relay.program = ["/bin/" + String.random(using: &generator).oneLine] + words
        }
        return relay
    }
}

extension String {
    /// A program's words are those of one line.
    fileprivate var oneLine: String {
        String(String.UnicodeScalarView(unicodeScalars.filter { $0 != "\n" }))
    }
}
