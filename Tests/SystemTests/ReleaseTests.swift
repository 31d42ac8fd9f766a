// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// What is shipped starts fast, needs nothing of Swift's beside it, and carries packets without asking for memory.
    ///
    ///     a  ne0 ── ne0  b
    ///        192.0.2.1/24 and 192.0.2.2/24
    @Suite struct ReleaseTests {
        private static let tools = ["inet6d", "inet6ctl", "stfctl"]

        @Test(arguments: tools)
        func anExecutableNeedsNoLibraryOfSwift(_ tool: String) throws {
            try Topology.with { net in
                let readelf = try net.start(["readelf", "-d", net.executables.appending(path: tool).path]).wait()
                #expect(readelf.status == 0, "\(readelf)")
                let found = readelf.lines.filter { $0.contains(/RPATH|RUNPATH|lib(swift|Foundation|_Foundation)/) }
                #expect(found == [])
            }
        }

        @Test(arguments: tools)
        func anExecutableSaysWhatItIs(_ tool: String) throws {
            try Topology.with { net in
                let path = net.executables.appending(path: tool).path
                let usage = try net.start([path, "-h"]).wait()
                #expect(usage.status == 0 && usage.output.hasPrefix("usage: \(tool) ") && usage.error == "", "\(usage)")
                let version = try net.start([path, "-V"]).wait()
                #expect(version.status == 0 && version.error == "", "\(version)")
                #expect(version.output.wholeMatch(of: /(\S+) \d+\.\d+(\.\d+)?\n/)?.1 == tool[...], "\(version)")
                let wrong = try net.start([path, "-Q"]).wait()
                #expect(wrong.status == 64 && wrong.output == "", "\(wrong)")
                #expect(wrong.error == "\(tool): unknown option -Q\n\(usage.output)")
            }
        }

        @Test func theClonersAreListed() throws {
            try Topology.with { net in
                let daemon = try net.daemon(in: try net.namespace("a"))
                #expect(try daemon.succeed("-C") == "stf faith vamp puppet\n")
            }
        }

        /// Instructions, since time is another on every machine.
        @Test func aCallCostsAtMostTwiceThatOfIP() throws {
            try Topology.with { net in
                let host = try net.namespace("a")
                let daemon = try net.daemon(in: host)
                try daemon.succeed("create stf0 inet6 2002:c000:201::1/16")
                let ip = try instructions(of: "\(try Executables.system("ip")) -br link", on: host, net)
                let calls = [
                    ("stfctl", "-l"), ("stfctl", "stf0"), ("stfctl", ""), ("inet6ctl", "net.link.stf.ttl"),
                    ("inet6ctl", "-n net.link.stf.permit_rfc1918"),
                ]
                for (name, words) in calls {
                    let tool = net.scratch.appending(path: name).path
                    try strip(net.executables.appending(path: name).path, to: tool, on: host)
                    let ours = try instructions(of: "\(tool) -s \(daemon.socket.path) \(words)", on: host, net)
                    #expect(ours <= 2 * ip, "\(name) \(words)")
                }
            }
        }

        @Test func noPacketCostsAnAllocation() throws {
            let few = try allocations(forwarding: 100), many = try allocations(forwarding: 1100)
            // One for each packet would be a thousand. What the kernel tells meanwhile, and how often, costs some.
            #expect(abs(many - few) < 500)
        }

        /// Valgrind cannot read all debug information there is.
        private func strip(_ file: String, to stripped: String, on host: Namespace) throws {
            try host.succeed("strip -g -o \(stripped) \(file)")
        }

        private func instructions(of command: String, on host: Namespace, _ net: Topology) throws -> Int {
            let out = net.scratch.appending(path: "callgrind.out").path
            let result = try host.run("valgrind --tool=callgrind --callgrind-out-file=\(out) \(command)")
            let count = result.error.firstMatch(of: /Collected : (\d+)/).flatMap { Int($0.1) }
            guard result.status == 0, let count else { throw CommandFailure(description: "\(result)") }
            return count
        }

        /// How often `inet6d` asks for memory in a life in which `count` packets pass in each direction.
        private func allocations(forwarding count: Int) throws -> Int {
            try Topology.with { net in
                let a = try net.namespace("a"), b = try net.namespace("b")
                try net.link(a, "ne0", "192.0.2.1/24", b, "ne0", "192.0.2.2/24")
                let stripped = net.scratch.appending(path: "inet6d").path
                let memcheck = [
                    "sh", "-c",
                    #"strip -g -o "$0" "$1" && shift && exec valgrind --undef-value-errors=no --leak-check=no "$0" "$@""#,
                    stripped,
                ]
                // Without the right to load programs, which would take minutes here: the node variables are then ours too.
                let weak = ["setpriv", "--bounding-set", "-bpf,-sys_admin,-perfmon"]
                let measured = try net.daemon(in: a, under: weak + memcheck)
                try measured.succeed("create stf0 engine user inet6 2002:c000:201::1/16")
                let other = try net.daemon(in: b)
                try other.succeed("create stf0 engine user inet6 2002:c000:202::1/16")
                _ = try b.run("ping -n -q -c \(count) -i 0.002 2002:c000:201::1")
                let passed = try measured.interface("stf0")?.counters.input.packets ?? 0
                #expect(passed > count * 9 / 10)
                let result = try measured.stop()
                let allocations = result.error.firstMatch(of: /total heap usage: ([\d,]+) allocs/)
                    .flatMap { Int($0.1.replacing(",", with: "")) }
                guard let allocations else { throw CommandFailure(description: "\(result)") }
                return allocations
            }
        }
    }
}
