// SPDX-License-Identifier: BSD-2-Clause
import Control
import Faith
import Internet
import Relay

/// What can be said about a faith interface with words, beyond what can be said about any.
struct FaithRecord: Equatable, Sendable {
    /// Those that we route to the interface, in the order in which they came.
    var prefixes: [IPv6Prefix] = []
    /// The IPv4 address is in the last 32 bits whatever the prefix.
    var last32 = false
    /// In the order of their ports.
    var services: [FaithService] = []
    var rules: [AccessRule] = []
    var limits = RelaySettings()
    var isDraining = false

    /// The first rule closes what is open without.
    var access: AccessList { rules.isEmpty ? .open : AccessList(rules) ?? .closed }

    /// How a route's prefix maps; nil if no IPv4 address has a place behind it.
    func mapping(of prefix: IPv6Prefix) -> FaithPrefix? {
        last32 ? try? FaithPrefix(prefix, mapping: .lastBits) : try? FaithPrefix(prefix)
    }

    /// The service of the narrowest range that has this port.
    func service(of port: UInt16) -> FaithService? {
        services.filter { $0.ports.contains(port) }.min { $0.ports.count < $1.ports.count }
    }
}

extension FaithRecord: KindRules {
    static let kind = InterfaceKind.faith

    var defaultMTU: Int { 1500 }
    var mtus: ClosedRange<Int> { 1280...65_535 }
    var hasNeighborDiscovery: Bool { true }
    var takesAnycast: Bool { false }
    var makesAddress: Bool { false }

    mutating func apply(_ change: KindChange, of name: String, _ context: PlanContext) throws(Refusal) {
        guard case .faith(let change) = change else { throw change.foreign(to: .faith, name) }
        var planner = FaithPlanner(self, of: name, isIdempotent: context.isIdempotent)
        try planner.apply(change)
        self = planner.record
    }

    func say(in change: inout Change) {
        var faith = FaithChange()
        faith.prefixes = prefixes.map(\.description)
        faith.last32 = last32
        faith.relays = services.map(\.change)
        faith.access = rules.map(\.line)
        limits.say(in: &faith)
        faith.drain = isDraining
        change.faith = faith
    }

    func check(
        _ address: AddressRecord, on record: InterfaceRecord, among others: [InterfaceRecord], _ context: PlanContext
    ) throws(Objection) {
        if let rule = IPv6Rule.broken(by: address.address) { throw Objection(.EINVAL, rule.description) }
    }
}

extension FaithService {
    fileprivate var change: RelayChange {
        var change = RelayChange(service: ServiceName.text(of: ports))
        change.application = application?.rawValue
        change.proxy = sendsProxyHeader
        change.reserved = usesReservedPort
        change.program = program.isEmpty ? nil : program
        return change
    }
}

extension RelaySettings {
    /// Zero is what has no limit (faithctl(8)).
    fileprivate func say(in change: inout FaithChange) {
        let seconds = { (time: Duration?) in Int(time?.components.seconds ?? 0) }
        let count = { (number: Int) in number == .max ? 0 : number }
        let idle = seconds(idleTimeout)
        change.idle = idle >= FaithPlanner.never ? 0 : idle
        change.connecttime = seconds(connectTimeout)
        change.keepalive = seconds(keepalive)
        change.usertime = seconds(userTimeout)
        change.maxsessions = count(maximumSessions)
        change.maxrate = newSessionsPerSecondInAll ?? 0
        change.clientsessions = count(sessionsPerClient)
        change.clientrate = count(newSessionsPerSecond)
        change.clientlen = clientPrefixLength
    }
}

/// Some ports, and how connections to them are relayed.
struct FaithService: Equatable, Sendable {
    var ports: ClosedRange<UInt16>
    /// Nil is what the port is known for.
    var application: RelayApplication?
    var sendsProxyHeader = false
    var usesReservedPort = false
    /// For connections to this host itself, with its arguments; empty is none.
    var program: [String] = []

    /// faithd(8): 21 is FTP, 514 is rsh; and both rsh and rlogin, 513, come from a reserved port.
    func application(of port: UInt16) -> RelayApplication {
        switch (application, port) {
        case (let application?, _): application
        case (nil, 21): .ftp
        case (nil, 514): .rsh
        case (nil, _): .plain
        }
    }

    func usesReservedPort(for port: UInt16) -> Bool {
        usesReservedPort || application == nil && port == 513
    }
}
