// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// The gateway has nothing but sshd and the tool. See `PuppetBed`.
    @Suite struct PuppetOverSSHTests {
        /// An sshd on b that runs what it is told behind `login`, and an ssh on a that knows it.
        private func with(login: String = "", _ body: (PuppetBed, Daemon) throws -> Void) throws {
            try PuppetBed.with { bed in
                let scratch = bed.net.scratch.path
                for key in ["host", "user"] {
                    try bed.a.shell("ssh-keygen -q -t ed25519 -N '' -f \(scratch)/\(key)")
                }
                try bed.net.file(
                    "sshd_config",
                    """
                    Port 22
                    HostKey \(scratch)/host
                    PidFile none
                    UsePAM no
                    StrictModes no
                    PermitRootLogin yes
                    AuthorizedKeysFile \(scratch)/user.pub
                    ForceCommand \(login); eval "$SSH_ORIGINAL_COMMAND"
                    SetEnv PATH=\(bed.net.executables.path):/usr/sbin:/usr/bin:/sbin:/bin

                    """.replacing("ForceCommand ; ", with: "ForceCommand "))
                try bed.net.file(
                    "ssh_config",
                    """
                    IdentityFile \(scratch)/user
                    UserKnownHostsFile \(scratch)/known
                    StrictHostKeyChecking accept-new
                    BatchMode yes

                    """)
                // As root has no other home than his own.
                try bed.net.file(
                    "bin/ssh", "#!/bin/sh\nexec /usr/bin/ssh -F \(scratch)/ssh_config \"$@\"\n", mode: 0o755)
                try bed.b.shell("mkdir -p /run/sshd")
                try bed.b.serve(["/usr/sbin/sshd", "-D", "-e", "-f", "\(scratch)/sshd_config"], port: 22)
                let master = try bed.net.daemon(in: bed.a)
                try bed.succeed("create puppet0 reconnect 1 1 up", master, in: bed.a)
                try body(bed, master)
            }
        }

        private func ssh(_ bed: PuppetBed, _ daemon: Daemon, _ words: [String]) throws -> RunningCommand {
            let path = "\(bed.net.scratch.path)/bin:/usr/sbin:/usr/bin:/sbin:/bin"
            let tool = bed.net.executables.appending(path: "puppetctl").path
            return try bed.a.start(["env", "PATH=\(path)", tool, "-s", daemon.socket.path, "ssh"] + words)
        }

        private func isRunning(_ bed: PuppetBed) throws -> Bool {
            try bed.a.kernelState("puppet0")?.flags.contains("LOWER_UP") == true
        }

        @Test func `ssh brings a tunnel, and brings it again`() throws {
            try with(login: "echo Welcome to the gateway") { bed, master in
                let tool = try ssh(bed, master, ["puppet0", "root@198.51.100.2", "dev", "lan0"])
                #expect(try eventually { try isRunning(bed) }, "\(tool.error)")
                try bed.a.succeed("ip addr add 192.0.2.9/24 dev puppet0")
                #expect(try bed.a.ping("192.0.2.3").replies == 3)
                try bed.expectIdentity()
                try bed.transfer(to: bed.c, "192.0.2.3", from: bed.a)
                try bed.transfer(to: bed.a, "192.0.2.9", from: bed.c)
                // The other end goes, and comes again; the doll stays meanwhile.
                let index = try bed.a.succeed("cat /sys/class/net/puppet0/ifindex")
                let killed = try bed.b.run(["pkill", "-f", "puppetctl serve dev lan0"])
                #expect(killed.status == 0)
                #expect(try eventually { try !isRunning(bed) })
                #expect(try eventually { try isRunning(bed) }, "\(tool.error)")
                let same = try bed.a.succeed("cat /sys/class/net/puppet0/ifindex")
                #expect(same == index)
                #expect(try bed.a.ping("192.0.2.3").replies == 3)
                // The tool goes, and leaves nothing running there.
                tool.signal(15)
                #expect(try tool.wait(within: .seconds(10)).status == 0)
                #expect(try eventually { try !isRunning(bed) })
                #expect(try eventually { try bed.b.run("pgrep -f puppetctl.serve.dev.lan0").status == 1 })
            }
        }

        /// No program of ours is there: what runs is a file that goes when it ends.
        @Test func `what is not there is brought`() throws {
            try with(login: "PATH=/usr/bin:/bin") { bed, master in
                let tool = try ssh(bed, master, ["puppet0", "root@198.51.100.2", "push", "dev", "lan0"])
                #expect(try eventually(within: .seconds(30)) { try isRunning(bed) }, "\(tool.error)")
                #expect(try bed.status(of: "puppet0", master, in: bed.a).contains("as lan0"))
                try bed.a.succeed("ip addr add 192.0.2.9/24 dev puppet0")
                #expect(try bed.a.ping("192.0.2.3").replies == 3)
                let there = try bed.b.shell(
                    "pgrep -a -f 'etherpuppet -t -S -i lan0' | grep -o '/tmp/puppet[^/ ]*' | head -1")
                #expect(there.hasPrefix("/tmp/puppet."))
                tool.signal(15)
                #expect(try tool.wait(within: .seconds(10)).status == 0)
                #expect(
                    try eventually {
                        try bed.b.run(["test", "-e", there.split(separator: "\n")[0].description]).status == 1
                    })
            }
        }

        @Test(arguments: [
            ("yes nonsense", ["puppet0", "root@198.51.100.2", "dev", "lan0"], "nonsense"),
            ("PATH=/usr/bin", ["puppet0", "root@198.51.100.2", "dev", "lan0"], "puppetctl is not there"),
            ("true", ["puppet0", "root@198.51.100.2", "dev", "nowhere"], "nowhere"),
            ("true", ["puppet0", "root@198.51.100.9", "dev", "lan0"], "no connection"),
        ])
        func `what keeps it from being is said in one line`(_ login: String, _ words: [String], _ reason: String) throws
        {
            try with(login: login) { bed, master in
                try bed.a.succeed("ip route add unreachable 198.51.100.9")
                let tool = try ssh(bed, master, words)
                let result = try tool.wait(within: .seconds(20))
                #expect(result.status == 69, "\(result)")
                #expect(result.error.contains(reason), "\(result)")
                #expect(result.error.ranges(of: "puppetctl: ssh: root@").count == 1, "\(result)")
                #expect(try bed.b.run("pgrep -f puppetctl.serve.dev").status == 1)
            }
        }

        @Test func `a doll that is not there, or down, is refused before ssh runs`() throws {
            try with { bed, master in
                let missing = try ssh(bed, master, ["puppet7", "root@198.51.100.2", "dev", "lan0"])
                #expect(try missing.wait(within: .seconds(10)).error.contains("puppet7"))
                try bed.succeed("puppet0 down", master, in: bed.a)
                let down = try ssh(bed, master, ["puppet0", "root@198.51.100.2", "dev", "lan0"])
                let result = try down.wait(within: .seconds(20))
                #expect(result.status != 0 && result.error.contains("puppetctl puppet0 up"), "\(result)")
            }
        }

        /// Descriptors are taken from root, a connection, and with this call only.
        @Test func `nobody else hands over a connection`() throws {
            try PuppetBed.with { bed in
                let master = try bed.net.daemon(in: bed.a)
                try bed.succeed("create puppet0 up", master, in: bed.a)
                let script = try bed.net.file("attach.py", PuppetOverSSHTests.script)
                for (kind, user, expected) in [
                    ("none", "0", "no connection came with the call"),
                    ("file", "0", "not a connection inside this host"),
                    ("pipe", "0", "not a connection inside this host"),
                    ("udp", "0", "not a connection inside this host"), ("many", "0", "sessions"),
                    ("socket", "65534", "changes are for root"), ("socket", "0", "sessions"),
                ] {
                    let said = try bed.a.run(
                        [
                            "setpriv", "--reuid", user, "--clear-groups", "/usr/bin/python3", script,
                            master.socket.path, kind,
                        ])
                    #expect(said.output.contains(expected), "\(kind) of \(user): \(said)")
                }
                // Nothing of what was refused is kept.
                let count = "ls /proc/\(master.process.processID)/fd"
                let before = try bed.a.succeed(count).split(separator: "\n").count
                for _ in 0..<20 { _ = try bed.a.run(["/usr/bin/python3", script, master.socket.path, "file"]) }
                #expect(try eventually { try bed.a.succeed(count).split(separator: "\n").count <= before + 1 })
            }
        }

        private static let script = """
            import array, json, os, socket, sys
            kind, call = sys.argv[2], {"method": "io.hydrangea.puppet.Attach", "parameters": {"interface": "puppet0"}}
            ends = socket.socketpair()
            passed = {"none": [], "file": [os.open("/dev/null", os.O_RDWR)], "pipe": list(os.pipe())[:1],
                      "udp": [socket.socket(socket.AF_INET, socket.SOCK_DGRAM).detach()],
                      "socket": [ends[0].fileno()],
                      "many": [ends[0].fileno()] + [os.open("/dev/null", os.O_RDWR) for _ in range(100)]}[kind]
            client = socket.socket(socket.AF_UNIX)
            client.connect(sys.argv[1])
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", passed))] if passed else []
            client.sendmsg([json.dumps(call).encode() + b"\\0"], rights)
            print(client.recv(4096).decode())
            """
    }
}
