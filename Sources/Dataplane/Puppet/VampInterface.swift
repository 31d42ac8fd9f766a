// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
import Logging
import Netlink
import Puppet
import PuppetCarrier
import PuppetControl
import SystemIO

/// One vamp interface: sniffs and injects at a real interface, which stays whose it is. It has no device of the kernel's.
final class VampInterface: Interface {
    var name: String
    private(set) var record: VampRecord
    private var description: String?
    private var isUp = false
    private var silence = KernelSilence()
    private let shared: CarrierShared
    /// Why nothing was sniffed, as far as it was logged.
    private var logged: String?
    private let worker: Worker
    private var security: TunnelSecurity

    init(
        _ name: String, _ record: VampRecord = VampRecord(), _ counters: CounterLegacy = CounterLegacy(),
        key: TunnelKey, on host: Host
    ) throws(SystemError) {
        self.name = name
        self.record = record
        security = TunnelSecurity(key, adopting: record.tunnel, of: name, on: host)
        let shared = try CarrierShared(
            .slave, software: "inet6d \(Hydrangea.version)", counters: CarrierCounters(counters), news: host.news)
        self.shared = shared
        worker = try Worker(name) { wake in
            var carrier = Carrier(shared, tap: nil)
            carrier.run(until: wake)
        }
    }

    var index: UInt32? { nil }
    var part: KindRecord { .vamp(record) }

    func stop() {
        worker.stop()
        silence.end()
    }

    func leave(to estate: Estate) throws(SystemError) {
        var legacy = InterfaceLegacy(name, nil, part)
        legacy.change.up = isUp
        legacy.change.description = description
        legacy.counters = CounterLegacy(shared.counters.status)
        try estate.put(legacy, as: name)
    }

    /// What was said of it to another process.
    func adopt(_ change: Change) {
        isUp = change.up ?? false
        description = change.description
    }

    // MARK: what is said about it

    func record(on host: Host) -> InterfaceRecord {
        var now = InterfaceRecord(new: name, part)
        now.description = description
        now.isUp = isUp
        return now
    }

    func set(_ setting: InterfaceSetting, on host: Host) throws(Refusal) {
        switch setting {
        case .description(let text): description = text
        case .up(let isUp):
            if isUp { try checkDevice(record, host) }
            self.isUp = isUp
        case .mtu, .address: throw Refusal(name, setting.words, .EOPNOTSUPP)
        }
    }

    func configure(_ part: KindRecord, on host: Host) throws(Refusal) {
        guard case .vamp(let new) = part else {
            throw Refusal(name, part.kind.rawValue, .EINVAL, "not \(VampCloner.noun)")
        }
        try checkDevice(new, host)
        if new.isExclusive, let dev = new.dev, let link = host.network.link(named: dev),
            let danger = KernelSilence.danger(new, shared.current, link, host)
        {
            throw Refusal(name, "exclusive", .EBUSY, "\(danger), which would be cut")
        }
        try security.follow(new.tunnel, of: name)
        if new.isExclusive, !record.isExclusive { silence.renew() }
        record = new
    }

    /// One that is not there may come.
    private func checkDevice(_ record: VampRecord, _ host: Host) throws(Refusal) {
        guard let dev = record.dev, let link = host.network.link(named: dev) else { return }
        if let reason = VampInterface.objection(to: link) { throw Refusal(name, "dev \(dev)", .EINVAL, reason) }
    }

    /// What is no Ethernet, or would hear everything twice.
    private static func objection(to link: Link) -> String? {
        if link.flags.contains(.loopback) { return "loopback carries each frame twice; tcpdump reads it" }
        if InterfaceKind.parse(link.name) != nil, link.kind == "tun" {
            return "an interface of inet6d: a tunnel inside a tunnel"
        }
        guard link.isEthernet else {
            return "no Ethernet (\(link.kind ?? "of another link type")): route what you want to carry instead"
        }
        return nil
    }

    // MARK: what follows

    /// The real interface as it is now.
    func follow(on host: Host) {
        let link = record.dev.flatMap { host.network.link(named: $0) }
        let usable = link.flatMap { VampInterface.objection(to: $0) == nil ? $0 : nil }
        security.log(shared.current, shared.counters, of: name, on: host)
        shared.set(usable.map { parameters(of: $0, host) }, index: usable?.index)
        shared.set(record.settings(security.identity), isUp: isUp && record.dev != nil)
        let report = shared.current
        silence.follow(record, report, isUp ? usable : nil, host)
        let failure = report.state == .connected ? report.failure : nil
        if let failure, failure != logged { host.log.notice("\(name): \(failure)") }
        logged = failure
    }

    private func parameters(of link: Link, _ host: Host) -> Parameters {
        let copies = record.tunnel.copies
        var parameters = Parameters(name: link.name, isRunning: link.flags.isSuperset(of: [.up, .running]))
        if copies.contains(.link) { parameters.address = HardwareAddress(link.address) }
        if copies.contains(.mtu), Parameters.mtus.contains(link.mtu) { parameters.mtu = link.mtu }
        if copies.contains(.inet) {
            parameters.ipv4 = host.network.ipv4Addresses.filter { $0.index == link.index }
                .map { Parameters.IPv4Prefix($0.address, length: $0.prefixLength) }
                .sorted { $0.address.bits < $1.address.bits }
        }
        if copies.contains(.inet6) {
            parameters.ipv6 = (host.network.ipv6Addresses[link.index] ?? []).filter { !$0.flags.contains(.tentative) }
                .map { Parameters.IPv6Prefix($0.address, length: $0.prefixLength) }
                .sorted { ($0.address.high, $0.address.low) < ($1.address.high, $1.address.low) }
        }
        return parameters
    }

    private func addresses(of link: Link, _ host: Host) -> [String] {
        host.network.ipv4Addresses.filter { $0.index == link.index }.map { "\($0.address)" }
    }

    // MARK: what it tells

    var report: CarrierReport { shared.current }

    var status: PuppetStatus {
        var status = PuppetStatus(name, record.tunnel, report, shared.counters)
        status.dev = record.dev
        status.promisc = record.isPromiscuous
        status.direction = record.direction.rawValue
        status.inject = record.injects
        status.exclude = record.exclusions
        status.exclusive = record.isExclusive
        status.audible = silence.failure
        return status
    }

    func describe(in status: inout InterfaceStatus, counters: Bool, on host: Host) {
        if let link = record.dev.flatMap({ host.network.link(named: $0) }) { status.mtu = link.mtu }
        if report.state == .connected { status.flags.append(.running) }
        if counters { status.counters = shared.counters.status }
    }

    func check(on host: Host) -> [Finding] {
        var findings = TunnelCheck.findings(record.tunnel, security, report, shared.counters)
        guard let dev = record.dev else {
            return [Finding(.problem, "it has no interface: \(name) dev eth0")] + findings
        }
        guard let link = host.network.link(named: dev) else {
            return [Finding(.problem, "there is no \(dev)")] + findings
        }
        if let reason = VampInterface.objection(to: link) { findings.append(Finding(.problem, "\(dev): \(reason)")) }
        if !link.flags.contains(.up) { findings.append(Finding(.problem, "\(dev) is down")) }
        if let reason = silence.failure { findings.append(Finding(.problem, "exclusive: \(reason)")) }
        if !record.isExclusive, record.injects, !addresses(of: link, host).isEmpty {
            findings.append(
                Finding(.note, "\(dev) has addresses, for which this host answers too: exclusive keeps it silent"))
        }
        if !record.exclusions.contains("auto") {
            findings.append(Finding(.note, "the connection of the tunnel may be sniffed: exclude auto"))
        }
        return findings
    }

    func count(in metrics: inout Metrics) { metrics.add(shared.counters.status, of: name) }
}
