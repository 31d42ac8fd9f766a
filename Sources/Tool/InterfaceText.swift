// SPDX-License-Identifier: BSD-2-Clause
import Control

/// How much of an interface to print.
package struct InterfaceDetail: OptionSet, Sendable {
    package let rawValue: Int

    package init(rawValue: Int) {
        self.rawValue = rawValue
    }

    /// `-L`
    package static let lifetimes = InterfaceDetail(rawValue: 1)
    /// `-v`
    package static let counters = InterfaceDetail(rawValue: 2)
    /// `stf0 inet6`
    package static let addressesOnly = InterfaceDetail(rawValue: 4)
}

extension InterfaceStatus {
    /// The lines of ifconfig(8), FreeBSD 14's, those of the kind, and with `-v` counters below them.
    /// - Parameters:
    ///   - settings: what ifconfig(8) says of this kind only.
    ///   - more: what it does not say.
    func text(_ detail: InterfaceDetail, settings: [String], _ more: [String]) -> String {
        var bits = BitText()
        for flag in flags { bits.add(flag.rawValue, flag.bit) }
        var lines = ["\(name): flags=\(bits.text) metric 0 mtu \(mtu)"]
        if let description, !detail.contains(.addressesOnly) { lines.append("\tdescription: \(description)") }
        lines += inet6.map { "\t" + $0.text(lifetimes: detail.contains(.lifetimes), of: index) }
        if !nd6.isEmpty {
            var bits = BitText()
            for option in nd6 { bits.add(option.rawValue, option.bit) }
            lines.append("\tnd6 options=\(bits.text)")
        }
        if !detail.contains(.addressesOnly) {
            lines += settings
            lines.append("\tgroups: \(kindName)")
            lines += more
        }
        if detail.contains(.counters), let counters { lines += counters.lines }
        return lines.reduce("") { $0 + $1 + "\n" }
    }

    /// Without those that have a zone, which somebody else gave to the kernel.
    private var addresses: [AddressStatus] {
        inet6.filter { !$0.address.utf8.contains(UInt8(ascii: "%")) }
    }

    /// For `-c`, a change for each address behind the first.
    var furtherAddresses: [Change] {
        addresses.dropFirst().map { address in
            var change = Change(interface: name)
            change.inet6 = address.recreation
            // An address would bring it up.
            change.up = flags.contains(.up)
            return change
        }
    }

    /// The change that makes an interface like this one from nothing, for `-c`.
    var recreation: Change {
        var change = Change(interface: name)
        change.create = true
        change.description = description
        change.mtu = mtu
        change.inet6 = addresses.first?.recreation
        change.up = flags.contains(.up)
        return change
    }
}

extension CounterStatus {
    /// Only reasons that occurred.
    fileprivate var lines: [String] {
        var lines: [String] = []
        for direction in Direction.allCases {
            let traffic = direction == .input ? input : output
            lines.append("\t\(direction.rawValue): \(traffic.packets) packets, \(traffic.bytes) bytes")
            for drop in drops where drop.direction == direction && drop.packets > 0 {
                lines.append("\t\t\(drop.packets) dropped: \(drop.reason) (\(drop.description))")
            }
        }
        return lines
    }
}

extension AddressStatus {
    fileprivate var recreation: AddressChange {
        var change = AddressChange(address: address)
        change.prefixlen = prefixlen
        if anycast { change.anycast = true }
        // Said also when they are for ever: an address that is there keeps what is not said.
        if deprecated { change.deprecated = true } else { change.pltime = pltime ?? -1 }
        change.vltime = vltime ?? -1
        return change
    }

    /// - Parameter index: of the interface, which is the zone of an address that has one.
    fileprivate func text(lifetimes: Bool, of index: Int) -> String {
        var text = "inet6 \(address) prefixlen \(prefixlen)"
        if anycast { text += " anycast" }
        if tentative { text += " tentative" }
        if duplicated { text += " duplicated" }
        if deprecated { text += " deprecated" }
        if address.utf8.contains(UInt8(ascii: "%")) { text += " scopeid 0x\(String(index, radix: 16))" }
        if lifetimes {
            text += " pltime \(pltime.map(String.init) ?? "infty") vltime \(vltime.map(String.init) ?? "infty")"
        }
        return text
    }
}

/// `41<UP,RUNNING>`; `0` alone, as FreeBSD 14 has it. Not generic, and without an array of pairs: their metadata would
/// cost as much as printing does.
package struct BitText {
    private var number: UInt32 = 0
    private var names = ""

    package init() {}

    package mutating func add(_ name: String, _ bit: UInt32) {
        number |= bit
        names += names.isEmpty ? name : "," + name
    }

    package var text: String {
        let digits = String(number, radix: 16)
        return names.isEmpty ? digits : "\(digits)<\(names.uppercased())>"
    }
}
