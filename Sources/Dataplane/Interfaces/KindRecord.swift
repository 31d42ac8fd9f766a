// SPDX-License-Identifier: BSD-2-Clause
import Control

/// What only one kind of interfaces has of an `InterfaceRecord`: the planner's one list of kinds.
enum KindRecord: Equatable, Sendable {
    case stf(StfRecord)
    case faith(FaithRecord)
    case vamp(VampRecord)
    case puppet(PuppetRecord)

    init(new kind: InterfaceKind) {
        self =
            switch kind {
            case .stf: .stf(StfRecord())
            case .faith: .faith(FaithRecord())
            case .vamp: .vamp(VampRecord())
            case .puppet: .puppet(PuppetRecord())
            }
    }

    var kind: InterfaceKind { type(of: rules).kind }

    var rules: any KindRules {
        switch self {
        case .stf(let record): record
        case .faith(let record): record
        case .vamp(let record): record
        case .puppet(let record): record
        }
    }

    mutating func apply(_ change: KindChange, of name: String, _ context: PlanContext) throws(Refusal) {
        switch self {
        case .stf(var record):
            try record.apply(change, of: name, context)
            self = .stf(record)
        case .faith(var record):
            try record.apply(change, of: name, context)
            self = .faith(record)
        case .vamp(var record):
            try record.apply(change, of: name, context)
            self = .vamp(record)
        case .puppet(var record):
            try record.apply(change, of: name, context)
            self = .puppet(record)
        }
    }
}
