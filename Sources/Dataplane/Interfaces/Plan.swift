// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet

/// The steps that a request comes to, decided completely before the first is taken.
struct Plan: Equatable {
    var steps: [Step] = []
    var results: [ChangeResult] = []

    /// One thing done to the kernel. Each knows the state before and after, so each can be undone.
    enum Step: Equatable {
        case create(InterfaceRecord)
        case destroy(InterfaceRecord)
        case description(String, from: String?, to: String?)
        case mtu(String, from: Int, to: Int)
        case linkFlags(String, from: LinkBits, to: LinkBits)
        case sixRD(String, from: SixRD, to: SixRD)
        case auto(String, from: Bool, to: Bool)
        case faith(String, from: FaithRecord, to: FaithRecord)
        case address(String, from: AddressRecord?, to: AddressRecord?)
        case up(String, from: Bool, to: Bool)
        /// To an interface that is not ours.
        case host(HostStep)

        /// The name of the interface that the step is about.
        var interface: String {
            switch self {
            case .create(let record), .destroy(let record): record.name
            case .description(let name, _, _), .mtu(let name, _, _), .linkFlags(let name, _, _),
                .sixRD(let name, _, _), .auto(let name, _, _), .faith(let name, _, _), .address(let name, _, _),
                .up(let name, _, _):
                name
            case .host(let step): step.interface
            }
        }

        /// The steps that lead back. What others did to a destroyed interface, such as routes, is not ours to know.
        var inverse: [Step] {
            switch self {
            case .create(let record): [.destroy(record)]
            case .destroy(let record): Step.building(record)
            case .description(let name, let from, let to): [.description(name, from: to, to: from)]
            case .mtu(let name, let from, let to): [.mtu(name, from: to, to: from)]
            case .linkFlags(let name, let from, let to): [.linkFlags(name, from: to, to: from)]
            case .sixRD(let name, let from, let to): [.sixRD(name, from: to, to: from)]
            case .auto(let name, let from, let to): [.auto(name, from: to, to: from)]
            case .faith(let name, let from, let to): [.faith(name, from: to, to: from)]
            case .address(let name, let from, let to): [.address(name, from: to, to: from)]
            case .up(let name, let from, let to): [.up(name, from: to, to: from)]
            case .host(let step): step.inverse.map(Step.host)
            }
        }

        /// The steps from nothing to `record`.
        static func building(_ record: InterfaceRecord) -> [Step] {
            let new = InterfaceRecord(new: record.name, kind: record.kind)
            var steps = [Step.create(new)] + between(new, record)
            steps += record.addresses.map { .address(record.name, from: nil, to: $0) }
            if record.isAuto { steps.append(.auto(record.name, from: false, to: true)) }
            if record.isUp { steps.append(.up(record.name, from: false, to: true)) }
            return steps
        }

        /// What differs besides addresses and the state up, in the order of `Change`.
        static func between(_ old: InterfaceRecord, _ new: InterfaceRecord) -> [Step] {
            var steps: [Step] = []
            if old.description != new.description {
                steps.append(.description(new.name, from: old.description, to: new.description))
            }
            if old.mtu != new.mtu { steps.append(.mtu(new.name, from: old.mtu, to: new.mtu)) }
            if old.linkFlags != new.linkFlags {
                steps.append(.linkFlags(new.name, from: old.linkFlags, to: new.linkFlags))
            }
            if old.sixRD != new.sixRD { steps.append(.sixRD(new.name, from: old.sixRD, to: new.sixRD)) }
            if old.faith != new.faith { steps.append(.faith(new.name, from: old.faith, to: new.faith)) }
            return steps
        }
    }
}

/// Turns changes into a plan against the state of the node, following each change's effects on the next.
struct Planner {
    /// The interfaces that are ours.
    private(set) var interfaces: [String: InterfaceRecord]
    /// Every name the kernel has, ours or not.
    private var takenNames: Set<String>
    private let permits: StfPermissions
    private let isIdempotent: Bool
    private var plan = Plan()

    init(interfaces: [InterfaceRecord], otherNames: Set<String>, permits: StfPermissions, isIdempotent: Bool) {
        self.interfaces = Dictionary(uniqueKeysWithValues: interfaces.map { ($0.name, $0) })
        takenNames = otherNames.union(interfaces.map(\.name))
        self.permits = permits
        self.isIdempotent = isIdempotent
    }

    /// - Throws: the first change that cannot be; then nothing has happened.
    mutating func plan(_ changes: [Change]) throws(Refusal) -> Plan {
        plan = Plan()
        for change in changes {
            let steps = plan.steps.count
            let name = try add(change)
            plan.results.append(ChangeResult(interface: name, changed: plan.steps.count > steps))
        }
        return plan
    }

    /// Returns the name of the interface, which a create may have chosen.
    private mutating func add(_ change: Change) throws(Refusal) -> String {
        if change.destroy == true {
            try destroy(change.interface)
            return change.interface
        }
        let name = change.create == true ? try create(change.interface) : change.interface
        guard let old = interfaces[name] else { throw Refusal.notFound(name) }
        try checkKind(of: change, for: old.kind)
        var new = old
        if let description = change.description {
            try check(description, of: name)
            new.description = description.isEmpty ? nil : description
        }
        if let mtu = change.mtu {
            let range = old.kind.mtus
            guard range.contains(mtu) else {
                throw Refusal(name, "mtu \(mtu)", .EINVAL, "\(range.lowerBound)..\(range.upperBound)")
            }
            new.mtu = mtu
        }
        new.linkFlags.link0 = change.link0 ?? old.linkFlags.link0
        new.linkFlags.link1 = change.link1 ?? old.linkFlags.link1
        new.linkFlags.link2 = change.link2 ?? old.linkFlags.link2
        try setSixRD(change, on: &new)
        if let faith = change.faith {
            var planner = FaithPlanner(old.faith, of: name, isIdempotent: isIdempotent)
            try planner.apply(faith)
            new.faith = planner.record
        }
        plan.steps += Plan.Step.between(old, new)
        if let inet6 = change.inet6 {
            if inet6.delete == true {
                try delete(inet6, from: &new)
            } else {
                try set(inet6, on: &new)
                // As on BSD, an address brings the interface up.
                new.isUp = true
            }
        }
        if old.sixRD != new.sixRD {
            for address in new.addresses {
                try checkStf(address, on: new) {
                    Refusal(name, "inet6 \(address.address)/\(address.prefixLength)", $0, $1)
                }
            }
        }
        if let isAuto = change.auto, isAuto != old.isAuto {
            new.isAuto = isAuto
            plan.steps.append(.auto(name, from: old.isAuto, to: isAuto))
            // It is as good as an address.
            new.isUp = new.isUp || isAuto
        }
        new.isUp = change.up ?? new.isUp
        if old.isUp != new.isUp { plan.steps.append(.up(name, from: old.isUp, to: new.isUp)) }
        interfaces[name] = new
        return name
    }

    /// What only one kind of interface has.
    private func checkKind(of change: Change, for kind: InterfaceKind) throws(Refusal) {
        let stfs = [
            ("link0", change.link0 != nil), ("link1", change.link1 != nil), ("link2", change.link2 != nil),
            ("stfv4net", change.stfv4net != nil), ("stfv4br", change.stfv4br != nil), ("auto", change.auto != nil),
            ("anycast", change.inet6?.anycast != nil),
        ]
        let others = kind == .stf ? [("faith", change.faith != nil)] : stfs
        guard let other = others.first(where: \.1) else { return }
        throw Refusal(change.interface, other.0, .EINVAL, "not of \(kind.rawValue) interfaces")
    }

    // MARK: interfaces

    private mutating func create(_ wanted: String) throws(Refusal) -> String {
        guard let (kind, unit) = InterfaceKind.parse(wanted) else {
            throw Refusal(wanted, nil, .EINVAL, "no cloner makes this name")
        }
        var name = wanted
        if unit == nil {
            let free = (0...0x7FFF).lazy.map { "\(kind.rawValue)\($0)" }.first { !takenNames.contains($0) }
            guard let free else { throw Refusal(wanted, nil, .EEXIST) }
            name = free
        } else if takenNames.contains(name) {
            if isIdempotent, interfaces[name] != nil { return name }
            throw Refusal(name, nil, .EEXIST)
        }
        let record = InterfaceRecord(new: name, kind: kind)
        interfaces[name] = record
        takenNames.insert(name)
        plan.steps.append(.create(record))
        return name
    }

    private mutating func destroy(_ name: String) throws(Refusal) {
        guard let record = interfaces.removeValue(forKey: name) else {
            if isIdempotent, !takenNames.contains(name) { return }
            throw Refusal.notFound(name)
        }
        takenNames.remove(name)
        plan.steps.append(.destroy(record))
    }

    /// The kernel keeps it as the link's alias, of at most 255 bytes; a line of text has no control characters.
    private func check(_ description: String, of name: String) throws(Refusal) {
        guard description.utf8.count <= 255 else {
            throw Refusal(name, "description", .EINVAL, "longer than 255 bytes")
        }
        guard !description.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw Refusal(name, "description", .EINVAL, "control character")
        }
    }

    // MARK: addresses

    private mutating func delete(_ change: AddressChange, from record: inout InterfaceRecord) throws(Refusal) {
        let address = try parse(change, of: record)
        let place = record.addresses.firstIndex {
            $0.address == address && $0.prefixLength == change.prefixlen ?? $0.prefixLength
        }
        guard let place else {
            if isIdempotent { return }
            throw Refusal(record.name, "inet6 \(change.text)", .EADDRNOTAVAIL)
        }
        plan.steps.append(.address(record.name, from: record.addresses.remove(at: place), to: nil))
    }

    private mutating func set(_ change: AddressChange, on record: inout InterfaceRecord) throws(Refusal) {
        let address = try parse(change, of: record)
        let place = record.addresses.firstIndex { $0.address == address }
        let old = place.map { record.addresses[$0] }
        var new = old ?? AddressRecord(address: address, prefixLength: change.prefixlen ?? 64)
        let name = record.name
        let refusal = { (errno: BSDErrno, why: String) in
            Refusal(name, "inet6 \(change.text)", errno, why)
        }
        if let length = change.prefixlen, length != new.prefixLength {
            throw refusal(.EINVAL, "the address has prefixlen \(new.prefixLength); delete it first")
        }
        new.isAnycast = change.anycast ?? new.isAnycast
        if let valid = change.vltime { new.valid = try lifetime(valid, refusal) }
        if let preferred = change.pltime { new.preferred = try lifetime(preferred, refusal) }
        if let isDeprecated = change.deprecated {
            new.preferred = isDeprecated ? 0 : new.preferred == 0 ? nil : new.preferred
        }
        if let valid = new.valid {
            guard valid > 0 else { throw refusal(.EINVAL, "vltime 0") }
            guard change.pltime == nil || new.preferred ?? .max <= valid else {
                throw refusal(.EINVAL, "pltime exceeds vltime")
            }
            new.preferred = min(new.preferred ?? valid, valid)
        }
        switch record.kind {
        case .stf: try checkStf(new, on: record, refusal)
        case .faith:
            if let rule = IPv6Rule.broken(by: address) { throw refusal(.EINVAL, rule.description) }
        }
        guard old != new else { return }
        if let old, old.isAnycast != new.isAnycast {
            throw refusal(.EINVAL, "an address does not become anycast or unicast; delete it first")
        }
        plan.steps.append(.address(record.name, from: old, to: new))
        if let place { record.addresses[place] = new } else { record.addresses.append(new) }
    }

    private func setSixRD(_ change: Change, on record: inout InterfaceRecord) throws(Refusal) {
        if let text = change.stfv4net {
            guard let new = SixRD(net: text, relay: record.sixRD.relay) else {
                throw Refusal(record.name, "stfv4net \(text)", .EINVAL)
            }
            record.sixRD = new
        }
        if let text = change.stfv4br {
            guard let relay = IPv4Address(text) else { throw Refusal(record.name, "stfv4br \(text)", .EINVAL) }
            if relay.bits != 0, let rule = IPv4Rule.broken(by: relay, permits: .ofProvider) {
                throw Refusal(record.name, "stfv4br \(text)", .EINVAL, rule.description)
            }
            record.sixRD.relay = relay.bits == 0 ? nil : relay
        }
    }

    /// stf(4): one valid 6to4 address, of an IPv4 address that may be global; or one within a 6rd domain.
    private func checkStf(
        _ new: AddressRecord, on record: InterfaceRecord, _ refusal: (BSDErrno, String) -> Refusal
    ) throws(Refusal) {
        guard let domain = record.sixRD.domain(of: new.address, prefixLength: new.prefixLength) else {
            let bits = 32 - record.sixRD.commonLength
            throw refusal(.EINVAL, "not in \(SixToFour.prefix), and for 6rd prefix length + \(bits) exceeds 64")
        }
        if let embedded = SixToFour.embedded(in: new.address) {
            if let rule = IPv4Rule.broken(by: embedded, permits: permits) {
                throw refusal(.EINVAL, "\(embedded) is \(rule.description)")
            }
            guard new.prefixLength >= SixToFour.prefix.length else { throw refusal(.EINVAL, "prefix length 16..128") }
        } else {
            if let rule = IPv6Rule.broken(by: new.address) { throw refusal(.EINVAL, rule.description) }
            guard new.prefixLength >= 3 else { throw refusal(.EINVAL, "prefix length 3..64") }
        }
        if let other = record.addresses.first(where: { $0.address != new.address }) {
            throw refusal(.EEXIST, "\(record.name) has \(other.address)")
        }
        for other in interfaces.values where other.name != record.name && other.kind == .stf {
            for address in other.addresses {
                let taken = other.sixRD.domain(of: address.address, prefixLength: address.prefixLength)
                guard taken == domain, let source = record.sixRD.source(of: new.address, in: domain),
                    source == other.sixRD.source(of: address.address, in: domain)
                else { continue }
                throw refusal(.EADDRINUSE, "\(other.name) has \(source)")
            }
        }
    }

    private func parse(_ change: AddressChange, of record: InterfaceRecord) throws(Refusal) -> IPv6Address {
        let text: ScopedText
        do throws(ScopedAddressError) {
            text = try ScopedText(change.address)
        } catch {
            throw Refusal(record.name, "inet6 \(change.text)", .EINVAL, error.description)
        }
        // A link-local address is there if the kernel made it, or an admin asked the kernel for it; it is taken away by the
        // name that it shows.
        let isOwnZone = text.zone == nil || text.address.isLinkLocal && text.zone == record.name
        switch record.kind {
        case .stf where text.zone != nil && !(isOwnZone && change.delete == true):
            throw Refusal(
                record.name, "inet6 \(change.text)", .EINVAL, "stf has no link-local addresses, and no other has a zone"
            )
        case .faith where !isOwnZone:
            throw Refusal(
                record.name, "inet6 \(change.text)", .EINVAL,
                "only link-local addresses have a zone, which here is \(record.name)")
        case .stf, .faith: break
        }
        guard (0...128).contains(change.prefixlen ?? 0) else {
            throw Refusal(record.name, "inet6 \(change.text)", .EINVAL, "prefix length 0..128")
        }
        return text.address
    }

    /// Nil is for ever.
    private func lifetime(_ seconds: Int, _ refusal: (BSDErrno, String) -> Refusal) throws(Refusal) -> UInt32? {
        if seconds == -1 { return nil }
        guard let lifetime = UInt32(exactly: seconds), lifetime < UInt32.max else {
            throw refusal(.EINVAL, "lifetime \(seconds)")
        }
        return lifetime
    }
}

extension Refusal {
    static func notFound(_ name: String) -> Refusal {
        Refusal(name, nil, .ENXIO, InterfaceKind.parse(name) == nil ? "not an interface of inet6d" : nil)
    }
}

extension AddressChange {
    /// `2002:c000:201::1/16`
    var text: String { prefixlen.map { "\(address)/\($0)" } ?? address }
}
