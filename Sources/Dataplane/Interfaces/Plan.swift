// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet

/// The steps that a request comes to, decided completely before the first is taken.
struct Plan: Equatable {
    var steps: [Step] = []
    var results: [ChangeResult] = []

    /// One thing done to the kernel. Each knows the state before and after, so each can be undone. None is a kind's: what
    /// only one kind has goes as a whole from one state to the next.
    enum Step: Equatable {
        case create(InterfaceRecord)
        case destroy(InterfaceRecord)
        case description(String, from: String?, to: String?)
        case mtu(String, from: Int, to: Int)
        case part(String, from: KindRecord, to: KindRecord)
        case address(String, from: AddressRecord?, to: AddressRecord?)
        case up(String, from: Bool, to: Bool)
        /// To an interface that is not ours, or a device of ours as far as it is one like any other.
        case host(HostStep)

        /// The name of the interface that the step is about.
        var interface: String {
            switch self {
            case .create(let record), .destroy(let record): record.name
            case .description(let name, _, _), .mtu(let name, _, _), .part(let name, _, _), .address(let name, _, _),
                .up(let name, _, _):
                name
            case .host(let step): step.interface
            }
        }

        /// That a step sets; one that is only told of its lifetimes is set again.
        var address: AddressRecord? {
            switch self {
            case .address(_, _, let to): to
            case .create, .destroy, .description, .mtu, .part, .up, .host: nil
            }
        }

        /// The steps that lead back. What others did to a destroyed interface, such as routes, is not ours to know.
        var inverse: [Step] {
            switch self {
            case .create(let record): [.destroy(record)]
            case .destroy(let record): Step.building(record)
            case .description(let name, let from, let to): [.description(name, from: to, to: from)]
            case .mtu(let name, let from, let to): [.mtu(name, from: to, to: from)]
            case .part(let name, let from, let to): [.part(name, from: to, to: from)]
            case .address(let name, let from, let to): [.address(name, from: to, to: from)]
            case .up(let name, let from, let to): [.up(name, from: to, to: from)]
            case .host(let step): step.inverse.map(Step.host)
            }
        }

        /// The steps from nothing to `record`.
        static func building(_ record: InterfaceRecord) -> [Step] {
            let new = InterfaceRecord(new: record.name, kind: record.kind)
            var steps = [Step.create(new)] + between(new, record)
            steps += record.addresses.map { .address(record.name, from: nil, to: $0) }
            if record.isUp { steps.append(.up(record.name, from: false, to: true)) }
            return steps
        }

        /// What a record has beyond what is wanted. An address that nobody has said may be one that follows from what was.
        static func trimming(_ record: InterfaceRecord, to wanted: InterfaceRecord) -> [Step] {
            var steps = between(record, wanted)
            if !wanted.part.rules.makesAddress {
                steps += record.addresses.filter { old in
                    !old.address.isLinkLocal && !wanted.addresses.contains { $0.address == old.address }
                }.map { .address(record.name, from: $0, to: nil) }
            }
            if record.isUp != wanted.isUp { steps.append(.up(record.name, from: record.isUp, to: wanted.isUp)) }
            return steps
        }

        /// What differs besides addresses and the state up, in the order of `Change`.
        static func between(_ old: InterfaceRecord, _ new: InterfaceRecord) -> [Step] {
            var steps: [Step] = []
            if old.description != new.description {
                steps.append(.description(new.name, from: old.description, to: new.description))
            }
            if old.mtu != new.mtu { steps.append(.mtu(new.name, from: old.mtu, to: new.mtu)) }
            if old.part != new.part { steps.append(.part(new.name, from: old.part, to: new.part)) }
            return steps
        }
    }
}
