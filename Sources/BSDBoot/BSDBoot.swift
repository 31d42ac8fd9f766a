// SPDX-License-Identifier: BSD-2-Clause
import Control
import Words

/// What FreeBSD's rc.conf(5), OpenBSD's hostname.if(5) and NetBSD's ifconfig.if(5) say of our interfaces, as files of a boot
/// configuration. Nothing in them is ever run.
public struct BSDBoot: Sendable {
    /// A file that is to be made: `stf0.if`.
    public struct File: Equatable, Sendable {
        public let name: String
        public let lines: [String]
        public var text: String { lines.map { $0 + "\n" }.joined() }
    }

    /// What is not as it was there, or has no meaning here.
    public struct Note: Equatable, Sendable, CustomStringConvertible {
        /// `/etc/rc.conf:3`
        public let place: String
        public let text: String
        public var description: String { "\(place): \(text)" }
    }

    /// In the order of their names.
    public var files: [File] {
        let variables = variables.isEmpty ? [] : [File(name: "sysctl.conf", lines: variables)]
        return interfaces.filter { !absent.contains($0.key) }.sorted { $0.key < $1.key }.map { name, interface in
            File(name: "\(name).if", lines: interface.lines)
        } + variables
    }

    /// In the order in which it was read.
    public private(set) var notes: [Note] = []

    /// The file of one interface.
    private struct Interface {
        var creation = ["create"]
        var lines: [String] { [CommandFile.line(creation)] + commands }
        var commands: [String] = []
    }

    private var interfaces: [String: Interface] = [:]
    /// Those that are not made at boot.
    private var absent: Set<String> = []
    private var variables: [String] = []

    /// What reads a file: it is one of these by its name, else rc.conf.
    enum Kind: Equatable {
        case rc
        /// OpenBSD's.
        case hostname(String)
        /// NetBSD's.
        case ifconfig(String)

        init(_ path: String) {
            let name = path.split(separator: "/").last.map(String.init) ?? path
            if name.hasPrefix("hostname.") {
                self = .hostname(String(name.dropFirst("hostname.".count)))
            } else if name.hasPrefix("ifconfig.") {
                self = .ifconfig(String(name.dropFirst("ifconfig.".count)))
            } else {
                self = .rc
            }
        }
    }

    /// - Parameter files: the later ones win, but for an interface's own file, which a variable of rc.conf overrides.
    public init(reading files: [(path: String, text: String)]) {
        var rc: [(path: String, text: String)] = []
        for (path, text) in files {
            switch Kind(path) {
            case .rc: rc.append((path, text))
            case .hostname(let name), .ifconfig(let name): readInterface(name, path, text)
            }
        }
        var variables = RCVariables(reading: rc)
        for (place, text) in variables.notes { note(place, text) }
        read(&variables)
    }

    /// What is before the first separator, and what is behind it if there is one; either may be empty.
    static func parts(_ text: String, _ separator: Character) -> [String] {
        text.split(separator: separator, maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    }

    // MARK: what the readers say

    mutating func note(_ place: String, _ text: String) {
        notes.append(Note(place: place, text: text))
    }

    /// Whether inet6d has interfaces of such names.
    static func isOurs(_ name: String) -> Bool { kind(of: name) != nil }

    static func kind(of name: String) -> InterfaceKind? {
        guard let digit = name.firstIndex(where: \.isNumber), Int(name[digit...]) != nil else { return nil }
        return InterfaceKind(rawValue: String(name[..<digit]))
    }

    func has(_ name: String) -> Bool { interfaces[name] != nil }

    /// The first interface of a kind.
    func first(_ kind: String) -> String? {
        interfaces.keys.filter { BSDBoot.kind(of: $0)?.rawValue == kind }.min()
    }

    mutating func create(_ name: String, _ words: [String] = []) {
        interfaces[name, default: Interface()].creation += words
    }

    /// What was said of it before is no more.
    mutating func forget(_ name: String) { interfaces[name] = nil }

    mutating func leaveOut(_ name: String) { absent.insert(name) }

    /// One line for the interface, if it is one here.
    mutating func say(_ words: [String], of name: String, at place: String) {
        guard !words.isEmpty, let kind = BSDBoot.kind(of: name) else { return }
        do throws(WordError) {
            guard case .change = try InterfaceCommand(parsing: [name] + words, for: kind) else {
                return note(place, "\(words.joined(separator: " ")): changes nothing")
            }
            create(name)
            interfaces[name]?.commands.append(CommandFile.line(words))
        } catch {
            create(name)
            note(place, "left out: \(error.line)")
        }
    }

    mutating func set(_ variable: String) {
        if !variables.contains(variable) { variables.append(variable) }
    }
}
