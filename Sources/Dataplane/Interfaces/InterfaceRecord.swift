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
            guard let unit = Int(digits), String(unit) == digits, units.contains(unit) else { return nil }
            return (kind, unit)
        }
        return nil
    }

    /// As if_clone has them.
    static let units = 0...0x7FFF
}

extension Refusal {
    /// `stf99999` has a unit beyond the last one, `stf07` none that is written so, and `eth0` is another's.
    static func noCloner(_ name: String) -> Refusal {
        let kind = InterfaceKind.allCases.first { name.hasPrefix($0.rawValue) }
        guard let kind, name.dropFirst(kind.rawValue.count).utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return Refusal(name, nil, .EINVAL, "no cloner makes this name")
        }
        let (first, last) = (InterfaceKind.units.lowerBound, InterfaceKind.units.upperBound)
        return Refusal(name, nil, .EINVAL, "\(kind.rawValue)\(first)..\(kind.rawValue)\(last)")
    }

    static func notFound(_ name: String) -> Refusal {
        Refusal(name, nil, .ENXIO, InterfaceKind.parse(name) == nil ? "not an interface of inet6d" : nil)
    }
}
