// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
import Puppet

/// What can be said about a puppet interface with words: the master end of a tunnel. Addresses are copied only when that is
/// said: with them two hosts are one.
struct PuppetRecord: Equatable, Sendable {
    var tunnel = TunnelRecord(copies: [.link, .mtu])
}

extension PuppetRecord: KindRules {
    static let kind = InterfaceKind.puppet

    var defaultMTU: Int { 1500 }
    var mtus: ClosedRange<Int> { Parameters.mtus }
    var hasNeighborDiscovery: Bool { true }
    var trustsItsLink: Bool { false }
    var takesAnycast: Bool { false }
    var makesAddress: Bool { false }

    mutating func apply(_ change: KindChange, of name: String, _ context: PlanContext) throws(Refusal) {
        guard case .puppet(let change) = change else { throw change.foreign(to: .puppet, name) }
        let others: [(String, Bool)] = [
            ("dev", change.dev != nil), ("promisc", change.promisc != nil), ("direction", change.direction != nil),
            ("inject", change.inject != nil), ("exclude", change.exclude != nil),
            ("exclusive", change.exclusive != nil), ("caller", change.caller != nil),
        ]
        if let word = others.first(where: \.1)?.0 { throw Refusal(name, word, .EINVAL, "not of puppet interfaces") }
        try tunnel.apply(change, of: name)
    }

    func say(in change: inout Change) {
        var puppet = PuppetChange()
        tunnel.say(in: &puppet)
        change.puppet = puppet
    }

    func check(
        _ address: AddressRecord, on record: InterfaceRecord, among others: [InterfaceRecord], _ context: PlanContext
    ) throws(Objection) {
        if let rule = IPv6Rule.broken(by: address.address) { throw Objection(.EINVAL, rule.description) }
    }
}
