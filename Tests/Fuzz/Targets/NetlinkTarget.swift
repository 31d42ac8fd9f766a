// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Netlink

/// What must hold of a datagram of rtnetlink, whatever is in it: it is read without harm, and the same each time.
enum NetlinkTarget {
    static func run(_ bytes: [UInt8]) throws(Violation) {
        let datagram = Datagram(bytes)
        try require(datagram == Datagram(bytes), "read in two ways")
        // A message has a header of 16 bytes.
        let most = bytes.count / 16
        try require(datagram.events.count <= most && datagram.links.count <= most, "more than there is")
        for address in datagram.ipv4Addresses {
            try require((0...32).contains(address.prefixLength), "\(address)")
            // What is made of it cannot fail.
            _ = IPv4Prefix(address.address, length: address.prefixLength)
        }
        for address in datagram.ipv6Addresses {
            try require((0...128).contains(address.prefixLength), "\(address)")
            _ = IPv6Prefix(address.address, length: address.prefixLength)
        }
        for change in datagram.routeChanges {
            try require((0...128).contains(change.destination.length), "\(change)")
            try require(change.routes.count <= bytes.count / 8, "more next hops than there are")
        }
        for link in datagram.links {
            try require(!link.name.utf8.contains(0) && !(link.alias ?? "").utf8.contains(0), "\(link)")
        }
    }
}
