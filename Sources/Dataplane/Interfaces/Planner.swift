// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet

/// Turns changes into a plan against the state of the node, following each change's effects on the next.
struct Planner {
    /// The interfaces that are ours, by name.
    private(set) var interfaces: [String: InterfaceRecord]
    private(set) var context: PlanContext
    /// Every name the kernel has, ours or not.
    private var takenNames: Set<String>
    private var plan = Plan()
    /// What was said of addresses, to be checked when all is said: what is in the way may be taken away behind it.
    private var claims: [Claim] = []

    private struct Claim {
        let place: Place
        /// `inet6 2002:c000:201::1`, as it was said.
        let words: String
        /// Which of the changes said it.
        var index = 0

        struct Place: Hashable {
            let interface: String
            let address: IPv6Address
        }
    }

    /// - Parameter otherNames: of the kernel's interfaces that are not ours.
    init(interfaces: [InterfaceRecord], otherNames: Set<String>, _ context: PlanContext) {
        self.interfaces = Dictionary(interfaces.map { ($0.name, $0) }) { $1 }
        takenNames = otherNames.union(interfaces.map(\.name))
        self.context = context
    }

    /// - Throws: the first change that cannot be; then nothing has happened.
    mutating func plan(_ changes: [Change]) throws(Refusal) -> Plan {
        plan = Plan()
        claims = []
        for (index, change) in changes.enumerated() {
            let steps = plan.steps.count, claimed = claims.count
            let name: String
            do throws(Refusal) {
                name = try add(change)
            } catch {
                throw error.naming(index, of: changes)
            }
            for place in claimed..<claims.count { claims[place].index = index }
            plan.results.append(ChangeResult(interface: name, changed: plan.steps.count > steps))
        }
        // Of two that exclude each other, the second one is refused.
        var later = Dictionary(claims.map { ($0.place, 1) }, uniquingKeysWith: +)
        for claim in claims {
            later[claim.place] = later[claim.place].flatMap { $0 > 1 ? $0 - 1 : nil }
            do throws(Refusal) {
                try check(claim, before: later)
            } catch {
                throw error.naming(claim.index, of: changes)
            }
        }
        return plan
    }

    /// Goes on behind what cannot be as if the interface were there, so that nothing else is refused for that.
    mutating func suppose(_ name: String, _ kind: InterfaceKind) {
        interfaces[name] = interfaces[name] ?? InterfaceRecord(new: name, kind: kind)
        takenNames.insert(name)
        context.isIdempotent = true
    }

    /// Returns the name of the interface, which a create may have chosen.
    private mutating func add(_ change: Change) throws(Refusal) -> String {
        if change.destroy == true {
            try destroy(change.interface)
            return change.interface
        }
        try checkKind(of: change)
        let name = change.create == true ? try create(change.interface) : change.interface
        guard let old = interfaces[name] else { throw Refusal.notFound(name) }
        var new = old
        let rules = old.part.rules
        for part in change.parts { try new.part.apply(part, of: name, context) }
        if let description = change.description {
            try check(description, of: name)
            new.description = description.isEmpty ? nil : description
        }
        if let mtu = change.mtu {
            guard rules.mtus.contains(mtu) else {
                throw Refusal(name, "mtu \(mtu)", .EINVAL, "\(rules.mtus.lowerBound)..\(rules.mtus.upperBound)")
            }
            new.mtu = mtu
        }
        plan.steps += Plan.Step.between(old, new)
        if let inet6 = change.inet6 {
            let planner = AddressPlanner(name, context)
            if inet6.replace == true { plan.steps += planner.removal(of: inet6, from: &new) }
            if let step = try planner.step(inet6, on: &new) {
                plan.steps.append(step)
                if let address = step.address { claim(address, of: name, "inet6 \(inet6.text)") }
            }
            // As on BSD, an address brings the interface up.
            if inet6.delete != true { new.isUp = true }
        }
        if old.part != new.part { claimAddresses(of: new, before: old) }
        if new.part.rules.makesAddress, !rules.makesAddress { new.isUp = true }
        new.isUp = change.up ?? new.isUp
        if old.isUp != new.isUp { plan.steps.append(.up(name, from: old.isUp, to: new.isUp)) }
        interfaces[name] = new
        return name
    }

    /// What only one kind of interfaces understands is said of one of that kind, whether there is one of the name or not yet.
    private func checkKind(of change: Change) throws(Refusal) {
        let name = change.interface
        guard let kind = interfaces[name]?.kind ?? InterfaceKind.parse(name)?.kind else { return }
        if let part = change.parts.first(where: { $0.kind != kind }) { throw part.foreign(to: kind, name) }
        if change.inet6?.anycast != nil, !KindRecord(new: kind).rules.takesAnycast {
            throw Refusal(name, "anycast", .EINVAL, "not of \(kind.rawValue) interfaces")
        }
    }

    private mutating func claim(_ address: AddressRecord, of name: String, _ words: String) {
        claims.append(Claim(place: Claim.Place(interface: name, address: address.address), words: words))
    }

    /// What is said of a kind may leave no place for an address that was right before. One that was not, and that somebody
    /// else set, keeps nothing from being said.
    private mutating func claimAddresses(of record: InterfaceRecord, before old: InterfaceRecord) {
        for address in record.addresses {
            if old.addresses.contains(address), objection(to: address, on: old) != nil { continue }
            claim(address, of: record.name, address.words)
        }
    }

    /// Of those that are still there.
    private func check(_ claim: Claim, before later: [Claim.Place: Int]) throws(Refusal) {
        guard let record = interfaces[claim.place.interface],
            let address = record.addresses.first(where: { $0.address == claim.place.address }),
            let objection = objection(to: address, on: record, before: later)
        else { return }
        throw Refusal(claim.place.interface, claim.words, objection.errno, objection.reason)
    }

    /// - Parameter later: what was said behind it.
    private func objection(
        to address: AddressRecord, on record: InterfaceRecord, before later: [Claim.Place: Int] = [:]
    ) -> Objection? {
        let earlier = { (record: InterfaceRecord) in
            guard !later.isEmpty else { return record }
            var earlier = record
            earlier.addresses.removeAll {
                later[Claim.Place(interface: record.name, address: $0.address)] != nil
            }
            return earlier
        }
        do throws(Objection) {
            let others = interfaces.values.filter { $0.name != record.name }.map(earlier)
            try record.part.rules.check(address, on: earlier(record), among: others, context)
            return nil
        } catch {
            return error
        }
    }

    private mutating func create(_ wanted: String) throws(Refusal) -> String {
        guard let (kind, unit) = InterfaceKind.parse(wanted) else {
            throw .noCloner(wanted)
        }
        var name = wanted
        if unit == nil {
            let free = InterfaceKind.units.lazy.map { "\(kind.rawValue)\($0)" }.first { !takenNames.contains($0) }
            guard let free else { throw Refusal(wanted, nil, .EEXIST, "no unit is free") }
            name = free
        } else if takenNames.contains(name) {
            if context.isIdempotent, interfaces[name] != nil { return name }
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
            if context.isIdempotent, !takenNames.contains(name) { return }
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
}

extension Refusal {
    /// Says which of several changes it was.
    fileprivate func naming(_ index: Int, of changes: [Change]) -> Refusal {
        var refusal = self
        refusal.index = changes.count > 1 ? index : nil
        return refusal
    }
}
