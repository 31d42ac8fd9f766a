// SPDX-License-Identifier: BSD-2-Clause
import Inet6Control
import Control
import Internet
import Netlink

/// An address that a change is about, with what must be true of it on an interface that is not ours.
struct HostAddress {
    let address: IPv6Address
    let change: Inet6AddressChange
    private let interface: String

    /// Reads the address; its zone, if it has one, must be that of the interface. With `eui64` the lower half is filled in.
    init(_ change: Inet6AddressChange, on host: HostInterface, indices: [String: UInt32]) throws(Refusal) {
        self.change = change
        interface = host.name
        let words = "inet6 \(change.text)"
        let scoped: ScopedAddress
        do throws(ScopedAddressError) {
            scoped = try ScopedAddress(change.address) { indices[$0] }
        } catch {
            throw Refusal(host.name, words, .EINVAL, error.description)
        }
        guard scoped.zone == 0 || scoped.zone == host.index else {
            throw Refusal(
                host.name, words, .EINVAL, "zone \(scoped.zone) is another; that of \(host.name) is \(host.index)")
        }
        if let length = change.prefixlen {
            let least = change.delete == true ? 0 : 1
            guard (least...128).contains(length) else {
                throw Refusal(host.name, words, .EINVAL, "prefix length \(least)..128")
            }
        }
        guard change.eui64 == true else {
            address = scoped.address
            return
        }
        // The words are ifconfig(8)'s.
        guard scoped.address.low == 0 else {
            throw Refusal(host.name, words + " eui64", .EINVAL, "interface index is already filled")
        }
        guard let linkLocal = host.addresses.first(where: { $0.address.isLinkLocal })?.address else {
            throw Refusal(host.name, words + " eui64", .EINVAL, "could not determine link local address")
        }
        address = IPv6Address(high: scoped.address.high, low: linkLocal.low)
    }

    func refusal(_ errno: BSDErrno, _ why: String? = nil) -> Refusal {
        Refusal(interface, "inet6 \(change.text)", errno, why)
    }

    func isAnycast(on host: HostInterface) -> Bool {
        change.anycast ?? host.anycasts.contains { $0.address == address }
    }

    /// The address is one that the interface can have.
    func checkPlace(on host: HostInterface) throws(Refusal) {
        if let obstacle = host.obstacle("inet6 \(change.text)") { throw obstacle }
        if address == .unspecified { throw refusal(.EADDRNOTAVAIL, "the unspecified address") }
        if address.isMulticast { throw refusal(.EADDRNOTAVAIL, "a multicast address") }
        if address.high == 0, address.low >> 32 == 0xFFFF { throw refusal(.EADDRNOTAVAIL, "an IPv4-mapped address") }
        if address == .loopback, !host.isLoopback { throw refusal(.EADDRNOTAVAIL, "the loopback address") }
    }

    func checkLength(_ length: Int) throws(Refusal) {
        guard change.prefixlen ?? length == length else {
            throw refusal(.EINVAL, "the address has prefixlen \(length); delete it first")
        }
    }

    func setLifetimes(of new: inout IPv6InterfaceAddress) throws(Refusal) {
        var lifetimes = Lifetimes(preferred: new.preferred, valid: new.valid)
        do throws(Objection) {
            try lifetimes.change(pltime: change.pltime, vltime: change.vltime, deprecated: change.deprecated)
        } catch {
            throw refusal(error.errno, error.reason)
        }
        new.preferred = lifetimes.preferred
        new.valid = lifetimes.valid
    }
}
