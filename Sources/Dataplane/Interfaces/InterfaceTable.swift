// SPDX-License-Identifier: BSD-2-Clause
import Control
import Logging
import Netlink
import SystemIO

/// All interfaces that are ours, of whatever kind, by name. Most are devices of the kernel's, and are called what it calls
/// them.
final class InterfaceTable {
    private let kinds: [any CloneList]

    init(_ kinds: [any CloneList]) {
        self.kinds = kinds
    }

    /// As lists of them are shown: `stf9` before `stf10`.
    var all: [any Interface] {
        kinds.flatMap(\.interfaces).sorted { ($0.name.count, $0.name) < ($1.name.count, $1.name) }
    }

    subscript(_ name: String) -> (any Interface)? {
        for kind in kinds {
            if let found = kind.interface(named: name) { return found }
        }
        return nil
    }

    /// Those that have a device, by its index.
    var byIndex: [UInt32: any Interface] {
        Dictionary(kinds.flatMap(\.interfaces).compactMap { one in one.index.map { ($0, one) } }) { $1 }
    }

    /// - Throws: ENXIO if there is none of this name.
    func existing(_ name: String) throws(Refusal) -> any Interface {
        guard let interface = self[name] else { throw .notFound(name) }
        return interface
    }

    /// The one of this name, which must be of this kind.
    func existing<Kind>(_ name: String, in clones: Clones<Kind>) throws(Refusal) -> Kind.Instance {
        if let interface = clones[name] { return interface }
        throw self[name] == nil ? .notFound(name) : Refusal(name, nil, .EINVAL, "not \(Kind.noun)")
    }

    // MARK: life

    func create(_ name: String, _ kind: InterfaceKind, on host: Host) throws(Refusal) {
        guard let clones = kinds.first(where: { $0.kind == kind }) else {
            throw Refusal(name, "create", .EOPNOTSUPP)
        }
        try clones.create(name, on: host)
    }

    func remove(_ name: String, on host: Host) {
        for clones in kinds { clones.remove(name, on: host) }
    }

    func removeAll(on host: Host) {
        for interface in all { remove(interface.name, on: host) }
    }

    // MARK: restart

    private struct Heir: Codable {
        let name: String
        let kind: String
    }

    /// Leaves all of them to the next process, and goes on until that has them.
    func leave(to estate: Estate) throws(SystemError) {
        try estate.put(all.map { Heir(name: $0.name, kind: $0.part.kind.rawValue) }, as: "interfaces")
        for clones in kinds { try clones.leave(to: estate) }
    }

    /// Takes up those that another process has left.
    /// - Returns: which could not be, and why.
    func adopt(from estate: Estate, on host: Host) throws(SystemError) -> [Refusal] {
        var refusals: [Refusal] = []
        for heir in try estate.get("interfaces", as: [Heir].self) ?? [] {
            do throws(Refusal) {
                guard let clones = kinds.first(where: { $0.kind.rawValue == heir.kind }) else {
                    throw Refusal(heir.name, heir.kind, .EOPNOTSUPP, "not a kind of interfaces")
                }
                try clones.adopt(heir.name, from: estate, on: host)
            } catch {
                refusals.append(error)
            }
        }
        return refusals
    }

    /// Devices that a process which was killed has left, and that `create` takes up.
    func remains(on host: Host) -> [String] { kinds.flatMap { $0.remains(on: host) } }

    /// All have been taken up that anybody wants; what is left of others goes when everybody follows next.
    func settle() {
        for clones in kinds { clones.settle() }
    }

    /// Ends all threads; what another process has taken up goes on there.
    func stop() {
        for clones in kinds { clones.stop() }
    }

    // MARK: what is counted

    func count(in metrics: inout Metrics) {
        for clones in kinds {
            metrics.add(.interfaces, clones.kind.rawValue, value: UInt64(clones.interfaces.count))
            for interface in clones.interfaces { interface.count(in: &metrics) }
        }
    }

    // MARK: what others do

    /// Takes in what the kernel has told: devices that are gone or have another name now.
    /// - Returns: whether there was anything.
    func takeEvents(
        on host: Host, atMost limit: Int = RouteEvents.all, isSure: Bool = false
    ) throws(NetlinkError) -> Bool {
        guard try host.takeEvents(atMost: limit, isSure: isSure) else { return false }
        for interface in all {
            guard let index = interface.index else { continue }
            if let link = host.network.links[index] {
                interface.name = link.name
            } else {
                host.log.notice("\(interface.name): removed by somebody else")
                remove(interface.name, on: host)
            }
        }
        return true
    }

    /// What the kernel has now is known, so that nothing is decided or shown by what was before.
    /// - Returns: whether there is anything to follow.
    func refresh(on host: Host, isSure: Bool) throws(Refusal) -> Bool {
        try host.reading { () throws(NetlinkError) in
            var isNews = try takeEvents(on: host, isSure: isSure)
            for index in all.compactMap(\.index) where try host.read(index) { isNews = true }
            return isNews
        }
    }

    /// Lets each kind follow what is true now.
    /// - Returns: what the kernel refused.
    func follow(_ host: Host) -> [Refusal] { kinds.flatMap { $0.follow(host) } }

    // MARK: plans

    /// - Parameter variables: those that decide, if they are not those of the host yet.
    func planner(
        on host: Host, variables: MIB? = nil, isIdempotent: Bool, isForRoot: Bool = true
    ) -> Planner {
        let ours = byIndex
        // They are nobody's yet, and whoever asks for the name gets them.
        let remains = Set(remains(on: host))
        return Planner(
            interfaces: all.map { $0.record(on: host) },
            otherNames: Set(host.network.links.values.filter { ours[$0.index] == nil }.map(\.name)).subtracting(
                remains),
            PlanContext(
                variables: variables ?? host.variables.mib, isIdempotent: isIdempotent, isForRoot: isForRoot))
    }
}
