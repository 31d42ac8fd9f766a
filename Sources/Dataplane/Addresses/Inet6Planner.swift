// SPDX-License-Identifier: BSD-2-Clause
import Inet6Control
import Control
import Internet
import Netlink

/// Turns changes of inet6 addresses and options of any interface into a plan, following each change's effects on the
/// next. Our own interfaces keep their own rules, which are `Planner`'s.
struct Inet6Planner {
    private var own: Planner
    /// With the devices of our own interfaces, whose options are the kernel's.
    private(set) var hosts: [String: HostInterface]
    /// Of every interface, ours or not.
    private let indices: [String: UInt32]
    private var steps: [Plan.Step] = []

    init(own: Planner, hosts: [HostInterface], indices: [String: UInt32]) {
        self.own = own
        self.hosts = Dictionary(hosts.map { ($0.name, $0) }) { $1 }
        self.indices = indices
    }

    /// - Throws: the first change that cannot be; then nothing has happened.
    mutating func plan(_ changes: [Inet6Change]) throws(Refusal) -> Plan {
        var plan = Plan()
        for change in changes {
            steps = []
            if let record = own.interfaces[change.interface] {
                try addOwn(change, to: record)
            } else if var host = hosts[change.interface] {
                try add(change, to: &host)
                hosts[change.interface] = host
            } else {
                throw Refusal(change.interface, nil, .ENXIO)
            }
            plan.steps += steps
            plan.results.append(ChangeResult(interface: change.interface, changed: !steps.isEmpty))
        }
        return plan
    }

    // MARK: our own

    private mutating func addOwn(_ change: Inet6Change, to record: InterfaceRecord) throws(Refusal) {
        if record.part.rules.hasNeighborDiscovery {
            // Its device is one like any other.
            guard var host = hosts[change.interface] else { throw Refusal(change.interface, nil, .ENXIO) }
            for (option, isOn) in change.options { try set(option, isOn, on: &host) }
            hosts[change.interface] = host
        } else {
            // It has no neighbours: nothing but NO_DAD can be said of it.
            for (option, isOn) in change.options {
                if isOn == (option == .no_dad) {
                    // Somebody else may have switched IPv6 off.
                    if option == .ifdisabled, var host = hosts[change.interface] {
                        try set(option, isOn, on: &host)
                        hosts[change.interface] = host
                    }
                    continue
                }
                throw Refusal(
                    change.interface, option.word(isOn), .EOPNOTSUPP,
                    "\(record.kind.rawValue)(4) has no neighbour discovery")
            }
        }
        guard let inet6 = change.inet6 else { return }
        guard inet6.eui64 != true else {
            throw Refusal(
                change.interface, "inet6 \(inet6.text) eui64", .EINVAL, "could not determine link local address")
        }
        var words = AddressChange(address: inet6.address)
        words.prefixlen = inet6.prefixlen
        words.delete = inet6.delete
        words.anycast = inet6.anycast
        words.deprecated = inet6.deprecated
        words.pltime = inet6.pltime
        words.vltime = inet6.vltime
        var ownChange = Change(interface: change.interface)
        ownChange.inet6 = words
        steps += try own.plan([ownChange]).steps
    }

    // MARK: those of the node

    private mutating func add(_ change: Inet6Change, to host: inout HostInterface) throws(Refusal) {
        for (option, isOn) in change.options { try set(option, isOn, on: &host) }
        guard let inet6 = change.inet6 else { return }
        let address = try HostAddress(inet6, on: host, indices: indices)
        if inet6.delete == true {
            try delete(address, from: &host)
        } else if address.isAnycast(on: host) {
            try setAnycast(address, on: &host)
        } else {
            try set(address, on: &host)
        }
    }

    private mutating func set(_ option: Inet6Option, _ isOn: Bool, on host: inout HostInterface) throws(Refusal) {
        guard host.hasInet6 else { throw host.withoutInet6(option.word(isOn)) }
        let values: [(variable: InterfaceVariable, value: Int)]
        do throws(HostInterface.UnsupportedOption) {
            values = try host.values(for: option, isOn)
        } catch {
            throw Refusal(host.name, option.word(isOn), .EOPNOTSUPP, error.reason)
        }
        for (variable, value) in values where host.variables[variable] != value {
            let isEnd = variable == .disable_ipv6 && value != 0
            steps.append(
                .host(
                    .variable(
                        host.name, variable, from: host.variables[variable] ?? 0, to: value,
                        losing: isEnd ? host.addresses : [])))
            host.variables[variable] = value
            if isEnd { host.addresses = [] }
        }
    }

    private mutating func delete(_ address: HostAddress, from host: inout HostInterface) throws(Refusal) {
        let place = host.addresses.firstIndex {
            $0.address == address.address && $0.prefixLength == address.change.prefixlen ?? $0.prefixLength
        }
        if let place {
            steps.append(.host(.address(host.name, from: host.addresses.remove(at: place), to: nil)))
            return
        }
        let anycast = host.anycasts.firstIndex {
            $0.address == address.address && $0.prefixLength == address.change.prefixlen ?? $0.prefixLength
        }
        if let anycast {
            steps.append(.host(.anycast(host.name, from: host.anycasts.remove(at: anycast), to: nil)))
            return
        }
        guard own.context.isIdempotent else { throw address.refusal(.EADDRNOTAVAIL) }
    }

    private mutating func set(_ address: HostAddress, on host: inout HostInterface) throws(Refusal) {
        try address.checkPlace(on: host)
        let place = host.addresses.firstIndex { $0.address == address.address }
        let old = place.map { host.addresses[$0] }
        var new =
            old
            ?? IPv6InterfaceAddress(
                index: host.index, address: address.address, prefixLength: address.change.prefixlen ?? 64)
        try address.checkLength(new.prefixLength)
        try address.setLifetimes(of: &new)
        // With no probe to send the kernel waits a moment all the same, as long as for the first one (RFC 4862 §5.4.2).
        if old == nil, host.has(.no_dad) { new.flags.insert(.noDuplicateDetection) }
        guard old != new else { return }
        steps.append(.host(.address(host.name, from: old, to: new)))
        if let place { host.addresses[place] = new } else { host.addresses.append(new) }
    }

    private mutating func setAnycast(_ address: HostAddress, on host: inout HostInterface) throws(Refusal) {
        try address.checkPlace(on: host)
        guard !host.addresses.contains(where: { $0.address == address.address }) else {
            throw address.refusal(.EINVAL, "an address does not become anycast or unicast; delete it first")
        }
        let change = address.change
        guard change.pltime == nil, change.vltime == nil, change.deprecated == nil else {
            throw address.refusal(.EINVAL, "an anycast address has no lifetimes")
        }
        let old = host.anycasts.first { $0.address == address.address }
        let new = old ?? AnycastRecord(address: address.address, prefixLength: change.prefixlen ?? 64)
        try address.checkLength(new.prefixLength)
        guard old == nil else { return }
        steps.append(.host(.anycast(host.name, from: nil, to: new)))
        host.anycasts.append(new)
    }
}

extension HostInterface {
    fileprivate func withoutInet6(_ words: String) -> Refusal {
        Refusal(
            name, words, .EAFNOSUPPORT, "it has no IPv6: its mtu is below 1280, or its name that of a kernel variable")
    }

    /// Why no address can be set; nil if one can.
    func obstacle(_ words: String) -> Refusal? {
        guard hasInet6 else { return withoutInet6(words) }
        // BSD would take the address and keep it tentative; Linux has no place for it.
        return has(.ifdisabled)
            ? Refusal(name, words, .ENETDOWN, "IPv6 is disabled on it; -ifdisabled enables it") : nil
    }
}

extension Inet6Change {
    /// What is said about options, in the order in which it is done.
    var options: [(Inet6Option, Bool)] {
        [
            (.ifdisabled, ifdisabled), (.accept_rtadv, accept_rtadv), (.auto_linklocal, auto_linklocal),
            (.no_radr, no_radr), (.no_dad, no_dad), (.performnud, nud),
        ].compactMap { (option: Inet6Option, isOn: Bool?) in isOn.map { (option, $0) } }
    }
}

extension Inet6Option {
    /// `-no_dad`
    fileprivate func word(_ isOn: Bool) -> String {
        let word = self == .performnud ? "nud" : rawValue
        return isOn ? word : "-\(word)"
    }
}
