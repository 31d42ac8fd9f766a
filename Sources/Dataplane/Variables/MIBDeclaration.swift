// SPDX-License-Identifier: BSD-2-Clause
import Inet6Control
import Control

/// What there is to say about a variable besides its name.
struct MIBDeclaration: Sendable {
    /// BSD's number below the node; from 1000 on, ours, for what BSD gives any that is free.
    let number: Int
    let source: Source
    let type: VariableType
    /// Nil if that depends on the kernel.
    let standard: Int?
    let range: ClosedRange<Int>
    let unit: String?
    let description: String
    let storage: Storage
    let isTunable: Bool

    /// Where the name is from, and what the variable means.
    enum Source: String, Sendable {
        case freeBSD = "FreeBSD"
        case netBSD = "NetBSD"
        case freeAndNetBSD = "FreeBSD, NetBSD"
        case hydrangea = "Hydrangea"
    }

    /// Where the value is, and who acts on it.
    enum Storage: Sendable {
        /// It decides over packets of the interfaces of ours.
        case interfaces
        /// It decides over packets that enter or leave the node by any interface.
        case node
        /// The same, where the kernel has programs for that.
        case program
        /// The kernel has it, and we only translate.
        case kernel(KernelKey)
        /// What the node counts now.
        case count(NodeCount)
        /// It is what it is.
        case constant(String)
        /// BSD keeps the number and does nothing with it either.
        case obsolete
    }

    /// What sysctl(8) shows and nobody sets.
    enum NodeCount: Sendable {
        case fragments, fragmentedPackets
    }

    init(
        _ number: Int, _ source: Source, _ storage: Storage, _ standard: Int?, in range: ClosedRange<Int>,
        unit: String? = nil, isTunable: Bool = false, type: VariableType = .integer, _ description: String
    ) {
        self.number = number
        self.source = source
        self.type = type
        self.standard = standard
        self.range = range
        self.unit = unit
        self.description = description
        self.storage = storage
        self.isTunable = isTunable
    }

    /// Off or on: 0 or 1.
    static func flag(
        _ number: Int, _ source: Source, _ storage: Storage, _ standard: Bool?, isTunable: Bool = false,
        type: VariableType = .integer, _ description: String
    ) -> MIBDeclaration {
        MIBDeclaration(
            number, source, storage, standard.map { $0 ? 1 : 0 }, in: 0...1, isTunable: isTunable, type: type,
            description)
    }

    var isWritable: Bool {
        switch storage {
        case .interfaces, .node, .program, .kernel, .obsolete: true
        case .count, .constant: false
        }
    }

    /// Where it is enforced.
    var place: String {
        switch storage {
        case .interfaces: "inet6d's interfaces"
        case .node, .program, .count: "all interfaces, by a netfilter program"
        case .kernel(let key):
            "kernel " + (key.nodePaths.first ?? "").split(separator: "/").joined(separator: ".")
                + (key.scope == .each ? ", and that of each interface" : "")
        case .constant: "nowhere: a constant"
        case .obsolete: "nowhere: obsolete"
        }
    }

    /// The kernel's key, if the kernel has the variable.
    var key: KernelKey? {
        if case .kernel(let key) = storage { key } else { nil }
    }
}
