// SPDX-License-Identifier: BSD-2-Clause

/// What one ifconfig(8) command line does to one interface. A nil field stays as it is.
public struct Change: Codable, Equatable, Sendable {
    /// `stf0`; with `create` also `stf`, for the lowest free unit.
    public var interface: String
    public var destroy: Bool?
    public var create: Bool?
    /// Empty removes it.
    public var description: String?
    /// Bytes.
    public var mtu: Int?
    public var link0: Bool?
    public var link1: Bool?
    public var link2: Bool?
    /// `192.0.2.1/16`, of 6rd.
    public var stfv4net: String?
    /// `192.0.2.254`, or several with commas; 0.0.0.0 removes them.
    public var stfv4br: String?
    /// Lets the address follow the IPv4 address of the default route.
    public var auto: Bool?
    /// Of an stf interface, what carries its packets: `auto`, `kernel` or `user`.
    public var engine: String?
    /// Of an stf interface, whether programs may take packets past it.
    public var shortcut: Bool?
    /// Of an stf interface, Ethernet devices between which frames are taken before the kernel makes packets of them:
    /// `eth0,eth1`. Empty: none.
    public var xdp: String?
    /// Whether the programs inside the kernel let pass only what the firewall would.
    public var ask: Bool?
    /// `default via ::192.88.99.1`; each goes in place of one to the same destination.
    public var routes: [String]?
    /// `default`, or with the gateway that it must have.
    public var noroutes: [String]?
    /// Of a faith interface.
    public var faith: FaithChange?
    /// Of a vamp, and of a puppet interface.
    public var vamp: PuppetChange?
    public var puppet: PuppetChange?
    public var inet6: AddressChange?
    public var up: Bool?

    public init(interface: String) {
        self.interface = interface
    }
}

/// Sets or deletes one inet6 address.
public struct AddressChange: Codable, Equatable, Sendable {
    public var address: String
    /// 0...128; nil is 64 to add, any to delete.
    public var prefixlen: Int?
    public var delete: Bool?
    public var anycast: Bool?
    public var deprecated: Bool?
    /// Seconds; -1 is for ever, and nil leaves it as it is.
    public var pltime: Int?
    public var vltime: Int?
    /// Others of the interface go.
    public var replace: Bool?

    public init(address: String) {
        self.address = address
    }
}

/// What became of a change.
public struct ChangeResult: Codable, Equatable, Sendable {
    public var interface: String
    public var changed: Bool

    public init(interface: String, changed: Bool) {
        self.interface = interface
        self.changed = changed
    }
}
