// SPDX-License-Identifier: BSD-2-Clause
import Control

/// What there is to say about a variable besides its name.
struct MIBDeclaration: Sendable {
    /// BSD's number below the node; from 1000 on, ours, for what BSD gives any that is free.
    let number: Int
    let type: VariableType
    let standard: Int
    let range: ClosedRange<Int>
    let unit: String?
    let description: String
    let access: Access
    /// Where it is enforced.
    let place: String
    let source: Source

    /// Whether `Write` sets it, and whether BSD's loader does too.
    enum Access: Sendable {
        case readOnly, writable, writableTunable
    }

    /// Where the name is from, and what the variable means.
    enum Source: String, Sendable {
        case freeBSD = "FreeBSD"
        case freeAndNetBSD = "FreeBSD, NetBSD"
        case hydrangea = "Hydrangea"
    }

    /// What decides over packets of the interfaces of ours, and of no others.
    static let interfaces = "inet6d's interfaces"

    static func boolean(
        _ number: Int, _ source: Source, _ standard: Bool, _ description: String, isTunable: Bool = false
    ) -> MIBDeclaration {
        MIBDeclaration(
            number: number, type: .boolean, standard: standard ? 1 : 0, range: 0...1, unit: nil,
            description: description, access: isTunable ? .writableTunable : .writable, place: interfaces,
            source: source)
    }

    static func integer(
        _ number: Int, _ source: Source, _ standard: Int, in range: ClosedRange<Int>, unit: String,
        _ description: String
    ) -> MIBDeclaration {
        MIBDeclaration(
            number: number, type: .integer, standard: standard, range: range, unit: unit, description: description,
            access: .writable, place: interfaces, source: source)
    }
}
