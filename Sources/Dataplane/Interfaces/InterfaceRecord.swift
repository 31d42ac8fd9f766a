// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet

/// What can be said about an interface with words: the state that plans start from and lead to.
struct InterfaceRecord: Equatable, Sendable {
    var name: String
    var description: String?
    /// Bytes.
    var mtu: Int
    var isUp = false
    var addresses: [AddressRecord] = []
    /// What only its kind has.
    var part: KindRecord

    var kind: InterfaceKind { part.kind }

    init(new name: String, kind: InterfaceKind) {
        self.init(new: name, KindRecord(new: kind))
    }

    init(new name: String, _ part: KindRecord) {
        self.name = name
        self.part = part
        mtu = part.rules.defaultMTU
    }
}

struct AddressRecord: Equatable, Sendable {
    var address: IPv6Address
    var prefixLength: Int
    var isAnycast = false
    /// Seconds; nil is for ever. Zero preferred is deprecated.
    var preferred: UInt32?
    var valid: UInt32?

    /// `inet6 2002:c000:201::1/16`
    var words: String { "inet6 \(address)/\(prefixLength)" }
}

extension InterfaceKind {
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

extension Refusal {
    static func notFound(_ name: String) -> Refusal {
        Refusal(name, nil, .ENXIO, InterfaceKind.parse(name) == nil ? "not an interface of inet6d" : nil)
    }
}
