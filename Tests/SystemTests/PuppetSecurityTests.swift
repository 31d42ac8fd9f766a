// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// TLS between both ends, and others who come to them. See `PuppetBed`.
    @Suite struct PuppetSecurityTests {
        private static let foreign = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"

        /// The ends with a key each, of which they know nothing yet.
        private func with(_ body: (PuppetBed, Ends) throws -> Void) throws {
            try PuppetBed.with { bed in
                let (master, slave) = (try bed.net.daemon(in: bed.a), try bed.net.daemon(in: bed.b))
                let ends = Ends(
                    master: master, slave: slave, masterKey: try key(of: master, bed), slaveKey: try key(of: slave, bed)
                )
                try body(bed, ends)
            }
        }

        private struct Ends {
            let master: Daemon
            let slave: Daemon
            let masterKey: String
            let slaveKey: String
        }

        private func key(of daemon: Daemon, _ bed: PuppetBed) throws -> String {
            let tool = bed.net.executables.appending(path: "puppetctl").path
            let path = daemon.configuration.appending(path: "puppet.key").path
            let made = try bed.net.start([tool, "key", path]).wait()
            #expect(made.status == 0 && made.error == "\(path): made\n", "\(made)")
            let wrong = try bed.net.start([tool, "key", "-f"]).wait()
            #expect(wrong.status == 64 && wrong.error.hasPrefix("puppetctl: key: -f: unknown option\n"), "\(wrong)")
            let told = try bed.net.start([tool, "key", path]).wait()
            #expect(told.output == made.output && told.error == "", "\(told)")
            // Anybody can find it out without us.
            let openssl = try bed.a.shell(
                "openssl pkey -in \(path) -pubout -outform DER | openssl dgst -sha256 -binary | base64")
            #expect("SHA256:\(openssl)".replacing("=", with: "") == made.output)
            return made.output.trimmingCharacters(in: .newlines)
        }

        private func isConnected(_ interface: String, _ daemon: Daemon, in host: Namespace, _ bed: PuppetBed) throws
            -> Bool
        {
            try bed.status(of: interface, daemon, in: host).contains("\tconnected")
        }

        @Test(arguments: [true, false]) func `a tunnel is secret, whoever listens`(_ slaveListens: Bool) throws {
            try with { bed, ends in
                let (listens, connects) = ("listen 198.51.100.\(slaveListens ? 2 : 1):7113", "connect 198.51.100.")
                let vamp = slaveListens ? listens : "\(connects)1:7113",
                    doll = slaveListens ? "\(connects)2:7113" : listens
                try bed.succeed("create vamp0 dev lan0 \(vamp) peer \(ends.masterKey) up", ends.slave, in: bed.b)
                try bed.succeed(
                    "create puppet0 \(doll) peer \(PuppetSecurityTests.foreign) peer \(ends.slaveKey) up", ends.master,
                    in: bed.a)
                #expect(try eventually { try isConnected("puppet0", ends.master, in: bed.a, bed) })
                #expect(try bed.status(of: "puppet0", ends.master, in: bed.a).contains("modern in TLS as lan0"))
                let wire = try bed.b.start(
                    "tcpdump -n -U -i tb -s 0 -w \(bed.net.scratch.path)/wire.pcap tcp port 7113")
                #expect(eventually { wire.error.contains("listening on") })
                try bed.a.succeed("ip addr add 192.0.2.9/24 dev puppet0")
                #expect(try bed.a.ping("192.0.2.3", options: "-p 707570706574").replies == 3)
                try bed.expectIdentity()
                // With all that a device offers: frames of 64 KiB, and checksums that nobody has made yet.
                try bed.transfer(to: bed.c, "192.0.2.3", from: bed.a)
                try bed.transfer(to: bed.a, "192.0.2.9", from: bed.c)
                // What it has seen is in the file already.
                wire.kill()
                #expect(
                    try bed.b.run(["grep", "-c", "puppetpuppet", "\(bed.net.scratch.path)/wire.pcap"]).output == "0\n")
            }
        }

        /// A wrong key at either end.
        @Test(arguments: ["the slave", "the master"]) func `who is not the peer gets no tunnel`(_ wrong: String) throws
        {
            try with { bed, ends in
                let isMaster = wrong == "the master", foreign = PuppetSecurityTests.foreign
                try bed.succeed(
                    "create vamp0 dev lan0 listen 198.51.100.2:7113 peer \(isMaster ? foreign : ends.masterKey) up",
                    ends.slave, in: bed.b)
                try bed.succeed(
                    "create puppet0 connect 198.51.100.2:7113 peer \(isMaster ? ends.slaveKey : foreign) up",
                    ends.master,
                    in: bed.a)
                let expected = isMaster ? "the other end does not take this end's key" : "not a key of the peer's"
                #expect(try eventually { try bed.status(of: "puppet0", ends.master, in: bed.a).contains(expected) })
                #expect(
                    try eventually {
                        try bed.status(of: "vamp0", ends.slave, in: bed.b).contains("without a key of the")
                    })
                #expect(eventually { ends.slave.log.contains("vamp0: refused: 198.51.100.1:") })
                if isMaster { #expect(ends.slave.log.contains(ends.masterKey)) }
                #expect(try bed.a.kernelState("puppet0")?.flags.contains("LOWER_UP") == false)
                #expect(try bed.a.succeed("ip link show puppet0").contains(PuppetBed.address) == false)
                // What is right is then enough.
                try bed.succeed("vamp0 peer \(ends.masterKey)", ends.slave, in: bed.b)
                try bed.succeed("puppet0 peer \(ends.slaveKey) reconnect 1 1", ends.master, in: bed.a)
                #expect(try eventually { try isConnected("puppet0", ends.master, in: bed.a, bed) })
            }
        }

        /// Everything but the peer: those who say nothing, or garbage, or half of it; older protocols, and foreign keys.
        @Test func `nobody keeps the peer out`() throws {
            try with { bed, ends in
                try bed.succeed(
                    "create vamp0 dev lan0 listen 198.51.100.2:7113 peer \(ends.masterKey) up", ends.slave, in: bed.b)
                let script = try bed.net.file("strangers.py", PuppetSecurityTests.strangers)
                let crowd = try bed.a.start(["python3", script, "198.51.100.2", "7113"])
                #expect(eventually { !crowd.output.isEmpty || !crowd.isRunning })
                let connect = "openssl s_client -connect 198.51.100.2:7113 -quiet"
                let old = try bed.a.run(["sh", "-c", "echo | \(connect) -tls1_2"])
                #expect(old.status != 0 && old.error.contains("alert protocol version"), "\(old)")
                let keyless = try bed.a.run(["sh", "-c", "(sleep 1; echo) | \(connect)"])
                #expect(keyless.error.contains("certificate required"), "\(keyless)")
                #expect(!keyless.output.contains("puppet"), "\(keyless)")
                for kind in ["rsa:2048", "ed25519"] {
                    try bed.a.shell(
                        "openssl req -x509 -newkey \(kind) -nodes -subj /CN=x -keyout key.pem -out cert.pem 2>&1")
                    let foreign = try bed.a.run([
                        "sh", "-c", "(sleep 1; echo) | \(connect) -cert cert.pem -key key.pem",
                    ])
                    #expect(!foreign.output.contains("puppet"), "\(foreign)")
                }
                try bed.succeed(
                    "create puppet0 connect 198.51.100.2:7113 peer \(ends.slaveKey) reconnect 1 1 up", ends.master,
                    in: bed.a)
                #expect(try eventually { try isConnected("puppet0", ends.master, in: bed.a, bed) })
                let state = try bed.status(of: "vamp0", ends.slave, in: bed.b)
                let count = state.firstMatch(of: /(\d+) came without a key/).flatMap { Int($0.1) }
                #expect(try #require(count, "\(state)") >= 100)
                // Those are told of, but not each.
                #expect(ends.slave.log.split(separator: "\n").filter { $0.contains("refused:") }.count < 10)
                // The tunnel is as before, whatever they do on.
                try bed.a.succeed("ip addr add 192.0.2.9/24 dev puppet0")
                #expect(try bed.a.ping("192.0.2.3").replies == 3)
            }
        }

        /// A hundred who go halfway through their first words, and fifty who stay and say nothing.
        private static let strangers = """
            import socket, ssl, sys, time
            place = (sys.argv[1], int(sys.argv[2]))
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            try: context.wrap_bio(incoming, outgoing).do_handshake()
            except ssl.SSLWantReadError: pass
            hello = outgoing.read()
            for index in range(100):
                with socket.create_connection(place) as one: one.sendall(hello[:len(hello) * index // 100])
            for index in range(20):
                with socket.create_connection(place) as one: one.sendall(bytes([index * 12]) * 1000)
            idle = [socket.create_connection(place) for index in range(50)]
            print("there", flush=True)
            time.sleep(100)
            """

        @Test(arguments: [
            (0o644, "others may read it (mode 644): chmod 600"), (0, "puppetctl key makes one"),
        ])
        func `a key that is none is refused in one line`(_ mode: Int, _ reason: String) throws {
            try PuppetBed.with { bed in
                let daemon = try bed.net.daemon(in: bed.a)
                if mode != 0 {
                    _ = try key(of: daemon, bed)
                    let path = daemon.configuration.appending(path: "puppet.key").path
                    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
                    let tool = bed.net.executables.appending(path: "puppetctl").path
                    let told = try bed.net.start([tool, "key", path]).wait()
                    #expect(told.status == 66 && told.error.contains(reason) && told.output == "", "\(told)")
                }
                let words = [
                    "create", "puppet0", "connect", "198.51.100.2:7113", "peer", PuppetSecurityTests.foreign, "up",
                ]
                let result = try bed.puppetctl(words, daemon, in: bed.a)
                #expect(result.status != 0 && result.error.contains(reason), "\(result)")
                #expect(result.error.split(separator: "\n").count == 1, "\(result)")
                #expect(try bed.a.run("ip link show puppet0").status != 0)
            }
        }
    }
}
