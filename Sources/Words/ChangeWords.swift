// SPDX-License-Identifier: BSD-2-Clause
public import Control

extension Change {
    /// The words that `InterfaceCommand` would read as this change:
    /// `stf0 create inet6 2002:c000:201::1 prefixlen 16 up`.
    public var words: [String] {
        var words = [interface]
        if destroy == true { words.append(Word.destroy.rawValue) }
        if create == true { words.append(Word.create.rawValue) }
        if let description {
            words += description.isEmpty ? ["-description"] : [Word.description.rawValue, description]
        }
        if let mtu { words += [Word.mtu.rawValue, "\(mtu)"] }
        for (word, value) in [(Word.link0, link0), (.link1, link1), (.link2, link2)] {
            if let value { words.append(value ? word.rawValue : "-\(word.rawValue)") }
        }
        if let stfv4net { words += [Word.stfv4net.rawValue, stfv4net] }
        if let stfv4br { words += [Word.stfv4br.rawValue, stfv4br] }
        if let auto { words.append(auto ? Word.auto.rawValue : "-\(Word.auto.rawValue)") }
        if let faith { words += faith.words }
        if let inet6 { words += inet6.words }
        if let up { words.append(up ? Word.up.rawValue : Word.down.rawValue) }
        return words
    }

    /// The same as a line of a command file.
    public var line: String {
        words.map(CommandFile.quoted).joined(separator: " ")
    }
}

extension AddressChange {
    fileprivate var words: [String] {
        var words = [Word.inet6.rawValue, address]
        if let prefixlen { words += [Word.prefixlen.rawValue, "\(prefixlen)"] }
        if delete == true { words.append(Word.delete.rawValue) }
        if anycast == true { words.append(Word.anycast.rawValue) }
        if let deprecated { words.append(deprecated ? Word.deprecated.rawValue : "-\(Word.deprecated.rawValue)") }
        for (word, lifetime) in [(Word.pltime, pltime), (.vltime, vltime)] {
            if let lifetime { words += [word.rawValue, lifetime == -1 ? "infty" : "\(lifetime)"] }
        }
        return words
    }
}
