// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Words

/// What rc.conf(5) says beyond single interfaces, as network.subr and netoptions of FreeBSD read it.
extension BSDBoot {
    private static func isOff(_ value: String) -> Bool { ["", "no"].contains(value.lowercased()) }

    /// `stf_interface_ipv4addr="192.0.2.1"`: the first address of stf0.
    mutating func readSite(_ rc: inout RCVariables) {
        let length = rc.take("stf_interface_ipv4plen")
        let level = rc.take("stf_interface_ipv6_slaid")
        let identifier = rc.take("stf_interface_ipv6_ifid")
        guard let address = rc.take("stf_interface_ipv4addr"), !BSDBoot.isOff(address.value) else { return }
        let bits = length.map(\.value) ?? "0"
        let site = level.map(\.value) ?? "0"
        var interface = identifier.map(\.value) ?? "0:0:0:1"
        if interface.uppercased() == "AUTO" {
            interface = "0:0:0:1"
            note(identifier?.place ?? address.place, "AUTO: no address of another interface is taken: \(interface)")
        }
        guard let own = IPv4Address(address.value), let kept = Int(bits), (0...32).contains(kept) else {
            return note(address.place, "stf_interface_ipv4addr: \(address.value)/\(bits): no address")
        }
        let groups = [UInt16(own.bits >> 16), UInt16(truncatingIfNeeded: own.bits)].map { String($0, radix: 16) }
        let text = "2002:\(groups[0]):\(groups[1]):\(site):\(interface)"
        guard let whole = IPv6Address(text) else { return note(address.place, "\(text): no address") }
        say(["inet6", "\(whole)", "prefixlen", "\(16 + kept)"], of: "stf0", at: address.place)
        note(
            address.place,
            "the routes that reject 2002:e000::/20, 2002:7f00::/24, 2002::/24 and 2002:ff00::/24 are not made: "
                + "stf drops such packets by itself")
    }

    /// `ipv6_faith_prefix="2001:db8:64:: 2001:db8:65::/64"`
    mutating func readFaith(_ rc: inout RCVariables) {
        guard let variable = rc.take("ipv6_faith_prefix"), !BSDBoot.isOff(variable.value) else { return }
        set("net.inet6.ip6.keepfaith=1")
        create("faith0")
        for prefix in variable.words {
            say(["prefix", prefix.contains("/") ? prefix : "\(prefix)/96"], of: "faith0", at: variable.place)
        }
        say(["up"], of: "faith0", at: variable.place)
        note(variable.place, "what is relayed is said on the command lines of faithd: add a relay line for each")
    }

    /// `ipv6_gateway_enable="YES"`. FreeBSD writes a 0 where it is not set; that would take from Linux what others need.
    mutating func readGateway(_ rc: inout RCVariables) {
        if rc.takeSwitch("ipv6_gateway_enable")?.isOn == true { set("net.inet6.ip6.forwarding=1") }
        guard let mode = rc.take("ip6mode") else { return }
        switch mode.value.lowercased() {
        case "router": set("net.inet6.ip6.forwarding=1")
        case "autohost": set("net.inet6.ip6.accept_rtadv=1")
        default: note(mode.place, "ip6mode: \(mode.value): nothing is to be set")
        }
    }

    // MARK: routes

    mutating func readRoutes(_ rc: inout RCVariables) {
        if let router = rc.take("ipv6_defaultrouter"), !BSDBoot.isOff(router.value) {
            sayRoute("default", router.words, of: nil, at: router.place)
        }
        guard let list = rc.take("ipv6_static_routes") else { return }
        for word in list.words {
            let parts = BSDBoot.parts(word, ":")
            guard let variable = rc.take("ipv6_route_\(parts[0])") else {
                note(list.place, "\(parts[0]): there is no ipv6_route_\(parts[0])")
                continue
            }
            sayRoute(variable.words, of: parts.count == 2 ? parts[1] : nil, at: variable.place)
        }
    }

    /// `2001:db8:: -prefixlen 32 2002:c058:6301::`, as route(8) has them.
    mutating func sayRoute(_ words: [String], of interface: String?, at place: String) {
        var rest = words.filter { $0 != "-inet6" }
        guard !rest.isEmpty else { return note(place, "a route without a destination") }
        var destination = rest.removeFirst()
        if let option = rest.firstIndex(of: "-prefixlen"), option + 1 < rest.count {
            destination += "/\(rest[option + 1])"
            rest.removeSubrange(option...(option + 1))
        } else if IPv6Address(destination) != nil {
            destination += destination.hasSuffix("::") ? "/64" : "/128"
            note(place, "\(destination): no length is said, which means this one")
        }
        sayRoute(destination, rest, of: interface, at: place)
    }

    /// - Parameter gateway: `2002:c058:6301::`, `-interface stf0`, `fe80::1%em0`.
    private mutating func sayRoute(_ destination: String, _ gateway: [String], of interface: String?, at place: String)
    {
        let text = ([destination] + gateway).joined(separator: " ")
        if let option = gateway.firstIndex(of: "-interface") {
            let name = gateway.dropFirst(option + 1).first ?? ""
            let reason = BSDBoot.isOurs(name) ? "who takes the packets is not said" : "no interface of inet6d"
            return note(place, "\(text): \(reason)")
        }
        guard gateway.count == 1, let router = gateway.first else { return note(place, "\(text): no gateway") }
        if router.contains("%") { return note(place, "\(text): not by an interface of inet6d") }
        guard let address = IPv6Address(router) else {
            return note(place, "\(text): \(router) is no address, and no name is looked up")
        }
        // Only 6to4 tells by the address that it is a matter of ours.
        let isSixToFour = IPv6Prefix(BSDBoot.sixToFour, length: 16).contains(address)
        guard let name = interface ?? (isSixToFour ? first("stf") : nil) else {
            return note(place, "\(text): not by an interface of inet6d")
        }
        guard BSDBoot.isOurs(name) else { return note(place, "\(text): \(name): no interface of inet6d") }
        say(["route", destination, "via", router], of: name, at: place)
    }

    private static let sixToFour = IPv6Address(high: 0x2002 << 48, low: 0)

    // MARK: what has no effect

    private static let withoutEffect: [(prefix: String, reason: String)] = [
        ("ipv6_enable", "IPv6 is on"), ("ipv6_network_interfaces", "interfaces are made as their files say"),
        ("ipv6_activate_all_interfaces", "interfaces are made as their files say"),
        ("ipv6_prefer", "ip-addrlabel(8) sets it"), ("ipv6_prefix_", "no address is taken from a MAC address"),
        ("gif_interfaces", "ip-tunnel(8) makes such"), ("gifconfig_", "ip-tunnel(8) makes such"),
    ]

    mutating func readWithoutEffect(_ rc: inout RCVariables) {
        for variable in rc.rest {
            guard let found = BSDBoot.withoutEffect.first(where: { variable.name.hasPrefix($0.prefix) }),
                rc.take(variable.name) != nil
            else { continue }
            note(variable.place, "\(variable.name): has no effect here: \(found.reason)")
        }
    }

    /// What is about something else altogether.
    mutating func sayUnread(_ variables: [Variable]) {
        for variable in variables { note(variable.place, "\(variable.name): not about interfaces of inet6d") }
    }
}
