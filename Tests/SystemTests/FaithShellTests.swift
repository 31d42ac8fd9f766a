// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// Shells of other hosts, behind faith: ssh, and rsh with its second connection.
    @Suite struct FaithShellTests {
        @Test func sshCarriesCommandsAndFiles() throws {
            try FaithBed.with("relay ssh") { bed in
                let ssh = try serveSSH(bed)
                let output = try bed.client.shell(
                    "echo asked | ssh \(ssh) root@\(FaithBed.address) 'cat; echo \"$SSH_CLIENT\"'")
                #expect(output.hasPrefix("asked\n192.0.2.1 "), "\(output)")
                #expect(output.hasSuffix(" 22\n"), "\(output)")
                let (ours, theirs) = (bed.path("ours"), bed.path("theirs"))
                try bed.server.succeed("dd if=/dev/urandom of=\(theirs) bs=1M count=20 status=none")
                try bed.client.shell("ssh \(ssh) root@\(FaithBed.address) cat \(theirs) >\(ours)")
                #expect(try bed.client.run("cmp \(ours) \(theirs)").status == 0)
                let batch = try bed.net.file("batch", "put \(ours) \(theirs).2\nget \(theirs).2 \(ours).2\n")
                try bed.client.shell("sftp \(ssh) -b \(batch) 'root@[\(FaithBed.address)]'")
                #expect(try bed.client.run("cmp \(ours) \(theirs).2").status == 0)
                #expect(try bed.client.run("cmp \(ours) \(ours).2").status == 0)
                #expect(try eventually { try bed.daemon.relayed().ends == ["finished: 3"] })
            }
        }

        /// The status of the remote command is the local one's.
        @Test func sshTellsHowACommandEnded() throws {
            try FaithBed.with("relay ssh") { bed in
                let ssh = try serveSSH(bed)
                let result = try bed.client.run([
                    "sh", "-c", "ssh \(ssh) root@\(FaithBed.address) 'echo no >&2; exit 7'",
                ])
                #expect(result.status == 7)
                #expect(result.error == "no\n")
            }
        }

        /// The server opens a second connection for the standard error, to the port that the client announced (rcmd(3)). The
        /// client answers only when something has come over it, so that both are in use at once.
        @Test func rshHasItsSecondConnection() throws {
            try FaithBed.with("relay shell") { bed in
                try serveRsh(bed)
                let client = try bed.net.file(
                    "client.py",
                    """
                    import socket

                    def reserved(port):
                        return socket.create_server(("::", port), family=socket.AF_INET6)

                    errors = reserved(1020)
                    shell = socket.create_connection(("\(FaithBed.address)", 514), 10, ("\(FaithBed.clientAddress)", 1021))
                    shell.sendall(b"1020\\0root\\0root\\0echo aside >&2; cat\\0")
                    error, peer = errors.accept()
                    print(peer[0], peer[1] < 1024, shell.recv(1))
                    print(error.recv(100))
                    shell.sendall(b"answer")
                    shell.shutdown(socket.SHUT_WR)
                    print(shell.recv(100), shell.recv(100), error.recv(100))

                    """)
                let result = try bed.client.succeed("timeout 20 python3 \(client)")
                #expect(
                    result == """
                        \(FaithBed.address) True b'\\x00'
                        b'aside\\n'
                        b'answer' b'' b''

                        """)
                #expect(try eventually { try bed.daemon.relayed().ends == ["finished: 2"] })
            }
        }

        @Test func rshSessionsBelongTogether() throws {
            try FaithBed.with("relay shell") { bed in
                try serveRsh(bed)
                let client = try bed.client.start([
                    "timeout", "20", "rsh-redone-rsh", "-n", "-l", "root", FaithBed.address,
                    "echo ready; exec sleep 20",
                ])
                #expect(eventually { client.output == "ready\n" }, "\(client.error)")
                let sessions = try bed.daemon.sessions()
                #expect(sessions.count == 2)
                let control = sessions.first { $0.control == nil }
                #expect(control?.application == "rsh")
                #expect(control?.server == "\(FaithBed.serverAddress):514")
                #expect(sessions.first { $0.control != nil }?.control == control?.number)
                try bed.daemon.faith("kill faith0 all")
                #expect(try client.wait(within: .seconds(5)).status != 124)
                #expect(try bed.daemon.relayed().ends == ["killed: 2"])
            }
        }

        /// Starts an sshd with keys of its own, and returns the options for a client.
        private func serveSSH(_ bed: FaithBed) throws -> String {
            let (host, user) = (bed.path("host-key"), bed.path("user-key"))
            for key in [host, user] { try bed.server.shell("ssh-keygen -q -t ed25519 -N '' -f \(key)") }
            let key = try String(contentsOfFile: host + ".pub", encoding: .utf8)
            let known = try bed.net.file("known-hosts", "\(FaithBed.address) \(key)")
            let configuration = try bed.net.file(
                "sshd_config",
                """
                HostKey \(host)
                AuthorizedKeysFile \(user).pub
                StrictModes no
                PermitRootLogin yes
                PasswordAuthentication no
                KbdInteractiveAuthentication no
                UsePAM yes
                PidFile none
                Subsystem sftp internal-sftp

                """)
            let line = "mkdir -p /run/sshd; exec /usr/sbin/sshd -D -e -f \(configuration)"
            try bed.server.serve(
                ["sh", "-c", "\(try lenient("sshd", bed)) && mount -t tmpfs none /run && \(line)"], port: 22)
            return """
                -F none -i \(user) -o UserKnownHostsFile=\(known) -o GlobalKnownHostsFile=/dev/null -o BatchMode=yes \
                -o ConnectTimeout=10
                """
        }

        private func serveRsh(_ bed: FaithBed) throws {
            // Its server wants a name for who comes.
            let hosts = try bed.net.file("hosts", "192.0.2.1 router\n")
            let line =
                "mount --bind \(hosts) /etc/hosts && exec socat TCP4-LISTEN:514,reuseaddr,fork EXEC:/usr/sbin/in.rshd,nofork"
            try bed.server.serve(["sh", "-c", "\(try lenient("rsh", bed)) && \(line)"], port: 514)
        }

        /// What lets everybody in, for one process and its children.
        private func lenient(_ service: String, _ bed: FaithBed) throws -> String {
            let stack = ["auth", "account", "session", "password"].map { "\($0) required pam_permit.so\n" }.joined()
            return "mount --bind \(try bed.net.file("pam-\(service)", stack)) /etc/pam.d/\(service)"
        }
    }
}
