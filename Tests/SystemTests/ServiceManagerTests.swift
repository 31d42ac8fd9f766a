// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// What a service manager hears of the daemon, and what Prometheus gets. One host, without wires.
    @Suite struct ServiceManagerTests {
        /// As often as the manager asks for it.
        @Test func theWatchdogIsFed() throws {
            try Topology.with { net in
                let daemon = try net.daemon(in: try net.namespace("a"), under: ["env", "WATCHDOG_USEC=200000"])
                #expect(eventually { daemon.notifications.filter { $0 == "WATCHDOG=1" }.count >= 3 })
            }
        }

        /// Debian's promtool reads both, and finds nothing to complain about.
        @Test func metricsAreServedAndWritten() throws {
            try Topology.with { net in
                let host = try net.namespace("a")
                let (socket, file) = (net.scratch.appending(path: "m.sock"), net.scratch.appending(path: "inet6d.prom"))
                let daemon = try net.daemon(
                    in: host, options: ["-m", socket.path, "-t", file.path],
                    boot: ["stf0.if": "create\n", "faith0.if": "create prefix 64:ff9b::/96 relay 22 up\n"])
                let served = try host.succeed("curl -sS --unix-socket \(socket.path) http://inet6d/metrics")
                let written = try String(contentsOf: file, encoding: .utf8)
                for text in [served, written] {
                    let verdict = try host.run(["promtool", "check", "metrics"], input: text)
                    #expect(verdict.status == 0 && verdict.output + verdict.error == "", "\(verdict)")
                    #expect(text.contains("\ninet6d_config_last_reload_successful 1\n"))
                    #expect(text.contains("inet6d_drops_total{interface=\"stf0\",direction=\"input\",reason=\""))
                }
                try Data("frob\n".utf8).write(to: daemon.configuration.appending(path: "stf1.if"))
                #expect(try daemon.inet6d("--reload").status == 1)
                let open = try host.succeed(
                    "curl -sS -H Accept:application/openmetrics-text --unix-socket \(socket.path) http://inet6d/metrics"
                )
                #expect(open.hasSuffix("\n# EOF\n") && open.contains("\ninet6d_config_last_reload_successful 0\n"))
                let mode = try FileManager.default.attributesOfItem(atPath: socket.path)[.posixPermissions] as? Int
                #expect(mode == 0o660)
                #expect(try daemon.stop().status == 0)
                for path in [socket.path, file.path] { #expect(!FileManager.default.fileExists(atPath: path)) }
            }
        }
    }
}
