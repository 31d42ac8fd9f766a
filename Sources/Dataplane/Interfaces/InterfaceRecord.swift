// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet

/// What can be said about an interface with words: the state that plans start from and lead to.
struct InterfaceRecord: Equatable, Sendable {
    var name: String
    var kind: InterfaceKind
    var description: String?
    /// Bytes.
    var mtu: Int
    var linkFlags = LinkBits()
    var sixRD = SixRD()
    /// Whether the address follows the IPv4 address of the default route.
    var isAuto = false
    var faith = FaithRecord()
    var isUp = false
    var addresses: [AddressRecord] = []

    init(new name: String, kind: InterfaceKind) {
        self.name = name
        self.kind = kind
        mtu = kind.defaultMTU
    }
}

struct AddressRecord: Equatable, Sendable {
    var address: IPv6Address
    var prefixLength: Int
    var isAnycast = false
    /// Seconds; nil is for ever. Zero preferred is deprecated.
    var preferred: UInt32?
    var valid: UInt32?
}

extension InterfaceKind {
    /// Of stf, IPv6's minimum: an outer packet of 1300 bytes fits everywhere (RFC 4213 §3.2.1).
    var defaultMTU: Int {
        switch self {
        case .stf: 1280
        case .faith: 1500
        }
    }

    var mtus: ClosedRange<Int> {
        switch self {
        case .stf: 1280...65_515  // 65535 less the IPv4 header
        case .faith: 1280...65_535
        }
    }

    /// `stf` and nil for `stf`, `stf` and 0 for `stf0`; nil for a name that no cloner makes: `eth0`, `stf00`, `stfx`.
    static func parse(_ name: String) -> (kind: InterfaceKind, unit: Int?)? {
        for kind in allCases where name.hasPrefix(kind.rawValue) {
            let digits = name.dropFirst(kind.rawValue.count)
            if digits.isEmpty { return (kind, nil) }
            guard let unit = Int(digits), String(unit) == digits, (0...0x7FFF).contains(unit) else { return nil }
            return (kind, unit)
        }
        return nil
    }
}
