// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// The keys of `stfctl -j` and `inet6ctl -j` are a contract, so each of them is in the manual page. One host.
    @Suite struct JSONKeyTests {
        @Test func everyKeyIsInTheManualPage() throws {
            try Topology.with { net in
                let host = try net.namespace("a")
                try host.succeed("ip addr add 192.0.2.1/24 dev lo")
                let daemon = try net.daemon(in: host)
                // All that need not be there: a description, lifetimes, 6rd, counters.
                let words = "description x inet6 2002:c000:201::1/16 pltime 600 vltime 900"
                try daemon.succeed("create stf0 stfv4net 192.0.2.1/24 stfv4br 192.0.2.254 \(words)")
                let output = try JSONSerialization.jsonObject(with: Data(try daemon.succeed("-j").utf8))
                let page = try String(contentsOf: Executables.package.appending(path: "man/stfctl.8"), encoding: .utf8)
                let said = Set(page.matches(of: /\bVa (\w+)/).map { String($0.1) })
                let keys = JSONKeyTests.keys(in: output)
                #expect(keys.isSuperset(of: ["description", "stfv4br", "pltime", "drops", "bytes"]))
                #expect(keys.subtracting(said) == ["interfaces"])
            }
        }

        /// What no variable has today is in the contract all the same.
        @Test func everyKeyOfAVariableIsInTheManualPage() throws {
            try Topology.with { net in
                let daemon = try net.daemon(in: try net.namespace("a"))
                let words = "-j net.link.stf.ttl net.inet6 net.link.stf.ttl=7"
                let output = try JSONSerialization.jsonObject(with: Data(try daemon.inet6ctl(words).output.utf8))
                let contract = try String(
                    contentsOf: Executables.package.appending(path: "Sources/Inet6Control/io.hydrangea.mib.varlink"),
                    encoding: .utf8)
                let page = try String(
                    contentsOf: Executables.package.appending(path: "man/inet6ctl.8"), encoding: .utf8)
                let said = Set(page.matches(of: /\bVa (\w+)/).map { String($0.1) })
                let keys = JSONKeyTests.keys(in: output)
                #expect(keys.isSuperset(of: ["variables", "changes", "oid", "place", "unit", "old"]))
                #expect(keys.subtracting(said) == [])
                let variable = try #require(contract.firstMatch(of: /type Variable \((.*?)\n\)/.dotMatchesNewlines()))
                let fields = Set(variable.1.matches(of: /\n  (\w+):/).map { String($0.1) })
                #expect(fields.count > 10 && fields.subtracting(said) == [])
            }
        }

        /// Nobody has to read dozens of zeros, or ask twice: with -v, all of them are there.
        @Test func whatHasNotOccurredIsOnlyWithV() throws {
            try Topology.with { net in
                let host = try net.namespace("a")
                try host.succeed("ip addr add 192.0.2.1/24 dev lo")
                let daemon = try net.daemon(in: host)
                try daemon.succeed("create stf0 inet6 2002:c000:201::1/16")
                try daemon.faith("create faith0 relay 80")
                let drops = { (words: String) in
                    try JSONDecoder().decode(Drops.self, from: Data(daemon.succeed(words).utf8)).reasons
                }
                #expect(try drops("-j") == [])
                let all = try drops("-jv")
                #expect(all.count > 30 && Set(all).count == all.count)
                // To 10.0.0.1, which is private.
                _ = try host.run("ping -c 1 -W 1 2002:a00:1::1")
                #expect(try eventually { try drops("-j") == ["output: outer-destination-private"] })
                #expect(try drops("-jv") == all)
                let arrays = [#""refused":[]"#, #""ended":[]"#, #""commands":[]"#, #""drops":[]"#]
                let (some, every) = (try daemon.faith("-j"), try daemon.faith("-jv"))
                for array in arrays { #expect(some.contains(array) && !every.contains(array)) }
            }
        }

        private struct Drops: Decodable {
            var interfaces: [InterfaceState]

            var reasons: [String] {
                interfaces.flatMap { $0.counters.drops }.map { "\($0.direction): \($0.reason)" }
            }
        }

        private static func keys(in value: Any) -> Set<String> {
            if let object = value as? [String: Any] {
                return object.reduce(into: []) { $0.formUnion(keys(in: $1.value).union([$1.key])) }
            }
            return (value as? [Any] ?? []).reduce(into: []) { $0.formUnion(keys(in: $1)) }
        }
    }
}
