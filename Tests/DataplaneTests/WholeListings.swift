// SPDX-License-Identifier: BSD-2-Clause
import Inet6Control

@testable import Dataplane

/// What clients get in pieces, at once.
extension Dataplane {
    func readVariables(_ name: String?) throws -> ReadReply {
        let (node, listing) = try variableListing(name)
        return ReadReply(variables: try listing.all(), node: node)
    }

    func listInet6(_ name: String?) throws -> [Inet6Status] { try inet6Listing(name).all() }
}
