// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// Who speaks at the real interface. See `PuppetBed`.
    @Suite struct PuppetExclusiveTests {
        /// A tunnel between a and b, whose lan0 keeps an address of the gateway's.
        private func with(_ body: (PuppetBed, _ master: Daemon, _ slave: Daemon) throws -> Void) throws {
            try PuppetBed.with { bed in
                try bed.b.succeed("ip addr add 192.0.2.1/24 dev lan0")
                let (master, slave) = (try bed.net.daemon(in: bed.a), try bed.net.daemon(in: bed.b))
                try bed.succeed(
                    "create vamp0 dev lan0 listen 198.51.100.2:7113 insecure keepalive 1 3 up", slave, in: bed.b)
                try bed.succeed("create puppet0 connect 198.51.100.2:7113 insecure up", master, in: bed.a)
                #expect(try eventually { try bed.a.kernelState("puppet0")?.flags.contains("LOWER_UP") == true })
                try bed.a.succeed("ip addr add 192.0.2.9/24 dev puppet0")
                #expect(try bed.c.ping("192.0.2.1").replies == 3)
                try body(bed, master, slave)
            }
        }

        private func answers(_ bed: PuppetBed) throws -> Bool {
            try bed.c.run("ping -n -c 1 -W 1 192.0.2.1").status == 0
        }

        @Test func `the gateway is silent as long as the puppet speaks`() throws {
            try with { bed, master, slave in
                try bed.succeed("vamp0 exclusive", slave, in: bed.b)
                #expect(try eventually { try !answers(bed) })
                // The puppet hears and speaks.
                #expect(try bed.a.ping("192.0.2.3").replies == 3)
                #expect(try bed.c.ping("192.0.2.9").replies == 3)
                #expect(try !bed.puppetctl(["check", "vamp0"], slave, in: bed.b).output.contains("exclusive"))
                // Whoever is here otherwise is reached.
                #expect(try bed.a.ping("198.51.100.2", count: 1).replies == 1)
                try bed.succeed("vamp0 -exclusive", slave, in: bed.b)
                #expect(try eventually { try answers(bed) })
                // A peer that goes gives it back, and one that comes takes it again.
                try bed.succeed("vamp0 exclusive", slave, in: bed.b)
                #expect(try eventually { try !answers(bed) })
                try bed.succeed("puppet0 down", master, in: bed.a)
                #expect(try eventually { try answers(bed) })
                try bed.succeed("puppet0 up", master, in: bed.a)
                #expect(try eventually { try !answers(bed) })
            }
        }

        @Test(arguments: ["kill -9", "a peer that is stopped", "a wire that is cut"])
        func `whatever happens, the gateway has it again`(_ what: String) throws {
            try with { bed, master, slave in
                try bed.succeed("vamp0 exclusive", slave, in: bed.b)
                #expect(try eventually { try !answers(bed) })
                switch what {
                case "kill -9": slave.kill()
                case "a peer that is stopped": master.process.signal(SIGSTOP)
                case _: try bed.a.succeed("ip link set ta down")
                }
                #expect(try eventually(within: .seconds(30)) { try answers(bed) })
                guard what == "a peer that is stopped" else { return }
                // It may have been the reason that nobody was heard: it is not tried again unasked.
                master.process.signal(SIGCONT)
                #expect(try eventually { try bed.status(of: "vamp0", slave, in: bed.b).contains("connected") })
                #expect(try bed.puppetctl(["check", "vamp0"], slave, in: bed.b).output.contains("given up"))
                #expect(try answers(bed))
                try bed.succeed("vamp0 -exclusive", slave, in: bed.b)
                try bed.succeed("vamp0 exclusive", slave, in: bed.b)
                #expect(try eventually { try !answers(bed) })
            }
        }

        @Test func `nobody locks himself out`() throws {
            try PuppetBed.with { bed in
                try bed.b.succeed("ip addr add 192.0.2.1/24 dev lan0")
                let (master, slave) = (try bed.net.daemon(in: bed.c), try bed.net.daemon(in: bed.b))
                try bed.succeed("create vamp0 dev lan0 listen 192.0.2.1:7113 insecure up", slave, in: bed.b)
                try bed.succeed("create puppet0 connect 192.0.2.1:7113 insecure up", master, in: bed.c)
                #expect(try eventually { try bed.status(of: "vamp0", slave, in: bed.b).contains("connected") })
                let refused = try bed.puppetctl(["vamp0", "exclusive"], slave, in: bed.b)
                #expect(refused.status == 1, "\(refused)")
                #expect(refused.error.contains("the way to 192.0.2.3 leads through lan0"), "\(refused)")
                // Nor whoever came by ssh.
                try bed.succeed("puppet0 down", master, in: bed.c)
                #expect(try eventually { try bed.status(of: "vamp0", slave, in: bed.b).contains("listening") })
                let tool = bed.net.executables.appending(path: "puppetctl").path
                let words = [tool, "-s", slave.socket.path, "vamp0", "exclusive"]
                let caller = try bed.b.run(["env", "SSH_CONNECTION=192.0.2.3 50000 192.0.2.1 22"] + words)
                #expect(caller.status == 1 && caller.error.contains("192.0.2.3 leads through lan0"), "\(caller)")
                let other = try bed.b.run(["env", "SSH_CONNECTION=198.51.100.1 50000 198.51.100.2 22"] + words)
                #expect(other.status == 0, "\(other)")
                // What was said before the other end came is not done either.
                try bed.succeed("puppet0 up", master, in: bed.c)
                #expect(
                    try eventually {
                        try bed.puppetctl(["check", "vamp0"], slave, in: bed.b).output
                            .contains("exclusive: the way to 192.0.2.3 leads through lan0")
                    })
                #expect(try answers(bed))
            }
        }
    }
}
