// SPDX-License-Identifier: BSD-2-Clause
import Control
import Inet6Control
import Testing

@testable import Words

/// The tables of words: whose each is, and what it takes.
@Suite struct WordTests {
    /// Every word of a kind, what may follow it, and that it is not read and forgotten.
    @Test(arguments: InterfaceKind.allCases)
    func `every word does something`(kind: InterfaceKind) throws {
        let interface = "\(kind.rawValue)0"
        for word in Vocabulary(kind).words where word.place != .question && word.text != "check" {
            var words = [interface]
            if word.place == .detail { words += ["inet6", "2001:db8::1"] }
            if case .after(let head) = word.place { words += [head] + WordTests.arguments(of: head, in: kind) }
            let without = try InterfaceCommand(parsing: words, for: kind)
            let argument = WordTests.arguments(of: word.text, in: kind)
            let with = try InterfaceCommand(parsing: words + [word.text] + argument, for: kind)
            // But to add is what an address does anyway.
            #expect((with == without) == (word.text == "alias"), "\(word.text)")
            guard word.isNegatable, word.text != "description" else { continue }
            let undone = ["-\(word.text)"] + (word.takesArgument(negated: true) ? argument : [])
            let negated = try InterfaceCommand(parsing: words + undone, for: kind)
            #expect(negated != with && negated != without, "\(word.text)")
        }
    }

    static func arguments(of text: String, in kind: InterfaceKind) -> [String] {
        let arguments = [
            "description": ["x"], "mtu": ["1500"], "prefix": ["64:ff9b::/96"], "relay": ["23"], "local": ["/bin/cat"],
            "permit": ["::/0", "0.0.0.0/0"], "deny": ["::/0", "0.0.0.0/0"], "inet6": ["2001:db8::2"],
            "stfv4net": ["192.0.2.1/24"], "stfv4br": ["192.0.2.254"], "engine": ["kernel"], "xdp": ["eth0,eth1"],
            "option212": ["0 32 2001:db8:: 192.0.2.254", "192.0.2.1"], "route": ["default"],
            "listen": ["[::1]:7113"], "connect": ["192.0.2.1:7113"], "proto": ["1.3"], "copy": ["link,mtu"],
            "direction": ["in"], "peer": ["SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"], "exclude": ["auto"],
            "reconnect": ["1", "30"],
            "keepalive": kind == .faith ? ["1"] : ["10", "60"],
        ]
        return Vocabulary(kind).named(text)?.word.argument == nil ? [] : arguments[text] ?? ["1"]
    }

    /// What every kind of interface can do; one without a device has no MTU and no addresses.
    @Test(arguments: InterfaceKind.allCases)
    func `every kind has the common words`(kind: InterfaceKind) {
        let common = ["create", "destroy", "check", "description", "up", "down"]
        let ofDevices = InterfaceKind.withDevice.contains(kind) ? ["mtu", "inet6"] : []
        #expect((common + ofDevices).filter { Vocabulary(kind).named($0) == nil } == [])
    }

    @Test(arguments: InterfaceKind.allCases)
    func `no two words of a kind are helped with alike`(kind: InterfaceKind) {
        let helps = Vocabulary(kind).words.map(\.help)
        #expect(Set(helps).count == helps.count)
    }

    @Test func `what is said of any kind is said once`() {
        let words = Vocabulary.ofAllKinds.words.map(\.text)
        #expect(Set(words).count == words.count)
        #expect(Set(words) == Set(InterfaceKind.allCases.flatMap { Vocabulary($0).words.map(\.text) }))
        // In the order of each kind.
        for kind in InterfaceKind.allCases {
            let own = Vocabulary(kind).words.map(\.text)
            #expect(words.filter { own.contains($0) } == own)
        }
    }

    // MARK: addresses

    /// Whichever tool says them, words about an address mean the same.
    @Test(arguments: InterfaceKind.withDevice)
    func `the words about addresses are those of inet6ctl`(kind: InterfaceKind) throws {
        let ours = Vocabulary(kind).words.filter { $0.place == .detail }
        #expect(ours.count > 5)
        for word in ours {
            let theirs = try #require(Vocabulary.inet6.named(word.text)?.word, "\(word.text)")
            #expect(theirs.place == .detail && theirs.argument == word.argument && theirs.synonyms == word.synonyms)
            #expect(theirs.isNegatable == word.isNegatable)
            let arguments = word.argument == nil ? [nil] : ["0", "1", "128", "infty", "4294967295", "x", "", "-1"]
            for argument in arguments {
                for spelling in [word.text, "-\(word.text)"] + word.synonyms {
                    let words = ["x0", "inet6", "2001:db8::1", spelling] + [argument].compactMap(\.self)
                    #expect(WordTests.outcome(of: words, kind) == WordTests.outcome(of: words), "\(words)")
                }
            }
        }
    }

    /// And none of them is missing but what a kind does not have.
    @Test func `a kind has all words about addresses that it can have`() {
        let lacking = [InterfaceKind.stf: ["eui64"], .faith: ["anycast", "eui64"], .puppet: ["anycast", "eui64"]]
        for kind in InterfaceKind.withDevice {
            let theirs = Vocabulary.inet6.words.filter { $0.place == .detail }.map(\.text)
            #expect(theirs.filter { Vocabulary(kind).named($0) == nil } == lacking[kind])
        }
    }

    /// What the words come to: the change of the address, or the one line that says why not.
    private static func outcome(of words: [String], _ kind: InterfaceKind) -> String {
        do {
            guard case .change(let change) = try InterfaceCommand(parsing: words, for: kind) else { return "" }
            return change.line
        } catch {
            return error.line
        }
    }

    private static func outcome(of words: [String]) -> String {
        do {
            guard case .change(let change) = try AddressCommand(parsing: words) else { return "" }
            return change.line
        } catch {
            return error.line
        }
    }
}

extension Vocabulary {
    /// The words of one kind that another does not have.
    static func words(of kind: InterfaceKind, notOf other: InterfaceKind) -> [String] {
        Vocabulary(kind).words.map(\.text).filter { Vocabulary(other).named($0) == nil }
    }
}

extension InterfaceKind {
    /// Those whose interfaces are devices of the kernel's.
    static let withDevice = allCases.filter { $0 != .vamp }
}
