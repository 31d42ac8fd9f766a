// SPDX-License-Identifier: BSD-2-Clause
import Control

/// An interface that we made.
enum InterfaceClone {
    case stf(StfInterface)
    case faith(FaithInterface)

    /// The kernel's number.
    var index: UInt32 {
        switch self {
        case .stf(let interface): interface.index
        case .faith(let interface): interface.index
        }
    }

    /// The name at first; the kernel knows the present one.
    var name: String {
        switch self {
        case .stf(let interface): interface.name
        case .faith(let interface): interface.name
        }
    }

    var kind: InterfaceKind {
        switch self {
        case .stf: .stf
        case .faith: .faith
        }
    }

    /// Ends its threads; the device goes with the last reference to it, which they hold.
    func stop() {
        switch self {
        case .stf(let interface): interface.stop()
        case .faith(let interface): interface.stop()
        }
    }
}
