// SPDX-License-Identifier: BSD-2-Clause
import Stf
import Control
import Internet

/// What can be said about an stf interface with words, beyond what can be said about any.
struct StfRecord: Equatable, Sendable {
    /// The kernel has no such flags.
    var linkFlags = LinkBits()
    var sixRD = SixRD()
    /// Whether the address follows the IPv4 address of the default route.
    var isAuto = false
    var engine = EngineChoice.auto
    /// Where programs carry packets, they may take them past the interface.
    var takesShortcut = true
    /// Whether the programs inside the kernel let pass only what the firewall would.
    var isAsking = true
    /// Ethernet devices between which frames are taken before the kernel makes packets of them.
    var expressDevices: [String] = []
    /// What is kept with the interface, at most one to a destination.
    var routes: [StfRoute] = []
}

/// What is to carry the packets.
enum EngineChoice: String, Equatable, Sendable {
    /// The programs inside the kernel where there can be any.
    case auto
    /// They, or the command fails.
    case kernel
    /// Threads of inet6d: every packet through the whole of the kernel's stack.
    case user
}

extension StfRecord: KindRules {
    static let kind = InterfaceKind.stf

    /// IPv6's minimum: an outer packet of 1300 bytes fits everywhere (RFC 4213 §3.2.1).
    var defaultMTU: Int { 1280 }
    /// Up to 65535 less the IPv4 header.
    var mtus: ClosedRange<Int> { 1280...65_515 }
    var hasNeighborDiscovery: Bool { false }
    var takesAnycast: Bool { true }
    var makesAddress: Bool { isAuto }

    mutating func apply(_ change: KindChange, of name: String, _ context: PlanContext) throws(Refusal) {
        guard case .stf(let change) = change else { throw change.foreign(to: .stf, name) }
        linkFlags.link0 = change.link0 ?? linkFlags.link0
        linkFlags.link1 = change.link1 ?? linkFlags.link1
        linkFlags.link2 = change.link2 ?? linkFlags.link2
        isAuto = change.auto ?? isAuto
        isAsking = change.ask ?? isAsking
        if let text = change.engine {
            guard let choice = EngineChoice(rawValue: text) else { throw Refusal(name, "engine \(text)", .EINVAL) }
            engine = choice
        }
        takesShortcut = change.shortcut ?? takesShortcut
        if let text = change.xdp { try applyExpress(text, of: name) }
        if let text = change.stfv4net {
            guard let new = SixRD(net: text, relays: sixRD.relays) else {
                throw Refusal(
                    name, "stfv4net \(text)", .EINVAL,
                    "address/length, 1..32; 32 is what data sheets call 0: no common bits")
            }
            sixRD = new
        }
        if let text = change.stfv4br {
            guard let relays = SixRD.relays(text) else {
                throw Refusal(name, "stfv4br \(text)", .EINVAL, "not an IPv4 address")
            }
            if let rule = relays.lazy.compactMap({ IPv4Rule.broken(by: $0, permits: .ofProvider) }).first {
                throw Refusal(name, "stfv4br \(text)", .EINVAL, rule.description)
            }
            sixRD.relays = relays
        }
        try applyRoutes(change, of: name, context)
    }

    private mutating func applyExpress(_ text: String, of name: String) throws(Refusal) {
        let devices = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard Set(devices).count == devices.count, !devices.contains(""), devices.count <= 8 else {
            // "" is `-xdp`.
            guard text.isEmpty else { throw Refusal(name, "xdp \(text)", .EINVAL, "up to 8 interfaces, with commas") }
            expressDevices = []
            return
        }
        expressDevices = devices
    }

    private mutating func applyRoutes(
        _ change: StfChange, of name: String, _ context: PlanContext
    ) throws(Refusal) {
        for text in change.noroutes ?? [] {
            guard let route = StfRoute(text) else { throw StfRoute.refusal(name, "-route \(text)") }
            let isMeant = { (kept: StfRoute) in
                kept.destination == route.destination && route.gateway ?? kept.gateway == kept.gateway
            }
            guard routes.contains(where: isMeant) || context.isIdempotent else {
                throw Refusal(name, "-route \(text)", .ENOENT, "no such route is kept with it")
            }
            routes.removeAll(where: isMeant)
        }
        for text in change.routes ?? [] {
            guard let route = StfRoute(text) else { throw StfRoute.refusal(name, "route \(text)") }
            if route.destination.length > 0, let rule = IPv6Rule.broken(by: route.destination.address) {
                throw Refusal(name, "route \(text)", .EINVAL, "to what is \(rule.description)")
            }
            if let gateway = route.gateway, gateway.compatible == nil, let rule = IPv6Rule.broken(by: gateway) {
                throw Refusal(name, "route \(text)", .EINVAL, "the gateway is \(rule.description)")
            }
            if let place = routes.firstIndex(where: { $0.destination == route.destination }) {
                routes[place] = route
            } else {
                routes.append(route)
            }
        }
    }

    func say(in change: inout Change) {
        change.link0 = linkFlags.link0
        change.link1 = linkFlags.link1
        change.link2 = linkFlags.link2
        change.stfv4net = sixRD.net
        change.stfv4br = sixRD.relayText
        change.auto = isAuto
        change.engine = engine.rawValue
        change.shortcut = takesShortcut
        change.xdp = expressDevices.isEmpty ? nil : expressDevices.joined(separator: ",")
        change.ask = isAsking
        change.routes = routes.isEmpty ? nil : routes.map(\.text)
    }

    /// stf(4): one valid 6to4 address, of an IPv4 address that may be global; or one within a 6rd domain.
    ///
    /// As on FreeBSD, a 6rd address may come before the stfv4net that it fits: until then the interface has no domain, and
    /// `check` says so. Of an address that is one of 64 bits, as every address is unless a length is said, it is no more
    /// likely than a slip.
    func check(
        _ new: AddressRecord, on record: InterfaceRecord, among others: [InterfaceRecord], _ context: PlanContext
    ) throws(Objection) {
        if !SixToFour.prefix.contains(new.address), let rule = IPv6Rule.broken(by: new.address) {
            throw Objection(.EINVAL, rule.description)
        }
        let domain = sixRD.domain(of: new.address, prefixLength: new.prefixLength)
        guard domain != nil || new.prefixLength < 64 else {
            throw Objection(
                .EINVAL, "not in \(SixToFour.prefix), and for 6rd prefix length + \(sixRD.embeddedBits) exceeds 64")
        }
        if let embedded = SixToFour.embedded(in: new.address) {
            if let rule = IPv4Rule.broken(by: embedded, permits: StfPermissions(context.variables)) {
                throw Objection(.EINVAL, "\(embedded) is \(rule.description)")
            }
            guard new.prefixLength >= SixToFour.prefix.length else {
                throw Objection(.EINVAL, "prefix length 16..128")
            }
        } else {
            let most = 64 - sixRD.embeddedBits
            guard new.prefixLength >= 3 else { throw Objection(.EINVAL, "prefix length 3..\(most)") }
        }
        if let other = record.addresses.first(where: { $0.address != new.address }) {
            throw Objection(.EEXIST, "\(record.name) has \(other.address)")
        }
        guard let domain else { return }
        for other in others {
            guard case .stf(let part) = other.part else { continue }
            for address in other.addresses {
                let taken = part.sixRD.domain(of: address.address, prefixLength: address.prefixLength)
                guard taken == domain, let source = sixRD.source(of: new.address, in: domain),
                    source == part.sixRD.source(of: address.address, in: domain)
                else { continue }
                throw Objection(.EADDRINUSE, "\(other.name) has \(source)")
            }
        }
    }
}

/// link0, link1 and link2 of ifconfig(8).
struct LinkBits: Equatable, Sendable {
    var link0 = false
    var link1 = false
    var link2 = false

    var flags: [InterfaceFlag] {
        [(link0, .link0), (link1, .link1), (link2, InterfaceFlag.link2)].filter(\.0).map(\.1)
    }
}
