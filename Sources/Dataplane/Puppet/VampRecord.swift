// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
import Puppet
import PuppetCarrier

/// What can be said about a vamp interface with words: the slave end of a tunnel.
struct VampRecord: Equatable, Sendable {
    var tunnel = TunnelRecord(copies: Set(TunnelRecord.Copy.allCases))
    /// The real interface.
    var dev: String?
    var isPromiscuous = true
    var direction = FrameDirection.both
    var injects = true
    var isExclusive = false
    /// Who said so, by ssh: over IPv4 a mapped address.
    var administrator: IPv6Address?
    /// `auto`, `none`, `192.0.2.1:22,198.51.100.7:50000`.
    var exclusions = ["auto"]

    /// Connections that are not sniffed.
    var excluded: [TransportPair] { exclusions.compactMap { TransportPair(words: $0) } }

    func settings(_ identity: (any CarrierIdentity)?) -> CarrierSettings {
        var settings = tunnel.settings(identity)
        settings.isPromiscuous = isPromiscuous
        settings.direction = direction
        settings.injects = injects
        settings.mark = isExclusive ? KernelSilence.mark : nil
        settings.excludesItself = exclusions.contains("auto")
        settings.excluded = excluded
        settings.copies = !tunnel.copies.isEmpty
        return settings
    }
}

extension VampRecord: KindRules {
    static let kind = InterfaceKind.vamp

    /// It has no device of its own; that of the real one is told by whoever shows it.
    var defaultMTU: Int { 0 }
    var mtus: ClosedRange<Int> { 0...0 }
    var hasNeighborDiscovery: Bool { false }
    var takesAnycast: Bool { false }
    var makesAddress: Bool { false }

    mutating func apply(_ change: KindChange, of name: String, _ context: PlanContext) throws(Refusal) {
        guard case .vamp(let change) = change else { throw change.foreign(to: .vamp, name) }
        guard context.isForRoot else {
            throw Refusal(name, nil, .EPERM, "what a vamp does to an interface is for root alone to say")
        }
        if let text = change.dev {
            guard (1...15).contains(text.utf8.count), !text.contains("/") else {
                throw Refusal(name, "dev \(text)", .EINVAL, "not the name of an interface")
            }
            dev = text
        }
        isPromiscuous = change.promisc ?? isPromiscuous
        injects = change.inject ?? injects
        if let isExclusive = change.exclusive {
            self.isExclusive = isExclusive
            administrator = nil
        }
        if let text = change.caller {
            guard let address = IPv6Address(text) ?? IPv4Address(text).map(IPv6Address.init(mapped:)) else {
                throw Refusal(name, "caller \(text)", .EINVAL, "not an address")
            }
            administrator = address
        }
        if let text = change.direction {
            guard let new = FrameDirection(rawValue: text) else { throw Refusal(name, "direction \(text)", .EINVAL) }
            direction = new
        }
        if let words = change.exclude {
            if words.contains("ssh") {
                throw Refusal(name, "exclude ssh", .EINVAL, "only puppetctl(8) knows the connection it came by")
            }
            for word in words where word != "auto" && word != "none" && TransportPair(words: word) == nil {
                throw Refusal(name, "exclude \(word)", .EINVAL, "auto, ssh, none, or address:port,address:port")
            }
            guard words.count <= Exclusion.most else {
                throw Refusal(name, "exclude", .EINVAL, "more than \(Exclusion.most) connections")
            }
            exclusions = words
        }
        try tunnel.apply(change, of: name)
    }

    func say(in change: inout Change) {
        var vamp = PuppetChange()
        vamp.dev = dev
        tunnel.say(in: &vamp)
        vamp.promisc = isPromiscuous
        vamp.direction = direction.rawValue
        vamp.inject = injects
        vamp.exclusive = isExclusive
        vamp.caller = administrator?.eitherText
        vamp.exclude = exclusions
        change.vamp = vamp
    }

    func check(
        _ address: AddressRecord, on record: InterfaceRecord, among others: [InterfaceRecord], _ context: PlanContext
    ) throws(Objection) {
        throw Objection(.EINVAL, "a vamp has no addresses; the real interface has")
    }
}

extension TransportPair {
    /// `192.0.2.1:22,198.51.100.7:50000`; nil of `auto`, `none`, and of anything else.
    init?(words: String) {
        let ends = words.split(separator: ",", omittingEmptySubsequences: false).map {
            IPv6Endpoint(either: String($0))
        }
        guard ends.count == 2, let one = ends[0], let other = ends[1] else { return nil }
        self.init(one, other)
    }
}
