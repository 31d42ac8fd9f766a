// SPDX-License-Identifier: BSD-2-Clause
package import CKernelPrograms
public import Internet

/// An address that this node has.
public struct NodeAddress: Hashable, Sendable {
    public var address: IPv6Address
    /// The index of its interface. It tells link-local addresses apart, and is of no meaning with others.
    public var interface: UInt32
    /// Its preferred lifetime is over (RFC 4862 §5.5.4).
    public var isDeprecated: Bool

    public init(_ address: IPv6Address, interface: UInt32, isDeprecated: Bool = false) {
        self.address = address
        self.interface = interface
        self.isDeprecated = isDeprecated
    }

    var flags: UInt32 { isDeprecated ? UInt32(NODE_ADDRESS_DEPRECATED) : 0 }
}

/// What tells the addresses of a node apart: fe80::1 may be ours on one interface and a neighbour's on another.
public struct NodeAddressKey: Hashable, Sendable {
    private let address: IPv6Address
    private let interface: UInt32

    public init(_ address: IPv6Address, interface: UInt32) {
        self.address = address
        self.interface = address.isLinkLocal ? interface : 0
    }

    public init(_ node: NodeAddress) {
        self.init(node.address, interface: node.interface)
    }

    init(_ record: node_address_key) {
        address = record.address.address
        interface = record.interface
    }

    var record: node_address_key { node_address_key(address: node_address(address), interface: interface) }
}

extension node_address {
    package init(_ address: IPv6Address) {
        self.init()
        unsafe withUnsafeMutableBytes(of: &self) {
            unsafe $0.storeBytes(of: address.high.bigEndian, as: UInt64.self)
            unsafe $0.storeBytes(of: address.low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
    }

    package var address: IPv6Address {
        unsafe withUnsafeBytes(of: self) {
            unsafe IPv6Address(
                high: UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        }
    }
}
