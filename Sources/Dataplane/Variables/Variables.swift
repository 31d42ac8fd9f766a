// SPDX-License-Identifier: BSD-2-Clause
import Control
import Inet6Control
import KernelPrograms
import Logging
import Netlink
import SystemIO

/// The variables of the MIB: the values that are ours, the way to those of the kernel, and what has become of either
/// since somebody was told.
final class Variables {
    private(set) var mib = MIB()
    /// The kernel's variables as they were when somebody who monitors was told last.
    private var lookedAt: [MIBVariable: Int]?
    /// Changes that nobody has been told of yet.
    private var news: [VariableChange] = []

    /// The variable of this name, or all below the node of this name, or all of the node's, in the order of their numbers.
    /// Those of single interfaces are shown to who asks for them.
    /// - Returns: what is asked for, if it is a node, and the variables, a few at a time; those of one interface together.
    func listing(
        _ name: String?, on host: Host
    ) throws(Refusal) -> (node: NodeStatus?, Listing<VariableStatus>) {
        guard let name else { return (nil, Listing(variables(below: nil, on: host))) }
        if let instance = MIBInstance(name) {
            guard let status = status(of: instance, on: host) else { throw Refusal(name, nil, .ENOENT) }
            return (nil, Listing([status]))
        }
        if let node = MIBNode(rawValue: name) {
            return (node.status, Listing(variables(below: name, on: host)))
        }
        let drops = drops(at: name, host.node)
        if !drops.isEmpty {
            return (name == NodeDropVariable.node ? NodeDropVariable.status : nil, Listing(drops))
        }
        guard let (node, interface) = MIBInstance.interface(ofNode: name) else { throw .unknownVariable(name) }
        return try interface.isEmpty ? listing(ofAllBelow: node, name, host) : listing(of: interface, node, name, host)
    }

    private func listing(
        of interface: String, _ node: MIBNode, _ name: String, _ host: Host
    ) throws(Refusal) -> (node: NodeStatus?, Listing<VariableStatus>) {
        let found = variables(of: interface, host.network.link(named: interface), below: node, on: host)
        guard let first = found.first else { throw Refusal(name, nil, .ENOENT) }
        let status = NodeStatus(
            name: name, oid: Array(first.oid.dropLast()), description: "Interface \(interface)")
        return (status, Listing(found))
    }

    private func listing(
        ofAllBelow node: MIBNode, _ name: String, _ host: Host
    ) throws(Refusal) -> (node: NodeStatus?, Listing<VariableStatus>) {
        let all = Listing(of: host.network.links.keys.sorted()) { [self] index -> [VariableStatus] in
            guard let link = host.network.links[index] else { return [] }
            return variables(of: link.name, link, below: node, on: host)
        }
        // Any one tells the number of their node.
        var first = try all.next()
        while first == [] { first = try all.next() }
        guard let found = first, let oid = found.first?.oid else { throw Refusal(name, nil, .ENOENT) }
        return (
            NodeStatus(name: name, oid: oid.dropLast(2), description: "Single interfaces"),
            Listing { () throws(Refusal) in
                if let found = first.take() { return found }
                return try all.next()
            }
        )
    }

    /// Sets all of the variables or none; who acts on them is to follow.
    /// - Parameter isCheck: sets none.
    func write(_ assignments: [Assignment], isCheck: Bool, on host: Host) throws(Refusal) -> [VariableChange] {
        var transaction = try transaction(of: assignments, on: host)
        if !isCheck {
            try commit(&transaction)
            transaction.changes.forEach(note)
        }
        return transaction.changes
    }

    /// Sets those that can be, whatever becomes of the others.
    /// - Returns: what was refused, by its place.
    func settle(_ assignments: [Assignment], on host: Host) -> [(place: Int, refusal: Refusal)] {
        if (try? write(assignments, isCheck: false, on: host)) != nil { return [] }
        var refused = assignments.indices.map { ($0, Refusal("", nil, .EINVAL)) }
        // One may wait for another, and that for a third.
        while true {
            var still: [(Int, Refusal)] = []
            for (place, _) in refused {
                do throws(Refusal) {
                    _ = try write([assignments[place]], isCheck: false, on: host)
                } catch {
                    still.append((place, error))
                }
            }
            guard !still.isEmpty, still.count < refused.count else { return still }
            refused = still
        }
    }

    /// Those that somebody acts on here, and why the others are refused.
    func enforceable(
        _ assignments: [Assignment], on host: Host
    ) -> (possible: [Assignment], refusals: [Refusal]) {
        var (possible, refusals): ([Assignment], [Refusal]) = ([], [])
        for assignment in assignments {
            do throws(Refusal) {
                try checkEnforcement(of: assignment, host.node)
                possible.append(assignment)
            } catch {
                refusals.append(error)
            }
        }
        return (possible, refusals)
    }

    /// What can be committed at once.
    func transaction(of assignments: [Assignment], on host: Host) throws(Refusal) -> MIBTransaction {
        var transaction = MIBTransaction(mib, interfaces: host.network.links.values.map(\.name))
        for assignment in assignments { try checkEnforcement(of: assignment, host.node) }
        try transaction.assign(assignments)
        try transaction.check(assignments)
        return transaction
    }

    /// Sets what was assigned while `body` makes what depends on it; if that is refused, all is as it was.
    func commit<Result>(
        _ transaction: inout MIBTransaction, while body: () throws(Refusal) -> Result
    ) throws(Refusal) -> Result {
        let before = mib
        try commit(&transaction)
        let result: Result
        do throws(Refusal) {
            result = try body()
        } catch {
            transaction.takeBack()
            mib = before
            if lookedAt != nil { lookedAt = kernelValues() }
            throw error
        }
        transaction.changes.forEach(note)
        return result
    }

    private func commit(_ transaction: inout MIBTransaction) throws(Refusal) {
        // What others have changed is told before what is changed here.
        if lookedAt != nil { lookAtKernel(isWanted: true) }
        try transaction.commit()
        mib = transaction.mib
        // Otherwise the next look at the kernel's variables would tell of these changes again.
        if lookedAt != nil { lookedAt = kernelValues() }
    }

    /// A number that nobody would act on is not kept.
    private func checkEnforcement(of assignment: Assignment, _ node: NodePolicy) throws(Refusal) {
        guard case .none(let error) = node.enforcement,
            case .program = MIBInstance(assignment.name)?.variable.declaration.storage
        else { return }
        throw Refusal(assignment.name, assignment.value, .EOPNOTSUPP, "\(error)")
    }

    /// Sets what was wished for interfaces that were not there.
    func grantWishes(of names: Set<String>, log: Logger) {
        guard !names.isEmpty else { return }
        var transaction = MIBTransaction(mib, interfaces: [])
        for (instance, value) in mib.wishes where instance.interface.map(names.contains) ?? false {
            do throws(Refusal) {
                let change = try transaction.assign(Assignment(instance.name, String(value)))
                log.info("\(change.name): \(change.old) -> \(change.new)")
            } catch {
                log.warning("\(error.line)")
            }
        }
        do throws(Refusal) {
            try transaction.commit()
        } catch {
            log.warning("\(error.line)")
        }
    }

    // MARK: who else changes them

    /// Notes what somebody else has changed among the kernel's variables since the last time, while anybody wants to know:
    /// the kernel tells nobody.
    func lookAtKernel(isWanted: Bool) {
        guard isWanted else {
            lookedAt = nil
            return
        }
        let values = kernelValues()
        for variable in MIBVariable.allCases {
            guard let old = lookedAt?[variable], let new = values[variable] else { continue }
            note(VariableChange(variable.rawValue, from: String(old), to: String(new)))
        }
        lookedAt = values
    }

    private func kernelValues() -> [MIBVariable: Int] {
        let reader = MIBTransaction(mib, interfaces: [])
        var values: [MIBVariable: Int] = [:]
        for variable in MIBVariable.allCases where variable.declaration.key != nil {
            values[variable] = reader.value(of: MIBInstance(variable))
        }
        return values
    }

    /// To be told to those who monitor.
    private func note(_ change: VariableChange) {
        if change.old != change.new { news.append(change) }
    }

    /// The changes since the last time.
    func takeNews() -> [VariableChange] {
        defer { news = [] }
        return news
    }

    // MARK: restart

    func leave(to estate: Estate) throws(SystemError) { try estate.put(mib.legacy, as: "variables") }

    func adopt(from estate: Estate) throws(SystemError) {
        if let legacy: MIB.Legacy = try estate.get("variables") { mib = MIB(legacy) }
    }

    // MARK: what there is

    private func variables(below node: String?, on host: Host) -> [VariableStatus] {
        let isBelow = { (name: String) in node.map { name.hasPrefix($0 + ".") } ?? true }
        let variables = MIBVariable.allCases.filter { isBelow($0.rawValue) }
            .compactMap { status(of: MIBInstance($0), on: host) }
        let drops = drops(host.node).filter { isBelow($0.name) }
        return (variables + drops).sorted { $0.oid.lexicographicallyPrecedes($1.oid) }
    }

    /// The packets that node variables stopped.
    private func drops(_ node: NodePolicy) -> [VariableStatus] {
        node.drops.map { NodeDropVariable.status(of: $0.reason, packets: $0.packets) }
    }

    /// The one of this name, or all if that is their node's.
    private func drops(at name: String, _ node: NodePolicy) -> [VariableStatus] {
        guard name.hasPrefix(NodeDropVariable.node) else { return [] }
        return drops(node).filter { $0.name == name || name == NodeDropVariable.node }
    }

    /// - Parameter link: nil: there is none of this name.
    private func variables(
        of interface: String, _ link: Link?, below node: MIBNode, on host: Host
    ) -> [VariableStatus] {
        MIBVariable.allCases
            .filter { $0.declaration.key?.isPerInterface == true && MIBNode.above($0.rawValue) == node }
            .compactMap { status(of: MIBInstance($0, of: interface), link, on: host) }
    }

    /// Nil if the kernel has no such key.
    private func status(of instance: MIBInstance, on host: Host) -> VariableStatus? {
        status(of: instance, instance.interface.flatMap { host.network.link(named: $0) }, on: host)
    }

    /// - Parameter link: that of the instance, if it is there.
    private func status(of instance: MIBInstance, _ link: Link?, on host: Host) -> VariableStatus? {
        let declaration = instance.variable.declaration
        guard let value = value(of: instance, host.node) else { return nil }
        var status = VariableStatus(
            name: instance.name, oid: instance.oid(index: link?.index ?? 0), type: declaration.type, value: value,
            description: declaration.description, place: place(of: instance, isPresent: link != nil, host.node),
            source: declaration.source.rawValue)
        status.default = declaration.standard.map(String.init)
        if declaration.type != .string {
            status.minimum = declaration.range.lowerBound
            status.maximum = declaration.range.upperBound
        }
        status.unit = declaration.unit
        status.writable = declaration.isWritable
        status.tunable = declaration.isTunable && instance.interface == nil
        return status
    }

    private func value(of instance: MIBInstance, _ node: NodePolicy) -> String? {
        switch instance.variable.declaration.storage {
        case .constant(let text): text
        case .count(let count): String(node.count(count))
        case .interfaces, .node, .program, .kernel, .obsolete:
            MIBTransaction(mib, interfaces: []).value(of: instance).map(String.init)
        }
    }

    private func place(of instance: MIBInstance, isPresent: Bool, _ node: NodePolicy) -> String {
        let declaration = instance.variable.declaration
        if case .none(let error) = node.enforcement {
            if case .node = declaration.storage { return "inet6d's interfaces: \(error)" }
            if case .program = declaration.storage { return "nowhere: \(error)" }
        }
        guard let interface = instance.interface, let key = declaration.key else {
            switch declaration.storage {
            case .node, .program: return declaration.place + (node.trouble.map { ", \($0)" } ?? "")
            case .constant, .count, .interfaces, .kernel, .obsolete: return declaration.place
            }
        }
        guard isPresent else { return "nowhere until there is \(interface)" }
        return "kernel " + key.path(interface).split(separator: "/").joined(separator: ".")
    }
}
