// SPDX-License-Identifier: BSD-2-Clause
import Control
import Testing

/// The walls between the rooms of the source: kinds of interfaces do not name each other, what is common names no kind, and
/// C and what is unsafe stay where they belong. It reads the sources as a person would who looks for names.
@Suite struct WallTests {
    private static let kinds = InterfaceKind.allCases.map {
        $0.rawValue.prefix(1).uppercased() + $0.rawValue.dropFirst()
    }

    /// Folders of `Dataplane` that know no kind.
    private static let common = ["Addresses", "Boot", "Host", "Interfaces", "Metrics", "Node", "Packets", "Variables"]

    /// What a new kind touches besides its own files. In the four that switch over kinds the compiler asks for it.
    private static let touched = [
        "Package.swift",
        "Sources/Control/Change.swift",
        "Sources/Control/InterfaceStatus.swift",
        "Sources/Control/Kinds/KindChange.swift",
        "Sources/Control/io.hydrangea.ifnet.varlink",
        "Sources/Dataplane/Interfaces/KindRecord.swift",
        "Sources/Dataplane/Kinds.swift",
        "Sources/Dataplane/Varlink/Endpoints.swift",
        "Sources/Words/Vocabulary.swift",
    ]

    /// `net.link.stf` is a place in the MIB, whatever kinds there are.
    private static let others = ["Sources/Dataplane/Variables/MIBNode.swift"]

    @Test func `a kind names no other kind`() throws {
        var offenders: [String] = []
        for kind in WallTests.kinds {
            let names = try WallTests.declared(in: WallTests.room(kind))
            try #require(!names.isEmpty, "\(kind)")
            for other in WallTests.kinds where WallTests.folder(other) != WallTests.folder(kind) {
                for path in try WallTests.room(other) { offenders += try WallTests.naming(names, in: path) }
            }
        }
        #expect(offenders == [])
    }

    @Test func `what is common names no kind`() throws {
        let names = try WallTests.declared(in: WallTests.kinds.flatMap { try WallTests.room($0) })
        let paths = try WallTests.common.flatMap {
            try Repository.files(below: "Sources/Dataplane/\($0)", suffix: ".swift")
        }
        let offenders = try paths.flatMap { try WallTests.naming(names, in: $0) }
        #expect(Set(offenders.map(WallTests.path)) == ["Sources/Dataplane/Interfaces/KindRecord.swift"])
    }

    /// Nobody else names a case of `InterfaceKind`, `KindRecord` or `KindChange` outside of that kind's own files.
    @Test func `a new kind touches nine files`() throws {
        #expect(WallTests.touched.count == 9)
        for path in WallTests.touched {
            let text = try Repository.text(path).lowercased()
            #expect(text.contains(InterfaceKind.faith.rawValue), "\(path)")
        }
        let cases = InterfaceKind.allCases.map { ".\($0.rawValue)" }
        let own = Set(try WallTests.kinds.flatMap { try WallTests.room($0) })
        let paths = try ["Control", "Dataplane", "Tool", "Words"]
            .flatMap { try Repository.files(below: "Sources/\($0)", suffix: ".swift") }
            .filter { !own.contains($0) && !WallTests.isOwn($0) }
        let places = try paths.flatMap { path in
            try WallTests.lines(path) { line in cases.contains { WallTests.has(line, $0) } }
        }
        #expect(Set(places.map(WallTests.path)).subtracting(WallTests.touched) == Set(WallTests.others))
    }

    @Test func `no kind is taken for granted`() throws {
        let forbidden = ["isStf", "isFaith", "?? .stf", "?? .faith"]
        let paths = try Repository.files(below: "Sources", suffix: ".swift")
        let offenders = try paths.flatMap { path in
            try WallTests.lines(path) { line in forbidden.contains { line.contains($0) } }
        }
        #expect(offenders == [])
    }

    /// Elsewhere it is their types that are spoken of.
    @Test func `C and what is unsafe stay where they belong`() throws {
        let rooms = [
            "Sources/KernelPrograms/", "Sources/Netlink/", "Sources/PacketFilter/", "Sources/PuppetTLS/",
            "Sources/SystemIO/", "Sources/bpfembed/",
        ]
        let others = try Repository.files(below: "Sources", suffix: ".swift")
            .filter { path in !rooms.contains { path.hasPrefix($0) } }
        let glibc = try others.flatMap { path in try WallTests.lines(path) { $0.contains("import Glibc") } }
        #expect(glibc == [])
        let unsafe = try others.flatMap { path in
            try WallTests.lines(path) { line in line.contains(/\bunsafe\b|\bUnsafe|@safe\b|withUnsafe/) }
        }
        #expect(
            Set(unsafe.map(WallTests.path)) == ["Sources/Internet/PacketBytes.swift", "Sources/Relay/Slab.swift"])
    }

    // MARK: reading

    /// The files of a kind's own folder in `Dataplane`.
    private static func room(_ kind: String) throws -> [String] {
        try Repository.files(below: "Sources/Dataplane/\(folder(kind))", suffix: ".swift")
    }

    /// A vamp and a puppet are the two ends of one tunnel, and live together.
    private static func folder(_ kind: String) -> String { kind == "Vamp" ? "Puppet" : kind }

    /// Whether a file's name begins with a kind's: `Words/StfWords.swift`, `Varlink/FaithEndpoint.swift`.
    private static func isOwn(_ path: String) -> Bool {
        let name = path.split(separator: "/").last ?? ""
        return kinds.contains { name.hasPrefix($0) }
    }

    /// The types that files declare.
    private static func declared(in paths: [String]) throws -> Set<String> {
        let declaration = /(?:class|struct|enum|protocol) ([A-Z][A-Za-z0-9]*)/
        return try paths.reduce(into: []) { names, path in
            for line in try Repository.lines(path) where !line.hasPrefix(" ") {
                if let match = code(line).firstMatch(of: declaration) { names.insert(String(match.1)) }
            }
        }
    }

    /// `Sources/Dataplane/Host/Host.swift:7`, for each line that names one of these.
    private static func naming(_ names: Set<String>, in path: String) throws -> [String] {
        try lines(path) { line in
            line.matches(of: /[A-Za-z_][A-Za-z0-9_]*/).contains { names.contains(String($0.0)) }
        }
    }

    private static func lines(_ path: String, _ isOffending: (String) -> Bool) throws -> [String] {
        try Repository.lines(path).enumerated().filter { isOffending(code($1)) }.map { "\(path):\($0.offset + 1)" }
    }

    /// A line without its comment and without the texts in it.
    private static func code(_ line: String) -> String {
        let code = line.firstRange(of: "//").map { String(line[..<$0.lowerBound]) } ?? line
        return code.replacing(/"[^"]*"/, with: "\"\"")
    }

    /// Whether a word stands in a line by itself: `.stf` in `case .stf:`, and not in `kinds.stf`.
    private static func has(_ line: String, _ word: String) -> Bool {
        line.split { !$0.isLetter && !$0.isNumber && $0 != "." && $0 != "_" }.contains { $0 == word }
    }

    private static func path(_ place: String) -> String {
        String(place.split(separator: ":").first ?? "")
    }
}
