// SPDX-License-Identifier: BSD-2-Clause
import Control
import Inet6Control
import Tool

extension Inet6Status {
    /// The lines of ifconfig(8), FreeBSD 14's.
    func text(_ detail: InterfaceDetail) -> String {
        var bits = BitText()
        for flag in flags { bits.add(flag.rawValue, flag.bit) }
        var lines = ["\(name): flags=\(bits.text) metric 0 mtu \(mtu)"]
        if let description, !detail.contains(.addressesOnly) { lines.append("\tdescription: \(description)") }
        lines += inet6.map { "\t" + $0.text(lifetimes: detail.contains(.lifetimes)) }
        if !nd6.isEmpty {
            var bits = BitText()
            for option in nd6 { bits.add(option.rawValue, option.bit) }
            lines.append("\tnd6 options=\(bits.text)")
        }
        return lines.reduce("") { $0 + $1 + "\n" }
    }
}

extension Inet6AddressStatus {
    fileprivate func text(lifetimes: Bool) -> String {
        var text = "inet6 \(address)"
        if let destination { text += " --> \(destination)" }
        text += " prefixlen \(prefixlen)"
        if anycast { text += " anycast" }
        if tentative { text += " tentative" }
        if duplicated { text += " duplicated" }
        if deprecated { text += " deprecated" }
        if autoconf { text += " autoconf" }
        if temporary { text += " temporary" }
        if let scopeid { text += " scopeid 0x\(String(scopeid, radix: 16))" }
        if lifetimes {
            text += " pltime \(pltime.map(String.init) ?? "infty") vltime \(vltime.map(String.init) ?? "infty")"
        }
        return text
    }
}
