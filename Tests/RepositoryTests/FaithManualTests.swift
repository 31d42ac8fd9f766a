// SPDX-License-Identifier: BSD-2-Clause
import Control
import FaithControl
import KernelPrograms
import Relay
import Testing
import Words

@testable import Dataplane
@testable import Faith

/// The manual pages of faith(4) say all that the sources know, and no more.
@Suite struct FaithManualTests {
    /// `.It Li no-rule`, and `.It Li destination- Ns Ar rule` with `.It Li loopback Ta 127.0.0.0/8` for each.
    @Test func theRefusalsAreThoseThatAreCounted() throws {
        let page = try Page("faith.4")
        let rules = page.lines.compactMap { $0.firstMatch(of: /^\.It Li (\S+) Ta\b/).map { String($0.1) } }
        let said = page.items(of: "Refusals").flatMap { name in
            name.hasSuffix("-") ? rules.map { name + $0 } : [name]
        }
        #expect(said.sorted() == RelayRefusal.all.map(\.name).sorted())
    }

    @Test func theEndsAreThoseThatAreCounted() throws {
        #expect(try Page("faith.4").items(of: "Ends").sorted() == RelayEnd.allCases.map(\.name).sorted())
    }

    /// Those of captured packets, which the kernel counts, and those of others.
    @Test func theReasonsOfDropsAreThoseThatAreCounted() throws {
        let said = try Page("faith.4").items(of: "What is answered")
        #expect(said.sorted() == (FaithReason.all.map(\.name) + FaithDrop.allCases.map(\.name)).sorted())
    }

    /// `.It Li 504`: what the client of FTP is told.
    @Test func theRepliesOfFTPAreThoseOfTheRelay() throws {
        let verbs: [FTPVerb?] = FTPVerb.allCases + [nil]
        let known = FTPRefusal.allCases.flatMap { refusal in
            verbs.compactMap { refusal.reply(to: $0)?.prefix(3) }.map(String.init)
        }
        #expect(try Page("faith.4").items(of: "FTP").sorted() == Set(known).sorted())
    }

    @Test func theStatesOfSessionsAreThoseThatThereAre() throws {
        let said = try Page("faithctl.8").items(of: "Sessions")
        #expect(said.sorted() == SessionStatus.State.allCases.map(\.rawValue).sorted())
    }

    // MARK: numbers

    private static var limits: [(word: String, standard: Int)] {
        let settings = RelaySettings()
        let seconds = { (time: Duration?) in Int(time?.components.seconds ?? 0) }
        return [
            ("idle", seconds(settings.idleTimeout)), ("connecttime", seconds(settings.connectTimeout)),
            ("keepalive", seconds(settings.keepalive)), ("usertime", seconds(settings.userTimeout)),
            ("maxsessions", settings.maximumSessions), ("maxrate", settings.newSessionsPerSecondInAll ?? 0),
            ("clientsessions", settings.sessionsPerClient), ("clientrate", settings.newSessionsPerSecond),
            ("clientlen", settings.clientPrefixLength),
        ]
    }

    /// `.It Cm idle Ta 1800 Ta seconds that both sides may be silent`
    @Test func theDefaultsOfLimitsAreThoseOfTheRelay() throws {
        let said = try Page("faith.4").lines.compactMap { $0.firstMatch(of: /^\.It Cm (\w+) Ta (\d+) Ta\b/) }
        #expect(said.map { "\($0.1) \($0.2)" } == FaithManualTests.limits.map { "\($0.word) \($0.standard)" })
    }

    /// `The default is 1800, half an hour.` or `0, which is the default,` below `.It Cm idle Ar seconds`
    @Test func theToolHasTheSameDefaults() throws {
        let page = try Page("faithctl.8")
        for (word, standard) in FaithManualTests.limits {
            let text = page.item("Cm \(word) Ar \(try #require(Vocabulary(.faith).named(word)?.word.argument))")
            let said = text.firstMatch(of: /default is (\d+)|(\d+), which is the default/)
            #expect((said?.1 ?? said?.2).flatMap { Int($0) } == standard, "\(word): \(text)")
        }
    }

    /// What a sentence of a page says of a number that is somewhere in the sources.
    @Test(arguments: [
        ("faith.4", "64 at a time", FaithCapture.slots),
        ("faith.4", "The MTU is 1500 bytes", FaithRecord().defaultMTU),
        ("faith.4", "can be set from 1280 to", FaithRecord().mtus.lowerBound),
        ("faith.4", "to 65535. It makes", FaithRecord().mtus.upperBound),
        ("faithctl.8", "largest packet: 1280 to", FaithRecord().mtus.lowerBound),
        ("faithctl.8", "to 65535. The default", FaithRecord().mtus.upperBound),
        ("faithctl.8", "The default is 1500.", FaithRecord().defaultMTU),
        ("faith.4", "with metric 1, so", Int(FaithRoutes.metric)),
        ("faith.4", "for 120 seconds", Int(RelaySettings().dataTimeout.components.seconds)),
        ("faith.4", "At most 40 run", RelaySettings().maximumPrograms),
        ("faith.4", "More than 256 commands", FTPRelay.pendingLimit),
        ("faith.4", "command is longer than 8200 bytes", FTPLineBuffer.limit),
        ("faith.4", "reply is longer than 8200 bytes", FTPLineBuffer.limit),
        ("faithd.conf.5", "at most 1024 bytes", AccessFile.lineLimit),
        ("faithd.conf.5", "at most 4096 rules", AccessList.limit),
    ])
    func theNumberIsThatOfTheSources(_ name: String, _ phrase: String, _ number: Int) throws {
        #expect(try Page(name).text.contains(phrase))
        #expect(phrase.matches(of: /\d+/).contains { Int($0.0) == number }, "\(number)")
    }

    // MARK: the contract

    /// `.It Va idle Ta number Ta seconds; absent if it is 0`, in the four tables of faithctl(8).
    @Test(arguments: [(0, "Status"), (1, "Relay"), (2, "Counters"), (3, "Session")])
    func theKeysAreThoseOfTheContract(_ table: Int, _ type: String) throws {
        let tables = try Page("faithctl.8").tables
        try #require(tables.count == 4)
        let said = tables[table].compactMap { $0.firstMatch(of: /^\.It Va (\w+) Ta (\w+) Ta\b/) }
        let interface = try #require(VarlinkInterface.faith)
        guard case .structure(let fields) = interface.types[type] else {
            Issue.record("\(type) is no structure")
            return
        }
        #expect(said.map { "\($0.1) \($0.2)" } == fields.map { "\($0.name) \(name(of: $0.type))" })
    }

    private func name(of type: VarlinkType) -> String {
        switch type {
        case .optional(let type): name(of: type)
        case .bool: "boolean"
        case .integer, .float: "number"
        case .string, .enumeration: "string"
        case .array: "array"
        default: "object"
        }
    }

    @Test(arguments: SessionEvent.Event.allCases)
    func everyEventIsSaid(_ event: SessionEvent.Event) throws {
        let lines = try Page("faithctl.8").lines
        #expect(lines.contains { $0.hasPrefix(".Dq \(event.rawValue) ") || $0 == ".Dq \(event.rawValue)" })
    }

    /// What the socket speaks: a file each, and a name in inet6d(8).
    @Test func everyInterfaceOfTheSocketIsNamed() throws {
        let files = try Repository.files(below: "Sources", suffix: ".varlink")
        let known = files.compactMap { $0.split(separator: "/").last?.dropLast(".varlink".count) }
        let said = try Page("inet6d.8").text.matches(of: /(?:io\.hydrangea|org\.varlink)\.[a-z0-9]+/).map(\.0)
        #expect(Set(said).sorted() == Set(known).sorted())
    }
}

/// A manual page, in pieces.
struct Page {
    let lines: [String]

    init(_ name: String) throws {
        lines = try Repository.lines("man/\(name)")
    }

    /// In one line, without the macros that stand alone.
    var text: String { lines.joined(separator: " ") }

    /// The names of `.It Li no-rule` in a subsection, without what comes behind them; rows of tables are not among them.
    func items(of subsection: String) -> [String] {
        section(subsection).compactMap { $0.firstMatch(of: /^\.It Li (\S+)(?: Ns Ar rule)?$/).map { String($0.1) } }
    }

    func section(_ name: String) -> ArraySlice<String> {
        lines.drop { $0 != ".Ss \(name)" }.dropFirst().prefix { !$0.hasPrefix(".Ss ") && !$0.hasPrefix(".Sh ") }
    }

    /// What stands below an item.
    func item(_ head: String) -> String {
        let rest = lines.drop { $0 != ".It \(head)" }.dropFirst()
        return rest.prefix { !$0.hasPrefix(".It ") && $0 != ".El" }.joined(separator: " ")
    }

    /// The lines of each `.Bl -column` list.
    var tables: [[String]] {
        lines.indices.filter { lines[$0].hasPrefix(".Bl -column") }.map { start in
            Array(lines[(start + 1)...].prefix { $0 != ".El" })
        }
    }
}
