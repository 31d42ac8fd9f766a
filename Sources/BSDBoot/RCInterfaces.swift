// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
import Words

/// What rc.conf(5) says of interfaces, as network.subr of FreeBSD reads it, and NetBSD's rc.d/network.
extension BSDBoot {
    typealias Variable = RCVariables.Variable

    mutating func read(_ rc: inout RCVariables) {
        readCloned(&rc)
        readArguments(&rc)
        readAddresses(&rc)
        readSite(&rc)
        readFaith(&rc)
        readGateway(&rc)
        readRoutes(&rc)
        readWithoutEffect(&rc)
        for (place, text) in rc.takeNotes() { note(place, text) }
        sayUnread(rc.rest)
    }

    /// `cloned_interfaces="stf0 stf1:sticky"`, `create_args_stf0="…"`
    private mutating func readCloned(_ rc: inout RCVariables) {
        if let variable = rc.take("cloned_interfaces") {
            for word in variable.words {
                let name = word.split(separator: ":").first.map(String.init) ?? word
                guard BSDBoot.isOurs(name) else {
                    note(variable.place, "\(name): no interface of inet6d")
                    continue
                }
                create(name)
            }
        }
        for (name, variable) in rc.take(prefix: "create_args_") where BSDBoot.isOurs(name) {
            create(name)
            say(variable.words, of: name, at: variable.place)
        }
    }

    // MARK: ifconfig_stf0

    /// Words that say when and how to start, and are none of ifconfig(8).
    private static let starters: Set<String> = [
        "dhcp", "syncdhcp", "nosyncdhcp", "wpa", "hostap", "noauto", "up", "rtadv",
    ]

    private mutating func readArguments(_ rc: inout RCVariables) {
        var aliases: [(name: String, number: Int, variable: Variable)] = []
        for (rest, variable) in rc.take(prefix: "ifconfig_") {
            let parts = BSDBoot.parts(rest, "_")
            let name = parts[0]
            guard BSDBoot.isOurs(name) else {
                note(variable.place, "\(name): no interface of inet6d")
                continue
            }
            switch parts.count == 1 ? "" : parts[1] {
            case "":
                // The variable of NetBSD wins over the file.
                forget(name)
                create(name)
                readWords(variable, of: name)
            case "descr": say(["description", variable.value], of: name, at: variable.place)
            case "ipv6": readFamily(variable, of: name)
            case "aliases": readAliases(variable, of: name)
            case let other:
                if other.hasPrefix("alias"), let number = Int(other.dropFirst("alias".count)) {
                    aliases.append((name, number, variable))
                } else {
                    note(variable.place, "\(variable.name): has no meaning here")
                }
            }
        }
        read(aliases)
    }

    /// `up mtu 1480 link2`; of NetBSD, several with `;` between.
    private mutating func readWords(_ variable: Variable, of name: String) {
        for part in variable.value.split(separator: ";") {
            var words = part.split { $0 == " " || $0 == "\t" }.map(String.init)
            while let place = words.firstIndex(of: "vnet") {
                note(variable.place, "vnet \(words.dropFirst(place + 1).first ?? ""): there are no jails here")
                words.removeSubrange(place..<min(place + 2, words.count))
            }
            for word in words where BSDBoot.starters.contains(word.lowercased()) && word != "up" {
                if word.lowercased() == "noauto" {
                    leaveOut(name)
                    note(variable.place, "\(word): not made at boot, so there is no \(name).if")
                } else {
                    note(variable.place, "\(word): has no meaning on \(name)")
                }
            }
            if words.first == "create" { words.removeFirst() }
            words.removeAll { BSDBoot.starters.contains($0.lowercased()) && $0 != "up" }
            say(words, of: name, at: variable.place)
        }
    }

    /// `inet6 2002:c000:201::1`
    private mutating func readFamily(_ variable: Variable, of name: String) {
        var words = variable.words
        guard let first = words.first else { return }
        if first != "inet6" {
            if IPv6Address(BSDBoot.parts(first, "/")[0]) != nil {
                note(variable.place, "\(first): inet6 is missing in front, and taken for said")
                words.insert("inet6", at: 0)
            }
        }
        sayAddress(words, of: name, at: variable.place)
    }

    /// ifconfig(8) of FreeBSD takes 64 where no length is said.
    mutating func sayAddress(_ words: [String], of name: String, at place: String) {
        var words = words
        if words.first == "inet6", words.count > 1, IPv6Address(words[1]) != nil, !words.contains("prefixlen") {
            words.insert(contentsOf: ["prefixlen", "64"], at: 2)
            note(place, "\(words[1]): no length is said, which means prefixlen 64")
        }
        say(words, of: name, at: place)
    }

    // MARK: aliases

    /// `inet6 A inet6 B prefixlen 64`
    private mutating func readAliases(_ variable: Variable, of name: String) {
        var alias: [String] = []
        for word in variable.words + ["inet6"] {
            if word == "inet6" || word == "inet", !alias.isEmpty {
                readAlias(alias, variable.place, of: name)
                alias = []
            }
            alias.append(word)
        }
    }

    /// In the order of their numbers; an empty one ends them.
    private mutating func read(_ aliases: [(name: String, number: Int, variable: Variable)]) {
        var ended: Set<String> = []
        for (name, _, variable) in aliases.sorted(by: { ($0.name, $0.number) < ($1.name, $1.number) }) {
            if variable.words.isEmpty { ended.insert(name) }
            if ended.contains(name) {
                note(variable.place, "\(variable.name): an empty one has ended the aliases")
            } else {
                readAlias(variable.words, variable.place, of: name)
            }
        }
    }

    /// The last group may be a range: `inet6 2001:db8::1-f/64`.
    private mutating func readAlias(_ words: [String], _ place: String, of name: String) {
        guard words.count > 1, words[0] == "inet6", let addresses = BSDBoot.range(words[1]) else {
            return sayAddress(words, of: name, at: place)
        }
        for address in addresses {
            sayAddress(["inet6", address] + words.dropFirst(2) + ["alias"], of: name, at: place)
        }
    }

    /// Nil: it is none. As rc does, no more than 31.
    static func range(_ text: String) -> [String]? {
        let parts = text.split(separator: "/", maxSplits: 1).map(String.init)
        guard let address = parts.first, let dash = address.lastIndex(of: "-"),
            let colon = address[..<dash].lastIndex(of: ":"),
            let first = UInt16(address[colon..<dash].dropFirst(), radix: 16),
            let last = UInt16(address[dash...].dropFirst(), radix: 16), first <= last
        else { return nil }
        let length = parts.count == 2 ? "/\(parts[1])" : ""
        return (first...last).prefix(31).map { "\(address[...colon])\(String($0, radix: 16))\(length)" }
    }

    // MARK: other spellings

    /// `ipv6_ifconfig_stf0="A prefixlen 16"`, as it was before FreeBSD 9.
    private mutating func readAddresses(_ rc: inout RCVariables) {
        for (rest, variable) in rc.take(prefix: "ipv6_ifconfig_") {
            let name = BSDBoot.parts(rest, "_")[0]
            guard BSDBoot.isOurs(name) else {
                note(variable.place, "\(name): no interface of inet6d")
                continue
            }
            note(variable.place, "\(variable.name): obsolete since FreeBSD 9, and taken as it was")
            let words = variable.words
            sayAddress((words.first == "inet6" ? [] : ["inet6"]) + words, of: name, at: variable.place)
        }
    }
}
