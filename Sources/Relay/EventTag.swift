// SPDX-License-Identifier: BSD-2-Clause

/// What an event of the poller is about.
struct EventTag {
    static let mail: UInt64 = .max
    /// Above what 29 bits of place, 2 of kind and 32 of generation make.
    static let firstListener: UInt64 = 1 << 63

    enum Kind: UInt64, CaseIterable {
        /// The two sockets of a session, and the listener for its data connection.
        case client
        case server
        case data
        /// A local program, whose places are others.
        case program
    }

    let raw: UInt64

    init(_ raw: UInt64) {
        self.raw = raw
    }

    init(slot: Int, generation: UInt32, kind: Kind) {
        raw = UInt64(slot) << 34 | UInt64(generation) << 2 | kind.rawValue
    }

    var slot: Int { Int(raw >> 34) }
    var generation: UInt32 { UInt32(truncatingIfNeeded: raw >> 2) }
    var kind: Kind {
        switch raw & 3 {
        case 0: .client
        case 1: .server
        case 2: .data
        default: .program
        }
    }
}
