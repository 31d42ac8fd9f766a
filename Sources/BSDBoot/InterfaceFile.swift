// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Words

/// An interface's own file: hostname.if(5) of OpenBSD, ifconfig.if(5) of NetBSD. An empty one makes the interface.
extension BSDBoot {
    mutating func readInterface(_ name: String, _ path: String, _ text: String) {
        guard BSDBoot.isOurs(name) else { return note(path, "\(name): no interface of inet6d") }
        create(name)
        for (number, line) in BSDBoot.lines(of: text) {
            let place = "\(path):\(number)"
            if line.hasPrefix("!") {
                readCommand(String(line.dropFirst()), of: name, at: place)
            } else if let words = try? CommandFile.lines(of: line).first?.words {
                readWords(words, of: name, at: place)
            } else {
                note(place, "unclosed quote")
            }
        }
    }

    /// Those that say something. A `\` at the end goes on with the next.
    private static func lines(of text: String) -> [(number: Int, line: String)] {
        var lines: [(number: Int, line: String)] = []
        var begun: (number: Int, line: String)?
        for (index, part) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let trimmed = part.drop { $0 == " " || $0 == "\t" || $0 == "\u{FEFF}" }
            let whole = (begun?.line ?? "") + trimmed.filter { $0 != "\r" }
            let number = begun?.number ?? index + 1
            begun = whole.hasSuffix("\\") ? (number, String(whole.dropLast())) : nil
            if begun == nil, !whole.isEmpty, !whole.hasPrefix("#") { lines.append((number, whole)) }
        }
        if let begun, !begun.line.isEmpty { lines.append(begun) }
        return lines
    }

    private mutating func readWords(_ words: [String], of name: String, at place: String) {
        switch words.first {
        // How the interface itself is made is said already.
        case "create": say(Array(words.dropFirst()), of: name, at: place)
        case "dhcp", "rtsol", "autoconf", "bridge": note(place, "\(words[0]): has no meaning on \(name)")
        case "dest": note(place, "dest: who the peer is follows from the address")
        case "inet6": sayAddress(BSDBoot.withLength(words), of: name, at: place)
        case "description", "descr":
            say(["description", words.dropFirst().joined(separator: " ")], of: name, at: place)
        default: say(words, of: name, at: place)
        }
    }

    /// The word after the address is its length: `inet6 alias 2001:db8::1 64`.
    private static func withLength(_ words: [String]) -> [String] {
        var words = words
        let isAlias = words.count > 1 && words[1] == "alias"
        if isAlias { words.remove(at: 1) }
        if words.count > 2, IPv6Address(words[1]) != nil, Int(words[2]) != nil { words.insert("prefixlen", at: 2) }
        return words + (isAlias ? ["alias"] : [])
    }

    /// Only what route(8) would do has a meaning here.
    private mutating func readCommand(_ command: String, of name: String, at place: String) {
        let words = command.split { $0 == " " || $0 == "\t" }.map(String.init)
        let program = words.first?.split(separator: "/").last
        let rest = words.dropFirst().filter { !["-q", "-n", "-qn", "-nq"].contains($0) }
        guard program == "route", rest.first == "add", rest.contains("-inet6") || rest.contains("default") else {
            return note(place, "!\(command): nothing is run")
        }
        let route = rest.dropFirst().filter { !["-net", "-host"].contains($0) }
        sayRoute(route.map { $0 == "$if" || $0 == "\\$if" ? name : $0 }, of: name, at: place)
    }
}
