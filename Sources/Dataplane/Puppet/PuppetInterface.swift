// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
import Logging
import Netlink
import Puppet
import PuppetCarrier
import PuppetControl
import SystemIO

/// One puppet interface: a TAP device that is what a real interface elsewhere is. The device lives as long as this object;
/// its name, MTU, state and addresses are the kernel's.
final class PuppetInterface: DeviceInterface {
    var name: String
    let device: Device<Tap>
    private(set) var record: PuppetRecord
    private let shared: CarrierShared
    private let worker: Worker
    private var security: TunnelSecurity
    /// What the other end said last, as far as it was made so here.
    private var made = Parameters(name: "")

    init(
        _ name: String, _ device: Device<Tap>, _ record: PuppetRecord = PuppetRecord(),
        _ counters: CounterLegacy = CounterLegacy(), key: TunnelKey, on host: Host
    ) throws(SystemError) {
        self.name = name
        self.device = device
        self.record = record
        security = TunnelSecurity(key, adopting: record.tunnel, of: name, on: host)
        let shared = try CarrierShared(
            .master, software: "inet6d \(Hydrangea.version)", counters: CarrierCounters(counters), news: host.news)
        self.shared = shared
        let tap = device.file
        worker = try Worker(name) { wake in
            var carrier = Carrier(shared, tap: tap)
            carrier.run(until: wake)
        }
    }

    var part: KindRecord { .puppet(record) }

    func stop() { worker.stop() }

    func leave(to estate: Estate) throws(SystemError) {
        try device.leave(name, to: estate)
        var legacy = InterfaceLegacy(name, device.index, part)
        legacy.counters = CounterLegacy(shared.counters.status)
        try estate.put(legacy, as: name)
    }

    func configure(_ part: KindRecord, on host: Host) throws(Refusal) {
        guard case .puppet(let new) = part else {
            throw Refusal(name, part.kind.rawValue, .EINVAL, "not \(PuppetCloner.noun)")
        }
        try security.follow(new.tunnel, of: name)
        record = new
    }

    /// Goes on with a connection that somebody has made, in place of what there is.
    func attach(_ connection: consuming Descriptor, on host: Host) throws(Refusal) {
        guard host.network.links[device.index]?.flags.contains(.up) == true else {
            throw Refusal(name, nil, .ENETDOWN, "puppetctl \(name) up")
        }
        do throws(SystemError) {
            shared.give(try ByteStream(local: connection))
        } catch {
            throw Refusal(name, nil, BSDErrno(error.errno), "not a connection inside this host")
        }
    }

    // MARK: what follows

    /// Tells the thread what to do, and makes the device what the other end says that it is.
    func follow(on host: Host) -> [Refusal] {
        guard let link = host.network.links[device.index] else { return [] }
        shared.set(record.tunnel.settings(security.identity), isUp: link.flags.contains(.up))
        security.log(shared.current, shared.counters, of: name, on: host)
        guard let parameters = shared.current.parameters else { return [] }
        do throws(Refusal) {
            try make(parameters, link, host)
            return []
        } catch {
            return [error]
        }
    }

    private func make(_ parameters: Parameters, _ link: Link, _ host: Host) throws(Refusal) {
        let copies = record.tunnel.copies
        if copies.contains(.link), let address = parameters.address, address.bytes != link.address {
            // Somebody else has set another one, to whom no frame would come (systemd.link(5), MACAddressPolicy).
            host.log.notice("\(name): has the address \(address) of \(parameters.name) again")
            do throws(SystemError) {
                try device.file.set(address: address.bytes)
            } catch {
                throw Refusal(name, "copy link", BSDErrno(error.errno), error.call)
            }
        }
        // A slave of etherpuppet 0.3 emits four bytes more than it is given.
        let said = shared.current.wire == .legacy(.v1_3) ? parameters.mtu.map { $0 - 4 } : parameters.mtu
        if copies.contains(.mtu), let mtu = said, Parameters.mtus.contains(mtu), mtu != made.mtu, mtu != link.mtu {
            try host.requesting(name, "mtu \(mtu)") { requests throws(NetlinkError) in
                try requests.set(link: device.index, LinkSettings(mtu: mtu))
            }
        }
        made.mtu = said
        try follow(ipv4: copies.contains(.inet) ? parameters.ipv4 : [], host)
        try follow(ipv6: copies.contains(.inet6) ? parameters.ipv6 : [], host)
    }

    private func follow(ipv4 wanted: [Parameters.IPv4Prefix], _ host: Host) throws(Refusal) {
        guard wanted != made.ipv4 else { return }
        for old in made.ipv4 where !wanted.contains(old) {
            // Whoever took it away did not mean to be told.
            try? host.requests.remove(old.address, length: old.length, on: device.index)
        }
        for new in wanted where !made.ipv4.contains(new) {
            try host.requesting(name, "inet \(new.address)/\(new.length)") { requests throws(NetlinkError) in
                try requests.set(new.address, length: new.length, on: device.index)
            }
        }
        made.ipv4 = wanted
    }

    private func follow(ipv6 wanted: [Parameters.IPv6Prefix], _ host: Host) throws(Refusal) {
        guard wanted != made.ipv6 else { return }
        for old in made.ipv6 where !wanted.contains(old) { try? host.requests.remove(address(old)) }
        for new in wanted where !made.ipv6.contains(new) {
            try host.requesting(name, "inet6 \(new.address)/\(new.length)") { requests throws(NetlinkError) in
                try requests.set(address(new))
            }
        }
        made.ipv6 = wanted
    }

    /// The other end has it too, so that nobody is to look for a duplicate.
    private func address(_ prefix: Parameters.IPv6Prefix) -> IPv6InterfaceAddress {
        IPv6InterfaceAddress(
            index: device.index, address: prefix.address, prefixLength: prefix.length, flags: .noDuplicateDetection,
            preferred: nil, valid: nil)
    }

    // MARK: what it tells

    var report: CarrierReport { shared.current }
    var status: PuppetStatus { PuppetStatus(name, record.tunnel, report, shared.counters) }

    func describe(in status: inout InterfaceStatus, counters: Bool, on host: Host) {
        if counters { status.counters = shared.counters.status }
    }

    func check(on host: Host) -> [Finding] {
        var findings = device.check(name, on: host)
        findings += TunnelCheck.findings(record.tunnel, security, report, shared.counters)
        for address in report.parameters?.ipv4 ?? [] where !made.ipv4.contains(address) {
            findings.append(
                Finding(
                    .note, "\(address.address) is the other end itself: not to be reached through its own interface"))
        }
        return findings
    }

    func count(in metrics: inout Metrics) { metrics.add(shared.counters.status, of: name) }
}
