// SPDX-License-Identifier: BSD-2-Clause
package import SystemPackage

/// A datagram of rtnetlink as all who listen or ask would read it, whoever wrote it: for tests of what no kernel sends.
package struct Datagram: Equatable {
    package private(set) var events: [RouteEvent] = []
    package private(set) var links: [Link] = []
    package private(set) var ipv4Addresses: [IPv4InterfaceAddress] = []
    package private(set) var ipv6Addresses: [IPv6InterfaceAddress] = []
    package private(set) var routeChanges: [IPv6RouteChange] = []
    package private(set) var ways: [IPv4Way] = []
    package private(set) var failures: [Errno] = []

    package init(_ bytes: [UInt8]) {
        // Where the heap gives memory, a datagram may begin.
        unsafe bytes.withUnsafeBytes { bytes in
            unsafe RouteMessage.forEach(in: bytes) { unsafe read($0) }
        }
    }

    private mutating func read(_ message: RouteMessage) {
        unsafe events += RouteEvents.events(in: message)
        if let link = unsafe Link(message) { links.append(link) }
        if let address = unsafe IPv4InterfaceAddress(message) { ipv4Addresses.append(address) }
        if let address = unsafe IPv6InterfaceAddress(message) { ipv6Addresses.append(address) }
        if let change = unsafe IPv6RouteChange(message) { routeChanges.append(change) }
        if let way = unsafe IPv4Way(message) { ways.append(way) }
        if let failure = unsafe message.failure { failures.append(failure) }
    }
}
