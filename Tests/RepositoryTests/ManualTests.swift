// SPDX-License-Identifier: BSD-2-Clause
import Stf
import Control
import Foundation
import KernelPrograms
import TestSupport
import Testing

@testable import Dataplane
@testable import inet6ctl
@testable import Tool
@testable import Words

/// The manual pages say all that the sources know, and no more.
@Suite struct ManualTests {
    @Test func everyExecutableHasAManualPage() throws {
        let bare = try Repository.executables().filter { name in
            !["1", "8"].contains { Repository.exists("man/\(name).\($0)") }
        }
        #expect(bare == [])
    }

    @Test func everyExecutableIsCompletedInEachShell() throws {
        let files = try Repository.executables().flatMap {
            ["_\($0)", "\($0).bash", "\($0).fish"]
        }
        #expect(files.filter { !Repository.exists("completions/\($0)") } == [])
    }

    private static let tools: [(String, [InterfaceKind])] = [
        ("stfctl.8", [.stf]), ("faithctl.8", [.faith]), ("puppetctl.8", [.vamp, .puppet]),
    ]

    /// `.It Cm description Ar text | Cm \-description`, `.It Cm stfv4net Ar address Ns / Ns Ar length`
    @Test(arguments: tools)
    func theWordsAreThoseOfTheTable(_ page: String, _ kinds: [InterfaceKind]) throws {
        let said = try Page(page).section("Parameters").filter { $0.hasPrefix(".It Cm ") }.map(words(ofItem:))
        #expect(said.sorted() == Set(kinds.flatMap { Vocabulary($0).words.map(words(of:)) }).sorted())
    }

    /// `description text | -description`
    private func words(ofItem line: String) -> String {
        // A length may follow an address anywhere.
        String(line.dropFirst(4)).replacing(" Ns Op / Ns Ar length", with: "")
            .replacing(" Ns / Ns Ar ", with: "/").replacing("Oo ", with: "[").replacing(" Oc", with: "]")
            .replacing(#/\b(Ar|Cm) /#, with: "").replacing("\\-", with: "-")
    }

    private func words(of word: Word) -> String {
        let argument = word.argument.map { " \($0)" } ?? ""
        let undoing =
            switch word.negation {
            case .none: ""
            case .plain: " | -\(word.text)"
            case .naming: " | -\(word.text)\(argument)"
            }
        return word.text + argument + undoing
    }

    @Test(arguments: tools)
    func everyOtherSpellingIsSaid(_ page: String, _ kinds: [InterfaceKind]) throws {
        let lines = try Repository.lines("man/\(page)")
        let synonyms = kinds.flatMap { Vocabulary($0).words.flatMap(\.synonyms) }
        #expect(synonyms.count >= 4 && synonyms.filter { !lines.contains(".Cm \($0) .") } == [])
    }

    @Test(arguments: [
        ("stfctl.8", InterfaceTool.knownOptions), ("faithctl.8", InterfaceTool.knownOptions),
        ("puppetctl.8", InterfaceTool.knownOptions),
        ("inet6ctl.8", VariableOptions.known + AddressTool.knownOptions),
    ])
    func theOptionsAreThoseThatAreKnown(_ page: String, _ known: String) throws {
        let letters = try Repository.lines("man/\(page)").filter { $0.hasPrefix(".It Fl ") }
            .compactMap { $0.dropFirst(7).first }.filter { $0 != "-" }
        #expect(letters.sorted() == known.filter { $0 != ":" }.sorted())
    }

    /// `.Pq Li outer-destination- Ns Ar rule , Li outer-source- Ns Ar rule ,` with `.It Li loopback Ta 127.0.0.0/8`, or a
    /// whole name, `.Pq Li no-next-hop ,`
    @Test func theReasonsOfDropsAreThoseThatAreCounted() throws {
        let lines = try Repository.lines("man/stf.4")
        let rules = lines.compactMap { $0.firstMatch(of: /^\.It Li (\S+) Ta\b/).map { String($0.1) } }
        let said = lines.filter { $0.hasPrefix(".Pq Li ") }.flatMap {
            $0.matches(of: /Li ([a-z][a-z0-9-]+)( Ns Ar rule)?/)
        }
        let names = Set(said.filter { $0.2 == nil }.map { String($0.1) })
        let families = Set(said.filter { $0.2 != nil }.map { String($0.1) })
        let counted = Set(StfDrop.all.map(\.name))
        #expect(names.subtracting(counted).sorted() == [])
        let unsaid = counted.subtracting(names).filter { name in
            !rules.contains { name.hasSuffix($0) && families.contains(String(name.dropLast($0.count))) }
        }
        #expect(unsaid.sorted() == [])
    }

    /// `.It Va net.link.stf.ttl : No 40`, or without a value where that depends on the kernel.
    @Test func theVariablesAreThoseOfTheMIB() throws {
        let lines = try Repository.lines("man/stf.4") + Repository.lines("man/inet6.4")
        let said = lines.compactMap { $0.firstMatch(of: /^\.It Va (net\.\S+)( : No (\S+))?$/) }
        let known = MIBVariable.allCases.map { "\($0.rawValue) \($0.declaration.standard.map(String.init) ?? "")" }
        #expect(said.map { "\($0.1) \($0.3 ?? "")" }.sorted() == known.sorted())
    }

    /// `.Bq 1..255 hops; each Li net.ipv6.conf.*.hop_limit` on the line behind the name in inet6(4).
    @Test func rangesUnitsAndPlacesAreThoseOfTheMIB() throws {
        let lines = try Repository.lines("man/inet6.4")
        let said = zip(lines, lines.dropFirst()).compactMap { item, line in
            item.firstMatch(of: /^\.It Va (net\.\S+)/).map { "\($0.1) \(line.replacing("\\-", with: "-"))" }
        }
        let known = MIBVariable.allCases.filter { !$0.rawValue.hasPrefix("net.link.") }
            .map { "\($0.rawValue) .Bq \(brackets($0.declaration))" }
        #expect(said.sorted() == known.sorted())
    }

    private func brackets(_ declaration: MIBDeclaration) -> String {
        let range = "\(declaration.range.lowerBound)..\(declaration.range.upperBound)"
        let values = [declaration.isWritable ? range : nil, declaration.unit].compactMap(\.self).joined(separator: " ")
        return (values.isEmpty ? "" : "\(values); ") + word(for: declaration.storage)
    }

    private func word(for storage: MIBDeclaration.Storage) -> String {
        switch storage {
        case .interfaces: "interfaces"
        case .node: "node"
        case .program: "program"
        case .kernel(let key):
            (key.scope == .node ? "kernel" : "\(key.scope)") + " Li \(key.pattern.replacing("/", with: "."))"
        case .count: "count"
        case .constant: "constant"
        case .obsolete: "obsolete"
        }
    }

    /// mandoc(1) has nothing to warn of, and finds each of our pages that another refers to.
    @Test func mandocIsContent() throws {
        let pages = try Repository.files(below: "man")
        let scratch = FileManager.default.temporaryDirectory.appending(path: "hydrangea-man-\(getpid())")
        defer { try? FileManager.default.removeItem(at: scratch) }
        for page in pages {
            let directory = scratch.appending(path: "man\(page.suffix(1))")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            let file = Executables.package.appending(path: page)
            try FileManager.default.copyItem(at: file, to: directory.appending(path: file.lastPathComponent))
        }
        let own = pages.compactMap { $0.split(separator: "/").last?.split(separator: ".").first }
        let files = pages.map { Executables.package.appending(path: $0).path }
        let mandoc = try RunningCommand(
            ["mandoc", "-Tlint", "-Wstyle"] + files, scratch: scratch, environment: ["MANPATH": scratch.path])
        let objections = try mandoc.wait().lines.filter { line in
            guard let reference = line.firstMatch(of: /referenced manual not found: Xr (\S+)/) else {
                return !line.contains(" STYLE: ")
            }
            return own.contains(reference.1)
        }
        #expect(objections == [])
    }
}
