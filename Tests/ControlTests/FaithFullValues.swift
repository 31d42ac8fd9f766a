// SPDX-License-Identifier: BSD-2-Clause
import Control
import FaithControl

/// Those of io.hydrangea.faith.
extension FullValues {
    static let relay = RelayStatus(
        service: "21", application: "ftp", proxy: true, reserved: false, program: ["/usr/sbin/in.ftpd", "-l"])
    static let sessionCount = SessionCount(
        reason: "no-rule", description: "no rule permits it", sessions: UInt64(Int64.max))
    static let commandCount = CommandCount(
        reason: "bad-argument", description: "the argument cannot be read", commands: 3)
    static let uncaptured = UncapturedStatus(prefix: "2001:db8:66::/96", reason: "captured for faith1")
    static let latency = LatencyStatus(below: 1 << 31, servers: 7)

    static var relayCounters: RelayCounterStatus {
        var counters = RelayCounterStatus()
        (counters.accepted, counters.connected, counters.pauses) = (9, 8, 1)
        (counters.toserver, counters.toclient) = (0, UInt64(Int64.max))
        (counters.refused, counters.ended) = ([sessionCount, sessionCount], [sessionCount])
        counters.commands = [commandCount, commandCount]
        counters.latency = [latency, latency]
        return counters
    }

    static var faith: FaithStatus {
        var status = FaithStatus(interface: "faith0")
        status.uncaptured = [uncaptured]
        (status.prefixes, status.captured) = (["2001:db8:64::/96"], ["2001:db8:64::/96", "2001:db8:65::/96"])
        status.last32 = true
        status.relays = [relay, relay]
        status.rules = ["2001:db8::/32 permit 10.0.0.0/8 192.0.2.1"]
        (status.idle, status.connecttime, status.keepalive, status.usertime) = (1800, 10, 300, 60)
        (status.maxsessions, status.maxrate) = (10_000, 100)
        (status.clientsessions, status.clientrate, status.clientlen) = (1000, 500, 64)
        status.draining = true
        (status.sessions, status.reach) = (3, 5000)
        status.counters = relayCounters
        return status
    }

    static let session = FaithSession(
        interface: "faith0", number: 17, client: "[2001:db8::1]:50000", asked: "[2001:db8:64::c000:201]:80",
        server: "192.0.2.1:80", state: "established", application: "plain", control: 16, age: 60, silence: 0,
        toserver: 0, toclient: UInt64(Int64.max))

    static var sessionEvent: SessionEvent {
        var event = SessionEvent(.ended, interface: "faith0")
        (event.number, event.count, event.age) = (17, 3, 1234)
        (event.client, event.asked) = ("[2001:db8::1]:50000", "[2001:db8:64::c000:201]:80")
        (event.server, event.reason) = ("192.0.2.1:80", "finished")
        (event.toserver, event.toclient) = (100, 200)
        return event
    }
}
