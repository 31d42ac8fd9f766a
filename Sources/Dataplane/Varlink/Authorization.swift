// SPDX-License-Identifier: BSD-2-Clause
import SystemIO

/// Who may change things: root, the user `inet6d` runs as, and a group.
struct Authorization {
    static let group = "inet6"

    /// Who may do all that the daemon may.
    func isRoot(_ peer: Peer) -> Bool { peer.userID == 0 || peer.userID == effectiveUserID() }

    func mayChange(_ peer: Peer) -> Bool {
        if isRoot(peer) { return true }
        // Looked up each time: an admin may make the group while the daemon runs.
        return groupID(named: Authorization.group).map(peer.groupIDs.contains) ?? false
    }
}
