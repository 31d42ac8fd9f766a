// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// However many come at once, interfaces come and go whole: nothing leaks and nothing is left. One host, without wires.
    @Suite struct RaceTests {
        /// Names that two fight over, names that are chosen, and somebody who knows only ip(8).
        private static let loops = [
            "stfctl create stf0 inet6 2002:c000:201::1/16; check $?; stfctl destroy stf0; check $?",
            "stfctl stf0 create mtu 1400; check $?; stfctl stf0 destroy; check $?",
            "name=$(stfctl create stf); check $?; stfctl destroy $name; check $?",
            "stfctl create stf1; check $?; ip link del stf1 || true; stfctl destroy stf1; check $?",
        ]

        /// Losing a race is status 1; anything else is a defect, and printed.
        private static func script(_ body: String) -> String {
            """
            check() { [ $1 -le 1 ] || echo "status $1" >&3; }
            end=$(($(date +%s) + 3)); rounds=0
            while [ $(date +%s) -lt $end ]; do { \(body); } 3>&1 >/dev/null 2>&1; rounds=$((rounds + 1)); done
            [ $rounds -gt 2 ] || echo "only $rounds rounds"
            """
        }

        /// Names are the kernel's to give: in between two interfaces may have one, or one that nobody has heard of.
        @Test func `interfaces that swap names are asked for all the while`() throws {
            try Topology.with { net in
                let host = try net.namespace("a")
                let daemon = try net.daemon(in: host)
                for name in ["stf0", "stf1"] { try daemon.succeed("create \(name) description \(name)") }
                let path = "\(net.executables.path):\(ProcessInfo.processInfo.environment["PATH"] ?? "")"
                let loops = try [
                    "ip link set stf0 name t0; ip link set stf1 name stf0; ip link set t0 name stf1",
                    "stfctl -l; check $?; stfctl stf0 mtu 1400; check $?; stfctl stf0 mtu 1300; check $?",
                    "inet6ctl addr; check $?; stfctl check stf0; check $?", "timeout 0.3 stfctl -m || true",
                ].map { body in
                    try net.start(
                        ["ip", "netns", "exec", host.name, "sh", "-c", RaceTests.script(body)],
                        environment: ["PATH": path, "INET6D_SOCKET": daemon.socket.path])
                }
                for loop in loops {
                    let result = try loop.wait()
                    #expect(result.status == 0 && result.output == "", "\(result)")
                }
                #expect(daemon.process.isRunning)
                // Each is called what the kernel calls it, and words go to the one that they name.
                let names = try daemon.succeed("-l").split(separator: " ").map { $0.trimmingCharacters(in: .newlines) }
                #expect(Set(names) == ["stf0", "stf1"])
                for name in names {
                    try daemon.succeed("\(name) mtu 1333")
                    #expect(try host.succeed("ip link show \(name)").contains("mtu 1333"))
                    try daemon.succeed("\(name) mtu 1280")
                }
            }
        }

        @Test func creationsAndDestructionsRace() throws {
            try Topology.with { net in
                let host = try net.namespace("a")
                let daemon = try net.daemon(in: host)
                // The first round may leave behind what is made once.
                try daemon.succeed("create stf0")
                try daemon.succeed("destroy stf0")
                let before = try resourcesAtRest(of: daemon)
                let path = "\(net.executables.path):\(ProcessInfo.processInfo.environment["PATH"] ?? "")"
                let loops = try RaceTests.loops.map { body in
                    try net.start(
                        ["ip", "netns", "exec", host.name, "sh", "-c", RaceTests.script(body)],
                        environment: ["PATH": path, "INET6D_SOCKET": daemon.socket.path])
                }
                for loop in loops {
                    let result = try loop.wait()
                    #expect(result.status == 0 && result.output == "", "\(result)")
                }
                #expect(daemon.process.isRunning)
                for name in try daemon.interfaces().map(\.name) { try daemon.succeed("destroy \(name)") }
                let links = try host.succeed("ip -br link")
                #expect(!links.contains("stf"), "\(links)")
                let after = try resourcesAtRest(of: daemon)
                #expect(after == before)
                #expect(!daemon.log.contains("cannot undo"), "\(daemon.log)")
            }
        }

        /// What the daemon holds when nobody calls: a client's connection is closed a moment after the client has gone.
        private func resourcesAtRest(of daemon: Daemon) throws -> Resources {
            var resources = try Resources(of: daemon.process.processID)
            var repetitions = 0
            let isAtRest = try eventually {
                let now = try Resources(of: daemon.process.processID)
                repetitions = now == resources ? repetitions + 1 : 0
                resources = now
                return repetitions == 20
            }
            #expect(isAtRest)
            return resources
        }

        /// What a process holds.
        private struct Resources: Equatable {
            let descriptors: Int
            let threads: Int

            init(of processID: Int32) throws {
                descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(processID)/fd").count
                threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(processID)/task").count
            }
        }
    }
}
