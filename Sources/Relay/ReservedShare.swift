// SPDX-License-Identifier: BSD-2-Clause
internal import Internet
internal import Synchronization
internal import SystemIO

/// Who has how many of the reserved ports, of which there are some four hundred: so that no client prefix takes them all.
final class ReservedShare: Sendable {
    /// Ports of one client prefix at once.
    static let limit = ReservedPorts.range.count / 8

    private let taken = Mutex<[IPv6Address: Int]>([:])

    /// Counts one more for `client`, a prefix, for as long as what is returned lives. Nil: it has its share.
    func take(_ client: IPv6Address) -> ReservedPlace? {
        let isTaken = taken.withLock { taken in
            guard taken[client, default: 0] < ReservedShare.limit else { return false }
            taken[client, default: 0] += 1
            return true
        }
        return isTaken ? ReservedPlace(client, of: self) : nil
    }

    /// The same for one that was taken elsewhere, whatever the share.
    func inherit(_ client: IPv6Address) -> ReservedPlace {
        taken.withLock { $0[client, default: 0] += 1 }
        return ReservedPlace(client, of: self)
    }

    fileprivate func release(_ client: IPv6Address) {
        taken.withLock { taken in
            let left = taken[client, default: 1] - 1
            taken[client] = left > 0 ? left : nil
        }
    }
}

/// One reserved port of a client prefix.
final class ReservedPlace: Sendable {
    private let client: IPv6Address
    private let share: ReservedShare

    fileprivate init(_ client: IPv6Address, of share: ReservedShare) {
        self.client = client
        self.share = share
    }

    deinit {
        share.release(client)
    }
}
