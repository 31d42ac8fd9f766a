// SPDX-License-Identifier: BSD-2-Clause
import Control
import FaithControl
import Inet6Control
import Internet
import KernelPrograms
import Logging
import Netlink
import Synchronization
import TestSupport
import Testing
import Words

@testable import Dataplane

/// What is routed to faith interfaces and cannot be captured: it is not made local, and somebody is told.
@Suite struct FaithCapturesTests {
    /// More than there is room for.
    @Test func `what is too much is refused and shown`() throws {
        try Site.with(limit: 3) { site in
            try site.say("faith0 create relay 80 prefix 2001:db8:64::/96 prefix 2001:db8:65::/96 up")
            for number in 1...3 { try site.route("2001:db8:\(number)::/96", "faith0") }
            #expect(try site.status("faith0").captured.count == 3)
            let full = "as many prefixes as can be captured are: 3"
            let uncaptured = try site.status("faith0").uncaptured
            #expect(uncaptured.map(\.reason) == [full, full])
            #expect(
                try site.local("faith0").map(\.destination.description).sorted()
                    == site.status("faith0").captured.sorted())
            let findings = try site.dataplane.check("faith0").map(\.text)
            for prefix in uncaptured.map(\.prefix) {
                #expect(findings.contains("the route to \(prefix) is not captured: \(full)"))
            }
            // Events of others do not have it told again.
            try site.route("2001:db9::/32", "lo")
            #expect(site.told.count { $0.contains(full) } == 1)
            // What was asked for is undone.
            let refusal = #expect(throws: Refusal.self) { try site.say("faith0 prefix 2001:db8:66::/96") }
            #expect(refusal?.line == "faith0: prefix 2001:db8:66::/96: No buffer space available (\(full))")
            #expect(try site.status("faith0").prefixes.count == 2)
            #expect(try !site.routes("faith0").contains { $0.destination.description == "2001:db8:66::/96" })
            // And what was refused has its place when there is one.
            try site.say("faith0 -prefix 2001:db8:64::/96 -prefix 2001:db8:65::/96")
            #expect(try site.status("faith0").captured.count == 3)
            #expect(try site.status("faith0").uncaptured == [])
        }
    }

    /// Packets do not tell by which table they came: the first has it, the second is told.
    @Test func `a prefix is captured for one interface`() throws {
        try Site.with { site in
            try site.say("faith0 create relay 80 prefix 2001:db8:64::/96 up", "faith1 create relay 81 up")
            try site.route("2001:db8:64::/96", "faith1", "table 100")
            #expect(try site.status("faith0").captured == ["2001:db8:64::/96"])
            #expect(try site.status("faith1").captured == [])
            #expect(
                try site.status("faith1").uncaptured
                    == [UncapturedStatus(prefix: "2001:db8:64::/96", reason: "captured for faith0")])
            #expect(try site.local("faith1") == [])
            #expect(
                try site.dataplane.check("faith1").map(\.text).contains(
                    "the route to 2001:db8:64::/96 is not captured: captured for faith0"))
            try site.say("faith0 -prefix 2001:db8:64::/96")
            #expect(try site.status("faith1").captured == ["2001:db8:64::/96"])
            #expect(try site.status("faith1").uncaptured == [])
            #expect(try site.local("faith1").map(\.table) == [100])
            // What takes it back is the second now.
            let refusal = #expect(throws: Refusal.self) { try site.say("faith0 prefix 2001:db8:64::/96") }
            #expect(refusal?.detail == "captured for faith1")
            try site.say("faith1 destroy")
            try site.say("faith0 prefix 2001:db8:64::/96")
            #expect(try site.status("faith0").captured == ["2001:db8:64::/96"])
        }
    }

    /// A longer prefix would get what by another table is for the shorter one.
    @Test func `what is in another prefix is in all of its tables`() throws {
        try Site.with { site in
            try site.say("faith0 create relay 80 up", "faith1 create relay 81 up")
            try site.route("2001:db8::/32", "faith0")
            try site.route("2001:db8:64::/96", "faith1", "table 100")
            let overlap = "2001:db8::/32 is captured for faith0, by another table"
            #expect(try site.status("faith1").uncaptured.map(\.reason) == [overlap])
            #expect(try site.local("faith1") == [])
            // In the same table, the kernel takes the longer one as the program does.
            try site.route("2001:db8:64::/96", "faith1")
            #expect(try site.status("faith1").captured == ["2001:db8:64::/96"])
            #expect(try Set(site.local("faith1").map(\.table)) == [100, mainRouteTable])
            // The shorter one in a table where the longer one is not.
            try site.route("2001:db8::/32", "faith0", "table 200")
            #expect(try site.local("faith0").map(\.table) == [mainRouteTable])
            #expect(
                try site.status("faith0").uncaptured.map(\.reason)
                    == ["2001:db8:64::/96 is captured for faith1, by another table"])
            #expect(try site.status("faith0").captured == ["2001:db8::/32"])
        }
    }

    /// Somebody has made it local for another device, by the same metric.
    @Test func `what cannot be local is not captured`() throws {
        try Site.with { site in
            try site.say("faith0 create relay 80 up")
            try ip("-6 route add local 2001:db8:64::/96 dev lo metric 1 table main")
            try site.route("2001:db8:64::/96", "faith0")
            #expect(try site.status("faith0").captured == [])
            #expect(
                try site.status("faith0").uncaptured
                    == [UncapturedStatus(prefix: "2001:db8:64::/96", reason: "File exists")])
            #expect(try site.interface("faith0").programs.captured.isEmpty)
            #expect(site.told.count { $0.contains("File exists") } == 1)
            // It keeps nothing else from being said.
            try site.say("faith0 mtu 1400")
        }
    }

    /// A host's own address is not captured; when it goes, it is.
    @Test func `addresses of this host are its own`() throws {
        try Site.with { site in
            try site.say("faith0 create relay 80 prefix 2001:db8:64::/96 up")
            let slot = try site.interface("faith0").slot
            let programs = try site.interface("faith0").programs
            try ip("addr add 2001:db8:64::5/128 dev lo nodad")
            try site.follow()
            #expect(programs.captured.values.allSatisfy { $0 == slot } && programs.captured.count == 1)
            try site.route("2001:db8:64::5/128", "faith0")
            #expect(try site.status("faith0").captured.count == 2)
            try ip("addr del 2001:db8:64::5/128 dev lo")
            try site.follow()
            #expect(programs.captured.count == 2)
        }
    }
}

/// A dataplane in a network of its own.
private final class Site {
    let dataplane: Dataplane
    private let lines: Lines

    static func with(limit: Int? = nil, _ body: (Site) throws -> Void) throws {
        try inOwnNetwork(["link set lo up", "addr add 192.0.2.1/24 dev lo"]) {
            let site = try Site()
            defer { site.dataplane.stop() }
            site.dataplane.kinds.faith.cloner.limit = limit
            _ = try site.dataplane.write([Assignment("net.inet6.ip6.keepfaith", "1")], isCheck: false)
            try body(site)
        }
    }

    private init() throws {
        let lines = Lines()
        self.lines = lines
        let log = Logger(label: "test") { _ in WrittenLog(lines: lines) }
        dataplane = try Dataplane(log: log, node: .none(.permission))
    }

    /// What was logged.
    var told: [String] { lines.all.withLock { $0 } }

    func say(_ lines: String...) throws {
        let changes = try lines.map { line in
            let words = try CommandFile.lines(of: line).flatMap(\.words)
            guard case .change(let change) = try InterfaceCommand(parsing: words, for: .faith) else {
                throw CommandFailure(description: "\(line): no change")
            }
            return change
        }
        _ = try dataplane.apply(changes, isIdempotent: false)
        try follow()
    }

    func route(_ prefix: String, _ interface: String, _ options: String = "") throws {
        try ip("-6 route add \(prefix) dev \(interface) \(options)")
        try follow()
    }

    /// Events follow from what is done in following.
    func follow() throws { for _ in 0..<2 { try dataplane.followKernel() } }

    func interface(_ name: String) throws -> FaithInterface {
        guard let interface = dataplane.kinds.faith[name] else { throw CommandFailure(description: "no \(name)") }
        return interface
    }

    func status(_ name: String) throws -> FaithStatus { try interface(name).status(counters: false) }

    func routes(_ name: String) throws -> [IPv6Route] {
        try dataplane.host.requests.ipv6Routes(out: try interface(name).device.index)
    }

    /// Those that make something local.
    func local(_ name: String) throws -> [IPv6Route] {
        try routes(name).filter { $0.type == .local && $0.origin == routeProtocol }
    }
}

private final class Lines: Sendable {
    let all = Mutex<[String]>([])
}

private struct WrittenLog: LogHandler {
    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { lines.all.withLock { $0.append("\(event.message)") } }
}
