// SPDX-License-Identifier: BSD-2-Clause
import Control

/// A reason that packets are dropped for: what every kind of interface has of its own.
protocol PacketDrop: Hashable, Sendable {
    var direction: Direction { get }
    /// A name that scripts may rely on.
    var name: String { get }
    var description: String { get }
}

extension PacketDrop {
    func status(_ packets: UInt64) -> DropStatus {
        DropStatus(direction: direction, reason: name, description: description, packets: packets)
    }
}
