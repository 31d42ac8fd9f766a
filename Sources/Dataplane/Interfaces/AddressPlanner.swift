// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet

/// What becomes of one address of an interface of ours.
struct AddressPlanner {
    private let name: String
    private let context: PlanContext

    init(_ name: String, _ context: PlanContext) {
        self.name = name
        self.context = context
    }

    /// Nil if it is so already. Whether the interface may have the address is for the planner to check.
    func step(_ change: AddressChange, on record: inout InterfaceRecord) throws(Refusal) -> Plan.Step? {
        let address = try parse(change, record.part.rules)
        guard change.delete != true else { return try deletion(of: address, change, from: &record) }
        let place = record.addresses.firstIndex { $0.address == address }
        let old = place.map { record.addresses[$0] }
        var new = old ?? AddressRecord(address: address, prefixLength: change.prefixlen ?? 64)
        do throws(Objection) {
            try apply(change, to: &new)
            guard old != new else { return nil }
            if let old, old.isAnycast != new.isAnycast {
                throw Objection(.EINVAL, "an address does not become anycast or unicast; delete it first")
            }
        } catch {
            throw Refusal(name, "inet6 \(change.text)", error.errno, error.reason)
        }
        if let place { record.addresses[place] = new } else { record.addresses.append(new) }
        return .address(name, from: old, to: new)
    }

    /// Takes away all others, as the change asks for. A link-local address is not meant, if the kernel made one.
    func removal(of change: AddressChange, from record: inout InterfaceRecord) -> [Plan.Step] {
        let kept = IPv6Address(change.address)
        let others = record.addresses.filter { old in
            !old.address.isLinkLocal
                && (old.address != kept || old.prefixLength != change.prefixlen ?? old.prefixLength)
        }
        record.addresses.removeAll { others.contains($0) }
        return others.map { .address(name, from: $0, to: nil) }
    }

    private func deletion(
        of address: IPv6Address, _ change: AddressChange, from record: inout InterfaceRecord
    ) throws(Refusal) -> Plan.Step? {
        let place = record.addresses.firstIndex {
            $0.address == address && $0.prefixLength == change.prefixlen ?? $0.prefixLength
        }
        guard let place else {
            if context.isIdempotent { return nil }
            throw Refusal(name, "inet6 \(change.text)", .EADDRNOTAVAIL)
        }
        return .address(name, from: record.addresses.remove(at: place), to: nil)
    }

    private func apply(_ change: AddressChange, to record: inout AddressRecord) throws(Objection) {
        if let length = change.prefixlen, length != record.prefixLength {
            throw Objection(.EINVAL, "the address has prefixlen \(record.prefixLength); delete it first")
        }
        record.isAnycast = change.anycast ?? record.isAnycast
        var lifetimes = Lifetimes(preferred: record.preferred, valid: record.valid)
        try lifetimes.change(pltime: change.pltime, vltime: change.vltime, deprecated: change.deprecated)
        record.preferred = lifetimes.preferred
        record.valid = lifetimes.valid
    }

    private func parse(_ change: AddressChange, _ rules: any KindRules) throws(Refusal) -> IPv6Address {
        let text: ScopedText
        do throws(ScopedAddressError) {
            text = try ScopedText(change.address)
        } catch {
            throw Refusal(name, "inet6 \(change.text)", .EINVAL, error.description)
        }
        try checkZone(of: text, change, rules)
        guard (0...128).contains(change.prefixlen ?? 0) else {
            throw Refusal(name, "inet6 \(change.text)", .EINVAL, "prefix length 0..128")
        }
        return text.address
    }

    /// A link-local address is there if the kernel made it, or an admin asked the kernel for it; it is taken away by the
    /// name that it shows.
    private func checkZone(of text: ScopedText, _ change: AddressChange, _ rules: any KindRules) throws(Refusal) {
        guard let zone = text.zone else { return }
        let isOwn = text.address.isLinkLocal && zone == name
        if isOwn, rules.hasNeighborDiscovery || change.delete == true { return }
        throw Refusal(
            name, "inet6 \(change.text)", .EINVAL,
            rules.hasNeighborDiscovery
                ? "only link-local addresses have a zone, which here is \(name)"
                : "\(type(of: rules).kind.rawValue) has no link-local addresses, and no other has a zone")
    }
}

extension AddressChange {
    /// `2002:c000:201::1/16`
    var text: String { prefixlen.map { "\(address)/\($0)" } ?? address }
}
