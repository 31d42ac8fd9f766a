// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// Who may reach whom, and what faithctl(8) shows of it and does to it while it lasts.
    @Suite struct FaithSessionTests {
        /// New rules are for new sessions.
        @Test func rulesAreReplacedUnderLiveSessions() throws {
            try with { bed in
                let crowd = try bed.crowd(3, port: 80)
                #expect(try bed.hasSessions(3))
                let rules = try bed.net.file(
                    "faithd.conf", "::/0 permit 10.0.0.0/8\n\(FaithBed.clientAddress) deny \(FaithBed.serverAddress)\n")
                try bed.daemon.faith("-f \(rules)")
                #expect(try bed.ask(FaithBed.greeter) == "ECONNRESET")
                #expect(crowd.closed == 0)
                #expect(try bed.daemon.sessions().map(\.state) == ["established", "established", "established"])
                let open = try bed.net.file("faithd.conf", "::/0 permit 192.0.2.0/24")
                try bed.daemon.faith("-f \(open)")
                #expect(try bed.ask(FaithBed.greeter) == FaithBed.greeting)
                #expect(try bed.daemon.relayed().ends == ["finished: 1", "denied: 1"])
            }
        }

        @Test func rulesDecide() throws {
            try with { bed in
                let private1 = "10.1.1.1", other = "192.0.2.7"
                try bed.server.succeed("ip addr add \(private1)/32 dev lo")
                try bed.router.succeed("ip route add \(private1) via \(FaithBed.serverAddress)")
                try bed.router.succeed("ip addr add \(other)/24 dev ne1")
                let questions = [FaithBed.greeter, "tcp [2001:db8:64::a01:101]:81"]
                let open = FaithBed.greeting, reset = "ECONNRESET"
                for (words, answers) in [
                    ("", [open, reset]),
                    ("permit ::/0 0.0.0.0/0", [open, reset]),
                    ("permit ::/0 10.1.0.0/16", [open, "192.0.2.1>10.1.1.1"]),
                    ("-permit ::/0 0.0.0.0/0", [reset, "192.0.2.1>10.1.1.1"]),
                    ("permit 2001:db8:1::2 192.0.2.2 from \(other)", ["\(other)>192.0.2.2", "192.0.2.1>10.1.1.1"]),
                    (
                        "-permit ::/0 10.1.0.0/16 deny ::/0 10.0.0.0/8 permit ::/0 10.1.1.1",
                        ["\(other)>192.0.2.2", reset]
                    ),
                    ("-permit 2001:db8:1::2 192.0.2.2 from \(other)", [reset, reset]),
                    ("permit ::/0 192.0.2.0/24 from 192.0.2.99", [reset, reset]),
                ] {
                    if !words.isEmpty { try bed.daemon.faith("faith0 \(words)") }
                    #expect(try bed.ask(questions) == answers, "\(words)")
                }
                let ends = try bed.daemon.relayed().ends
                for end in ["destination-private: 2", "no-rule: 2", "denied: 3", "source-unavailable: 1"] {
                    #expect(ends.contains(end), "\(end): \(ends)")
                }
            }
        }

        /// Nobody is connected with this host, nor with what is no single host's.
        @Test func someDestinationsAreNobodys() throws {
            try with { bed in
                try bed.daemon.faith("faith0 permit ::/0 0.0.0.0/0")
                let destinations = [
                    ("c000:201", "own-address"), ("7f00:1", "destination-loopback"),
                    ("c000:2ff", "destination-subnet-broadcast"),
                    ("ffff:ffff", "destination-limited-broadcast"), ("e000:1", "destination-multicast"),
                    ("a9fe:1", "destination-link-local"), ("f000:1", "destination-reserved"),
                    ("1", "destination-this-network"), ("6440:1", "destination-shared"),
                    ("c0a8:1", "destination-private"),
                ]
                let heard = try bed.ask(destinations.map { "tcp [2001:db8:64::\($0.0)]:81" })
                #expect(heard == destinations.map { _ in "ECONNRESET" })
                #expect(try Set(bed.daemon.relayed().ends) == Set(destinations.map { "\($0.1): 1" }))
            }
        }

        @Test func sessionsAreKilledByFilter() throws {
            try with { bed in
                try bed.receive(on: 82, .listens)
                try bed.server.succeed("ip addr add 192.0.2.3/24 dev ne0")
                let first = try bed.crowd(4, port: 80)
                let second = try bed.crowd(3, port: 82)
                let third = try bed.crowd(2, port: 80, address: "2001:db8:64::c000:203")
                #expect(try bed.hasSessions(9))
                let sessions = try bed.daemon.sessions()
                #expect(Set(sessions.map(\.number)).count == 9)
                #expect(sessions.allSatisfy { $0.client.hasPrefix("[\(FaithBed.clientAddress)]:") })
                #expect(
                    sessions.filter { $0.asked == "[\(FaithBed.address)]:82" && $0.server == "192.0.2.2:82" }.count == 3
                )
                #expect(try bed.daemon.faith("sessions faith0 port 82").split(separator: "\n").count == 4)
                let number = try #require(sessions.first { $0.asked.hasSuffix("]:82") }?.number)
                #expect(try bed.daemon.faith("-j kill faith0 \(number)") == "{\"killed\":1}\n")
                #expect(eventually { second.closed == 1 })
                // It is given to nobody else.
                #expect(try bed.daemon.faithctl("kill faith0 \(number)").status == 1)
                #expect(try bed.daemon.faith("-j kill faith0 from 2001:db8:2::/48") == "{\"killed\":0}\n")
                #expect(try bed.daemon.faith("-j kill faith0 to 192.0.2.3") == "{\"killed\":2}\n")
                #expect(eventually { third.closed == 2 })
                #expect(try bed.daemon.faith("-j kill faith0 port 80 state established") == "{\"killed\":4}\n")
                #expect(eventually { first.closed == 4 })
                #expect(try bed.daemon.faithctl("kill faith0").status == 64)
                #expect(try bed.daemon.sessions().count == 2)
                #expect(try bed.daemon.faith("-j kill faith0 all") == "{\"killed\":2}\n")
                #expect(eventually { second.closed == 3 })
                #expect(try bed.daemon.relayed().ends == ["killed: 9"])
            }
        }

        @Test func monitorTellsWhatHappens() throws {
            try with { bed in
                let tool = bed.net.executables.appending(path: "faithctl").path
                let monitor = try bed.router.start([tool, "-s", bed.daemon.socket.path, "-j", "-m", "sessions"])
                #expect(eventually { monitor.output.contains("\"current\"") }, "\(monitor.error)")
                #expect(try bed.ask(FaithBed.greeter) == FaithBed.greeting)
                #expect(try bed.ask("tcp [2001:db8:64::c000:201]:81") == "ECONNRESET")
                #expect(try bed.ask("tcp [\(FaithBed.address)]:82") == "ECONNRESET")
                let events = ["current", "began", "connected", "ended", "refused", "began", "refused"]
                #expect(eventually { monitored(monitor).map(\.event) == events }, "\(monitor.output)")
                let told = monitored(monitor)
                guard told.count == events.count else { return }
                #expect(told[1].asked == "[\(FaithBed.address)]:81" && told[1].server == "192.0.2.2:81")
                #expect(Set(told[1...3].map(\.number)).count == 1 && told[1].number != nil)
                #expect(told[3].reason == "finished" && told[3].toclient == FaithBed.greeting.utf8.count)
                #expect(told[4].reason == "own-address" && told[4].number == nil)
                #expect(told[6].reason == "server-refused" && told[6].number == told[5].number)
                // The log has the first of an interval.
                let refused = bed.daemon.log.split(separator: "\n").filter { $0.contains(": refused: ") }
                #expect(refused.count == 1, "\(bed.daemon.log)")
                let asked = "[2001:db8:64::c000:201]:81"
                #expect(
                    refused.allSatisfy { $0.contains("faith0: refused: own-address: [\(FaithBed.clientAddress)]:") })
                #expect(refused.allSatisfy { $0.hasSuffix(" > \(asked)") })
            }
        }

        @Test func drainedInterfaceFinishes() throws {
            try with { bed in
                let crowd = try bed.crowd(2, port: 80)
                #expect(try bed.hasSessions(2))
                try bed.daemon.faith("drain faith0")
                #expect(try bed.daemon.relayed().draining)
                #expect(try bed.ask(FaithBed.greeter) == "ECONNREFUSED")
                #expect(try !bed.router.succeed("ip -6 route show").contains("2001:db8:64::/96"))
                #expect(crowd.closed == 0)
                #expect(try bed.daemon.sessions().count == 2)
                try bed.daemon.faith("faith0 -drain")
                #expect(try eventually { try bed.ask(FaithBed.greeter) == FaithBed.greeting })
                #expect(crowd.closed == 0)
                try bed.daemon.faith("destroy faith0")
                #expect(eventually { crowd.closed == 2 })
            }
        }

        /// A program serves the router's own addresses, and what is captured goes to the servers all the same.
        @Test func programServesTheRouterItself() throws {
            try with { bed in
                let own = "TCP6:[\(FaithBed.routerAddress)]:81"
                func serve(_ word: String) throws -> CommandResult {
                    try bed.daemon.faithctl(["faith0", "relay", "81", "local", word])
                }
                #expect(try serve("/bin/cat -u").status == 0)
                #expect(try bed.client.shell("echo asked | socat -t 5 - \(own)") == "asked\n")
                #expect(try bed.ask(FaithBed.greeter) == FaithBed.greeting)
                let staying = try bed.client.start(["socat", "-u", own, "-"])
                #expect(try eventually { try bed.daemon.sessions().map(\.state) == ["program"] })
                // It goes on while the port drains, and when it no longer does.
                try bed.daemon.faith("drain faith0")
                #expect(try bed.client.run("socat -u \(own) -").status == 1)
                try bed.daemon.faith("faith0 -drain")
                #expect(
                    try eventually {
                        try bed.client.run(["sh", "-c", "echo asked | socat -t 5 - \(own)"]).output == "asked\n"
                    })
                #expect(staying.isRunning)
                #expect(try bed.daemon.sessions().map(\.state) == ["program"])
                try bed.daemon.faith("faith0 -relay 81")
                #expect(try bed.client.run("socat -u \(own) -").status == 1)
                try bed.daemon.faith("kill faith0 all")
                #expect(eventually { !staying.isRunning })
            }
        }

        /// The port is somebody else's: that is said, and nothing of the command is done.
        @Test func takenPortIsRefused() throws {
            try with { bed in
                try bed.greet(on: [90], at: bed.router)
                let before = try bed.daemon.faith("-c")
                let result = try bed.daemon.faithctl([
                    "faith0", "idle", "7", "relay", "85", "local", "/bin/cat", "relay", "90", "local", "/bin/cat",
                    "relay", "95", "local", "/bin/cat",
                ])
                #expect(result.status == 1)
                #expect(result.errorLines.count == 1)
                #expect(
                    result.error.contains("faith0: ") && result.error.contains("Address already in use"), "\(result)")
                #expect(result.error.contains("90"), "\(result)")
                #expect(try bed.daemon.faith("-c") == before)
                // None of the others listens, either.
                let listening = try bed.router.succeed("ss -Hltn")
                #expect(!listening.contains(":85 ") && !listening.contains(":95 "), "\(listening)")
                #expect(try bed.daemon.faithctl(["faith0", "relay", "85", "local", "/bin/cat"]).status == 0)
            }
        }

        /// Port 80 is of a server that listens, and 81 of the greeter.
        private func with(_ body: (FaithBed) throws -> Void) throws {
            try FaithBed.with("relay 80 relay 81 relay 82") { bed in
                try bed.receive(on: 80, .listens)
                try bed.greet(on: [81])
                try body(bed)
            }
        }

        private struct Event: Decodable {
            var event: String
            var number: Int?
            var asked: String?
            var server: String?
            var reason: String?
            var toclient: Int?
        }

        private func monitored(_ monitor: RunningCommand) -> [Event] {
            monitor.output.split(separator: "\n").compactMap { line in
                try? JSONDecoder().decode(Event.self, from: Data(line.utf8))
            }
        }
    }
}

extension FaithBed {
    fileprivate static let greeter = "tcp [\(address)]:81"
}
