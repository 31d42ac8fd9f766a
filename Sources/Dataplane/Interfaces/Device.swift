// SPDX-License-Identifier: BSD-2-Clause
import Control
import Netlink
import SystemIO
import SystemPackage

/// What a device lives by.
protocol DeviceFile: Inheritable, Sendable {
    /// Of what is left in an estate: `stf0.tun`.
    static var suffix: String { get }
    func leave(to estate: Estate, as name: String) throws(SystemError)
}

extension Tun: DeviceFile {
    static var suffix: String { "tun" }
}

extension Tap: DeviceFile {
    static var suffix: String { "tap" }
}

/// A device of the kernel's that is ours: its state, description, MTU and addresses are the kernel's, whoever sets them. It
/// lives as long as its file.
struct Device<File: DeviceFile> {
    let index: UInt32
    let file: File
    /// Whether a process that was killed has left it.
    let isResumed: Bool

    /// Makes one. Requires CAP_NET_ADMIN.
    /// - Parameter make: makes its file.
    init(
        _ name: String, _ rules: some KindRules, on host: Host, _ make: () throws(SystemError) -> File
    ) throws(Refusal) {
        isResumed = false
        do throws(SystemError) {
            file = try make()
        } catch {
            // IFF_TUN_EXCL says EBUSY for a name that somebody took since the plan was made.
            let errno: Errno = error.errno == .resourceBusy ? .fileExists : error.errno
            throw Refusal(name, "create", BSDErrno(errno), error.call)
        }
        _ = try host.reading { () throws(NetlinkError) in try host.takeEvents() }
        guard let link = host.network.link(named: name) else { throw Refusal(name, "create", .ENXIO) }
        index = link.index
        let settings = LinkSettings(
            mtu: rules.defaultMTU, multicast: rules.hasNeighborDiscovery ? nil : false,
            generatesLinkLocal: rules.hasNeighborDiscovery && rules.trustsItsLink ? nil : false)
        try host.requesting(name, "create") { requests throws(NetlinkError) in
            try requests.set(link: link.index, settings)
            try host.watch(link.index)
        }
        if !rules.trustsItsLink {
            // Before it is up, so that no advertisement is ever heard (RFC 4861 §6.3.4).
            for variable in [InterfaceVariable.accept_ra, .autoconf] { try variable.set(0, of: name) }
        }
        // What is for carrying IPv6 has it, whatever net.ipv6.conf.default says of devices in general.
        if InterfaceVariable.disable_ipv6.value(of: name) == 1 {
            try InterfaceVariable.disable_ipv6.set(0, of: name)
        }
        // As on BSD, an address outlives its interface's being down. Where variables cannot be written, `check` says so.
        try? InterfaceVariable.keep_addr_on_down.set(1, of: name)
    }

    /// Takes up the one that another process has left; it is as it was.
    init(
        _ name: String, _ legacy: InterfaceLegacy, outlivedBy guards: [PollDescriptor] = [], from estate: Estate,
        on host: Host
    ) throws(Refusal) {
        isResumed = false
        do throws(SystemError) {
            let left = "\(name).\(File.suffix)"
            guard let file = try estate.take(left, as: File.self, outlivedBy: guards) else {
                throw SystemError(object: "\(left) was not left", .noSuchFileOrDirectory)
            }
            self.file = file
        } catch {
            throw Refusal(name, nil, BSDErrno(error.errno), error.call)
        }
        guard let index = legacy.index, host.network.links[index] != nil else { throw Refusal(name, nil, .ENXIO) }
        self.index = index
        try host.requesting(name, "routes") { _ throws(NetlinkError) in try host.watch(index) }
    }

    func leave(_ name: String, to estate: Estate) throws(SystemError) {
        try file.leave(to: estate, as: "\(name).\(File.suffix)")
    }

    /// What keeps any device of ours from doing what was said of it.
    func check(_ name: String, on host: Host) -> [Finding] {
        var findings: [Finding] = []
        switch InterfaceVariable.disable_ipv6.value(of: name) {
        case 0: break
        case nil: findings.append(Finding(.problem, "this kernel has no IPv6"))
        case _:
            findings.append(
                Finding(.problem, "net.ipv6.conf.\(name).disable_ipv6 is 1: inet6ctl addr \(name) inet6 -ifdisabled"))
        }
        if InterfaceVariable.keep_addr_on_down.value(of: name) == 0 {
            findings.append(
                Finding(
                    .note, "net.ipv6.conf.\(name).keep_addr_on_down is 0: its addresses go when the interface goes down"
                )
            )
        }
        return findings
    }

    func record(_ name: String, _ part: KindRecord, on host: Host) -> InterfaceRecord {
        var record = InterfaceRecord(new: name, part)
        guard let link = host.network.links[index] else { return record }
        record.description = link.alias
        record.mtu = link.mtu
        record.isUp = link.flags.contains(.up)
        record.addresses = (host.network.ipv6Addresses[index] ?? []).map {
            AddressRecord(
                address: $0.address, prefixLength: $0.prefixLength, preferred: $0.preferred, valid: $0.valid)
        }
        record.addresses += host.anycasts[index].map {
            AddressRecord(address: $0.address, prefixLength: $0.prefixLength, isAnycast: true)
        }
        return record
    }

    func set(_ setting: InterfaceSetting, of name: String, on host: Host) throws(Refusal) {
        switch setting {
        case .description(let text): try set(LinkSettings(alias: text ?? ""), setting, name, host)
        case .mtu(let bytes): try set(LinkSettings(mtu: bytes), setting, name, host)
        case .up(let isUp): try set(LinkSettings(isUp: isUp), setting, name, host)
        case .address(_, let to?): try add(to, name, host)
        case .address(let from?, nil): try remove(from, name, host)
        case .address(nil, nil): break
        }
    }

    private func set(
        _ settings: LinkSettings, _ setting: InterfaceSetting, _ name: String, _ host: Host
    ) throws(Refusal) {
        try host.requesting(name, setting.words) { requests throws(NetlinkError) in
            try requests.set(link: index, settings)
        }
    }

    private func add(_ record: AddressRecord, _ name: String, _ host: Host) throws(Refusal) {
        if record.isAnycast {
            let anycast = AnycastRecord(address: record.address, prefixLength: record.prefixLength)
            return try host.anycasts.join(anycast, on: index, withRoute: true, for: name)
        }
        try host.requesting(name, record.words) { requests throws(NetlinkError) in
            try requests.set(record.interfaceAddress(on: index))
        }
    }

    private func remove(_ record: AddressRecord, _ name: String, _ host: Host) throws(Refusal) {
        if record.isAnycast { return host.anycasts.leave(record.address, on: index, host) }
        try host.requesting(name, record.words) { requests throws(NetlinkError) in
            try requests.remove(record.interfaceAddress(on: index))
        }
    }
}

extension AddressRecord {
    fileprivate func interfaceAddress(on index: UInt32) -> IPv6InterfaceAddress {
        IPv6InterfaceAddress(
            index: index, address: address, prefixLength: prefixLength, flags: .noDuplicateDetection,
            preferred: preferred, valid: valid)
    }
}

/// An interface that is a device.
protocol DeviceInterface: Interface {
    associatedtype File: DeviceFile
    var device: Device<File> { get }
}

extension Device<Tun> {
    /// Makes a TUN device.
    /// - Parameter guards: what is to be there until the device and its routes are gone, should this process be killed.
    init(
        _ name: String, _ rules: some KindRules, outlivedBy guards: [PollDescriptor] = [], on host: Host
    ) throws(Refusal) {
        try self.init(name, rules, on: host) { () throws(SystemError) in try Tun(name: name, outlivedBy: guards) }
    }

    /// Takes up a persistent one that a process which was killed has left; it is as it was.
    init(resuming name: String, _ index: UInt32, on host: Host) throws(Refusal) {
        do throws(SystemError) {
            file = try Tun(resuming: name, index: index)
        } catch {
            throw Refusal(name, "create", BSDErrno(error.errno), error.call)
        }
        self.index = index
        isResumed = true
        try host.requesting(name, "routes") { _ throws(NetlinkError) in try host.watch(index) }
    }

    var tun: Tun { file }
}

extension DeviceInterface {
    var index: UInt32? { device.index }
    var isResumed: Bool { device.isResumed }

    func record(on host: Host) -> InterfaceRecord { device.record(name, part, on: host) }

    func set(_ setting: InterfaceSetting, on host: Host) throws(Refusal) {
        try device.set(setting, of: name, on: host)
    }
}
