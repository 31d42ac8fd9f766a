// SPDX-License-Identifier: BSD-2-Clause
import Inet6Control
import KernelPrograms
import Control
import SystemIO
import SystemPackage

/// Assignments on their way: each is checked on top of those before it, and then all are made or none.
struct MIBTransaction {
    private(set) var mib: MIB
    /// The names of the interfaces there are.
    private let interfaces: [String]
    /// What keys of the kernel are to hold, in the order in which they are written.
    private var keys: [(path: String, text: String)] = []
    /// What was assigned so far.
    private(set) var changes: [VariableChange] = []
    /// What the keys held that were written, in that order.
    private var held: [(path: String, text: String)] = []

    init(_ mib: MIB, interfaces: [String]) {
        self.mib = mib
        self.interfaces = interfaces
    }

    /// Checks one assignment, whose value is a number in decimal, octal or hexadecimal.
    @discardableResult
    mutating func assign(_ assignment: Assignment) throws(Refusal) -> VariableChange {
        let (name, text) = (assignment.name, assignment.value)
        guard let instance = MIBInstance(name) else { throw .unknownVariable(name, text) }
        let declaration = instance.variable.declaration
        guard declaration.isWritable else { throw Refusal(name, text, .EPERM, "read only") }
        guard let value = MIB.number(text) else { throw Refusal(name, text, .EINVAL, "not a number") }
        let range = declaration.range
        guard range.contains(value) else {
            throw Refusal(name, text, .EINVAL, "\(range.lowerBound)..\(range.upperBound)")
        }
        let old = self.value(of: instance)
        if let key = declaration.key {
            guard old != nil || instance.interface != nil else {
                throw Refusal(name, text, .ENOENT, "not in this kernel")
            }
            try assign(value, to: key, instance)
        } else {
            mib[instance.variable] = value
            // FreeBSD follows with the size of buckets (frag6_set_bucketsize).
            if instance.variable == .maxfragpackets, value > 0 {
                mib[.maxfragbucketsize] = min(max(value / 512, 1), NodeLimits.bucketPlaces)
            }
        }
        let change = VariableChange(name, from: old.map(String.init) ?? "", to: String(value))
        changes.append(change)
        return change
    }

    /// Checks several, which may be said in any order: what others rest on is assigned before them.
    mutating func assign(_ assignments: [Assignment]) throws(Refusal) {
        let order = assignments.indices.sorted { (assignments[$0].rank, $0) < (assignments[$1].rank, $1) }
        var made: [(place: Int, change: VariableChange)] = []
        for place in order { made.append((place, try assign(assignments[place]))) }
        changes = made.sorted { $0.place < $1.place }.map(\.change)
    }

    /// Whether what was assigned goes together.
    func check(_ assignments: [Assignment]) throws(Refusal) {
        if let conflict = conflicts(among: assignments).first { throw conflict.refusal }
    }

    /// Those that cannot be beside the others; of several values for one variable the last counts.
    func conflicts(among assignments: [Assignment]) -> [(place: Int, refusal: Refusal)] {
        var checked: Set<MIBInstance> = []
        var conflicts: [(place: Int, refusal: Refusal)] = []
        for (place, assignment) in assignments.enumerated().reversed() {
            guard let instance = MIBInstance(assignment.name), let value = MIB.number(assignment.value),
                checked.insert(instance).inserted
            else { continue }
            if let detail = conflict(instance, value) {
                conflicts.append((place, Refusal(assignment.name, assignment.value, .EINVAL, detail)))
            }
        }
        return conflicts
    }

    /// The value as it would be by now; nil if the kernel has none.
    func value(of instance: MIBInstance) -> Int? {
        guard let key = instance.variable.declaration.key else { return mib[instance.variable] }
        let paths = instance.interface.map { [key.path($0)] } ?? key.nodePaths
        for path in paths {
            if let text = text(at: path) { return key.value(of: text) }
        }
        return mib.wishes[instance]
    }

    /// Writes what was assigned. What the kernel took before it refused something is taken back.
    mutating func commit() throws(Refusal) {
        for (path, text) in keys {
            let before = kernelVariable(path)
            do throws(SystemError) {
                try write(text, toVariable: path)
                if let before { held.append((path, before)) }
            } catch {
                // An interface may have gone in this moment.
                if error.errno == .noSuchFileOrDirectory { continue }
                takeBack()
                throw Refusal(path.split(separator: "/").joined(separator: "."), text, BSDErrno(error.errno))
            }
        }
    }

    /// Writes what the keys held before `commit`.
    mutating func takeBack() {
        for (path, text) in held.reversed() { try? write(text, toVariable: path) }
        held = []
    }

    private func text(at path: String) -> String? {
        keys.last { $0.path == path }?.text ?? kernelVariable(path)
    }

    private mutating func assign(_ value: Int, to key: KernelKey, _ instance: MIBInstance) throws(Refusal) {
        if instance.interface != nil { try mib.wish(value, for: instance) }
        for path in paths(key, instance) {
            guard let now = text(at: path) else { continue }
            guard let text = key.text(for: value, now: now) else {
                throw Refusal(instance.name, String(value), .EINVAL, key.objection ?? "\(path) is \(now)")
            }
            guard text != now else { continue }
            keys.removeAll { $0.path == path }
            keys.append((path, text))
        }
    }

    /// The keys that a variable sets, those that are for all before those of one.
    private func paths(_ key: KernelKey, _ instance: MIBInstance) -> [String] {
        if let interface = instance.interface { return [key.path(interface)] }
        switch key.scope {
        case .node, .all, .new: return key.nodePaths
        case .each: return ["all", "default"].map(key.path) + interfaces.map(key.path)
        }
    }

    private func conflict(_ instance: MIBInstance, _ value: Int) -> String? {
        MIBTransaction.companions[instance.variable]?(value) { variable in
            self.value(of: MIBInstance(variable, of: instance.interface))
        }
    }

    /// Why a value cannot be beside that of another variable.
    private typealias Companion = @Sendable (_ value: Int, _ other: (MIBVariable) -> Int?) -> String?

    /// What BSD checks besides, or what would make no sense with another variable's value.
    private static let companions: [MIBVariable: Companion] = [
        .temppltime: { value, other in
            // FreeBSD's in6_sysctl_temppltime: the delay before use, of which a part is random, must fit in.
            let least = 600 + value / 4 + value / 8 + 5
            if value < least { return "less than its own delay before use, \(least)" }
            return other(.tempvltime).flatMap { value > $0 ? "more than tempvltime, \($0)" : nil }
        },
        .tempvltime: { value, other in
            other(.temppltime).flatMap { value < $0 ? "less than temppltime, \($0)" : nil }
        },
        .anonportmin: { value, other in
            other(.anonportmax).flatMap { value > $0 ? "more than anonportmax, \($0)" : nil }
        },
        .anonportmax: { value, other in
            other(.anonportmin).flatMap { value < $0 ? "less than anonportmin, \($0)" : nil }
        },
        .preferTempaddr: { value, other in value == 1 && other(.useTempaddr) == 0 ? "use_tempaddr is 0" : nil },
        .rfc6204w3: { value, other in value == 1 && other(.acceptRtadv) == 0 ? "accept_rtadv is 0" : nil },
    ]
}

extension Assignment {
    /// What is for all interfaces comes before what is for one, and what another variable follows, or is a level of,
    /// before that.
    fileprivate var rank: Int {
        guard let instance = MIBInstance(name) else { return 0 }
        let isSecond: Bool =
            if instance.variable == .maxfragbucketsize {
                true
            } else if case .level(let level) = instance.variable.declaration.key?.meaning {
                level > 1
            } else {
                false
            }
        return (instance.interface == nil ? 0 : 2) + (isSecond ? 1 : 0)
    }
}
