// SPDX-License-Identifier: BSD-2-Clause
internal import CLinux
import Glibc
public import Internet

/// An interface by its name, for a program that has no routing socket: netdevice(7).
public struct NamedLink: Sendable {
    public let name: String

    public init(_ name: String) {
        self.name = name
    }

    public struct State: Sendable {
        public var index: UInt32
        /// Six bytes of an Ethernet.
        public var address: [UInt8]
        /// Bytes.
        public var mtu: Int
        /// It is up, and has a carrier.
        public var isRunning: Bool
        /// The first, if there is one.
        public var ipv4: (address: IPv4Address, length: Int)?
    }

    /// - Throws: ENODEV if there is none of this name.
    public func state() throws(SystemError) -> State {
        var link = clinux_link()
        try must("netdevice") { unsafe clinux_link_state(name, &link) }
        let address = unsafe withUnsafeBytes(of: link.address) { unsafe Array($0) }
        var state = State(index: link.index, address: address, mtu: Int(link.mtu), isRunning: link.is_running != 0)
        if link.ipv4 != 0 {
            state.ipv4 = (IPv4Address(bits: link.ipv4), (~link.mask).leadingZeroBitCount)
        }
        return state
    }

    /// Which features of the device take VLAN tags off frames that come in, before anybody sees them, as bits of the
    /// kernel's `net_device`; and which of them are on. `ethtool -K eth0 rxvlan off` turns them off.
    public func tagStripping() throws(SystemError) -> (features: UInt64, active: UInt64) {
        var stripping = (features: UInt64(0), active: UInt64(0))
        try must("SIOCETHTOOL") { unsafe clinux_tag_stripping(name, &stripping.features, &stripping.active) }
        return stripping
    }

    /// Requires CAP_NET_ADMIN, as all of the following.
    public func set(mtu: Int) throws(SystemError) {
        try must("SIOCSIFMTU") { unsafe clinux_link_set_mtu(name, Int32(clamping: mtu)) }
    }

    public func set(_ address: IPv4Address, length: Int) throws(SystemError) {
        let mask = length == 0 ? 0 : UInt32.max << UInt32(32 - length)
        try must("SIOCSIFADDR") { unsafe clinux_link_set_ipv4(name, address.bits, mask) }
    }

    public func bringUp() throws(SystemError) {
        try must("SIOCSIFFLAGS") { unsafe clinux_link_up(name) }
    }
}
