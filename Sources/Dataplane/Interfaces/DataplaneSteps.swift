// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
import Logging
import Netlink
import SystemIO
import SystemPackage

extension Dataplane {
    /// Takes the steps in order. When the kernel refuses one, those before it are undone. What follows from a step follows
    /// once, when all are taken: in between, an address that is to go would come back while the word that keeps it away
    /// has not been heard.
    func perform(_ steps: [Plan.Step]) throws(Refusal) {
        guard !steps.isEmpty else { return }
        defer { follow() }
        var done: [Plan.Step] = []
        for step in steps {
            do throws(Refusal) {
                try perform(step)
            } catch {
                undo(done)
                throw error
            }
            done.append(step)
        }
    }

    private func undo(_ done: [Plan.Step]) {
        for step in done.reversed().flatMap(\.inverse) {
            do throws(Refusal) {
                try perform(step)
            } catch {
                host.log.error("cannot undo: \(error.line)")
            }
        }
    }

    private func perform(_ step: Plan.Step) throws(Refusal) {
        switch step {
        case .create(let record):
            return try create(record)
        case .destroy(let record):
            remove(try existing(record.name))
            return try refreshLinks()
        case .description(let name, _, let to):
            try set(name, to.map { "description \($0)" } ?? "-description", LinkSettings(alias: to ?? ""))
        case .mtu(let name, _, let to):
            try set(name, "mtu \(to)", LinkSettings(mtu: to))
        case .linkFlags(let name, _, let to):
            try stf(named: name).linkFlags = to
        case .sixRD(let name, _, let to):
            try stf(named: name).sixRD = to
        case .up(let name, _, let to):
            try set(name, to ? "up" : "down", LinkSettings(isUp: to))
        case .auto(let name, _, let to):
            try stf(named: name).isAuto = to
        case .faith(let name, let from, let to):
            try configure(try faith(named: name), named: name, from: from, to: to)
        case .address(let name, let from, let to):
            if let to {
                try add(to, to: try existing(name), named: name)
            } else if let from {
                try remove(from, from: try existing(name), named: name)
            }
        case .host(let step):
            try addresses.perform(step, on: host)
            return try refreshLinks()
        }
        try refresh(try existing(step.interface).index)
    }

    func existing(_ name: String) throws(Refusal) -> InterfaceClone {
        guard let interface = named(name) else { throw .notFound(name) }
        return interface
    }

    private func create(_ record: InterfaceRecord) throws(Refusal) {
        let tun: Tun
        do throws(SystemError) {
            tun = try Tun(name: record.name)
        } catch {
            // IFF_TUN_EXCL says EBUSY for a name that somebody took since the plan was made.
            let errno: Errno = error.errno == .resourceBusy ? .fileExists : error.errno
            throw Refusal(record.name, "create", BSDErrno(errno), error.call)
        }
        try refreshLinks()
        guard let link = host.network.link(named: record.name) else { throw Refusal(record.name, "create", .ENXIO) }
        // stf(4) has no link-local address and no multicast, hence no neighbour discovery; faith(4) has both.
        let isFaith = record.kind == .faith
        let settings = LinkSettings(
            mtu: record.mtu, multicast: isFaith ? nil : false, generatesLinkLocal: isFaith ? nil : false)
        try host.requesting(record.name, "create") { requests throws(NetlinkError) in
            try requests.set(link: link.index, settings)
            try host.watch(link.index)
        }
        // As on BSD, an address outlives its interface's being down.
        try? SystemIO.write("1\n", toVariable: "net/ipv6/conf/\(record.name)/keep_addr_on_down")
        interfaces[link.index] =
            switch record.kind {
            case .stf: .stf(try startStf(on: tun, index: link.index, name: record.name))
            case .faith: .faith(try startFaith(on: tun, index: link.index, name: record.name))
            }
        try refresh(link.index)
    }

    private func startStf(on tun: Tun, index: UInt32, name: String) throws(Refusal) -> StfInterface {
        let routes: KernelRoutes
        do throws(NetlinkError) {
            routes = try KernelRoutes()
        } catch {
            throw Refusal(name, "create", BSDErrno(error.errno))
        }
        do throws(SystemError) {
            return try StfInterface(
                tun: tun, index: index, name: name, routes: routes, limit: host.errorLimit, log: host.dropLog,
                nodeCounters: host.node.counters)
        } catch {
            throw Refusal(name, "create", BSDErrno(error.errno), error.call)
        }
    }

    private func set(_ name: String, _ words: String, _ settings: LinkSettings) throws(Refusal) {
        let index = try existing(name).index
        try host.requesting(name, words) { requests throws(NetlinkError) in try requests.set(link: index, settings) }
    }

    private func add(_ record: AddressRecord, to interface: InterfaceClone, named name: String) throws(Refusal) {
        let words = "inet6 \(record.address)/\(record.prefixLength)"
        if record.isAnycast {
            let anycast = AnycastRecord(address: record.address, prefixLength: record.prefixLength)
            return try host.anycasts.join(anycast, on: interface.index, withRoute: true, for: name)
        }
        try host.requesting(name, words) { requests throws(NetlinkError) in
            try requests.set(record.interfaceAddress(on: interface.index))
        }
    }

    private func remove(_ record: AddressRecord, from interface: InterfaceClone, named name: String) throws(Refusal) {
        if record.isAnycast { return host.anycasts.leave(record.address, on: interface.index, host) }
        try host.requesting(name, "inet6 \(record.address)/\(record.prefixLength)") { requests throws(NetlinkError) in
            try requests.remove(record.interfaceAddress(on: interface.index))
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
