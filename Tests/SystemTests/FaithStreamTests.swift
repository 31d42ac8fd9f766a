// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// Much data, and urgent data, through faith.
    @Suite struct FaithStreamTests {
        @Test(arguments: Way.allCases)
        func gibibyteArrivesWhole(_ way: Way) throws {
            try FaithBed.with("relay 1000") { bed in
                let (zeros, got) = (bed.path("zeros"), bed.path("got"))
                try bed.server.succeed("truncate -s 1G \(zeros)")
                // It repeats nowhere, so that a piece that is lost, doubled or moved shows.
                let source = "openssl enc -aes-128-ctr -bufsize 262144 -K 01 -iv 02 -in \(zeros) 2>/dev/null"
                let sum = "openssl dgst -sha256 -r >\(got)"
                let (server, client) = ("TCP4-LISTEN:1000", "TCP6:[\(FaithBed.address)]:1000")
                let serverLine: String
                let clientLine: String
                switch way {
                case .toClient:
                    (serverLine, clientLine) = ("\(source) | \(copy) - \(server)", "\(copy) \(client) - | \(sum)")
                case .toServer:
                    (serverLine, clientLine) = ("\(copy) \(server) - | \(sum)", "\(source) | \(copy) - \(client)")
                }
                let end = try bed.server.serve(["sh", "-c", serverLine], port: 1000)
                try bed.client.shell(clientLine, within: .seconds(60))
                let result = try end.wait()
                #expect(result.status == 0, "\(result)")
                let sent = try bed.server.shell("\(source) | openssl dgst -sha256 -r")
                #expect(try String(contentsOfFile: got, encoding: .utf8) == sent)
                #expect(try eventually { try bed.daemon.relayed().ends == ["finished: 1"] })
                let counters = try bed.daemon.relayed().counters
                #expect(counters.toclient == (way == .toClient ? 1 << 30 : 0))
                #expect(counters.toserver == (way == .toServer ? 1 << 30 : 0))
            }
        }

        private let copy = "socat -u -b 262144"

        enum Way: String, CaseIterable, CustomTestStringConvertible {
            case toClient = "to the client"
            case toServer = "to the server"

            var testDescription: String { rawValue }
        }

        /// As a Telnet client interrupts (RFC 854): text, an urgent byte, text, and the same back. The urgent byte must
        /// keep its place, and must be urgent on the other side.
        @Test func urgentByteKeepsItsPlace() throws {
            try FaithBed.with("relay telnet") { bed in
                let common = """
                    import socket

                    def until_mark(peer):
                        # Reading stops at the mark (SO_OOBINLINE is off); the urgent byte comes apart.
                        before = peer.recv(6, socket.MSG_WAITALL)
                        while True:
                            try:
                                urgent = peer.recv(1, socket.MSG_OOB)
                                break
                            except OSError:
                                pass
                        after = peer.recv(5, socket.MSG_WAITALL)
                        return (before + b"<" + urgent + b">" + after).decode()

                    def say(peer, urgent):
                        peer.sendall(b"before")
                        peer.send(urgent, socket.MSG_OOB)
                        peer.sendall(b"after")

                    """
                let server = try bed.net.file(
                    "server.py",
                    common + """
                        listener = socket.create_server(("\(FaithBed.serverAddress)", 23))
                        peer, name = listener.accept()
                        print(until_mark(peer), flush=True)
                        say(peer, b"S")
                        print(len(peer.recv(10)), flush=True)
                        """)
                let client = try bed.net.file(
                    "client.py",
                    common + """
                        peer = socket.create_connection(("\(FaithBed.address)", 23))
                        say(peer, b"C")
                        print(until_mark(peer))
                        """)
                let listening = try bed.server.serve(["timeout", "20", "python3", server], port: 23)
                let said = try bed.client.succeed("timeout 20 python3 \(client)")
                #expect(said == "before<S>after\n")
                #expect(try listening.wait(within: .seconds(20)).output == "before<C>after\n0\n")
            }
        }

        /// A client that says all it has to say, and then listens: its end reaches the server, and the answer comes back.
        @Test func eachSideEndsByItself() throws {
            try FaithBed.with("relay 1000") { bed in
                try bed.server.serve(["socat", "-t", "10", "TCP4-LISTEN:1000", "SYSTEM:sha256sum"], port: 1000)
                let sum = try bed.client.shell(
                    "head -c 10M /dev/zero | socat -t 10 - TCP6:[\(FaithBed.address)]:1000")
                #expect(try sum == bed.server.shell("head -c 10M /dev/zero | sha256sum"))
                #expect(try eventually { try bed.daemon.relayed().ends == ["finished: 1"] })
            }
        }
    }
}
