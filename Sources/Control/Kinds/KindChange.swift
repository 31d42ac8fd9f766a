// SPDX-License-Identifier: BSD-2-Clause

/// What a change says that only one kind of interfaces understands.
public enum KindChange: Equatable, Sendable {
    case stf(StfChange)
    case faith(FaithChange)
    case vamp(PuppetChange)
    case puppet(PuppetChange)

    public var kind: InterfaceKind {
        switch self {
        case .stf: .stf
        case .faith: .faith
        case .vamp: .vamp
        case .puppet: .puppet
        }
    }

    /// What to call it in a refusal: its first word, or its name on the wire.
    public var word: String {
        switch self {
        case .stf(let change): change.word
        case .faith, .vamp, .puppet: kind.rawValue
        }
    }
}

extension Change {
    /// What is said of single kinds. Nobody else needs to know which fields of the wire lie flat.
    public var parts: [KindChange] {
        let stf = StfChange(self)
        return (stf.isEmpty ? [] : [.stf(stf)])
            + [
                faith.map(KindChange.faith), vamp.map(KindChange.vamp), puppet.map(KindChange.puppet),
            ].compactMap(\.self)
    }
}
