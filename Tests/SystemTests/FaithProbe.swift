// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport

extension FaithBed {
    /// Starts a server of TCP on a host that tells everybody who asked for what, `192.0.2.1>192.0.2.2`, and waits until it
    /// listens.
    /// - Parameter host: the server unless given.
    func greet(on ports: [Int], at host: Namespace? = nil) throws {
        let program = try net.file(
            "greeter.py",
            """
            import selectors, socket, sys

            poll = selectors.DefaultSelector()
            for port in sys.argv[1:]:
                listener = socket.create_server(
                    ("", int(port)), family=socket.AF_INET6, dualstack_ipv6=True, backlog=1000)
                poll.register(listener, selectors.EVENT_READ)
            while True:
                for key, _ in poll.select():
                    peer, name = key.fileobj.accept()
                    names = [name[0].removeprefix("::ffff:"), peer.getsockname()[0].removeprefix("::ffff:")]
                    peer.sendall(">".join(names).encode())
                    peer.close()

            """)
        try (host ?? server).serve(["python3", program] + ports.map(String.init), port: ports[ports.count - 1])
    }

    /// What a host hears when it asks: `tcp [2001:db8::1]:80`, `udp …`, or `253 …` for a protocol of that number without
    /// ports. What the other side says first, `nothing` if it ends without a word, `silence` if nothing comes in a second,
    /// or the error: `ECONNREFUSED`.
    /// - Parameter host: the client unless given.
    func ask(_ questions: [String], from host: Namespace? = nil) throws -> [String] {
        let program = try net.file(
            "ask.py",
            """
            import errno, socket, sys

            IPV6_RECVERR = 25

            def ask(kind, name):
                address, _, port = name[1:].rpartition("]:")
                types = {"tcp": (socket.SOCK_STREAM, 0), "udp": (socket.SOCK_DGRAM, 0)}
                asking = socket.socket(socket.AF_INET6, *types.get(kind, (socket.SOCK_RAW, kind.isdigit() and int(kind))))
                asking.settimeout(1)
                # Without it, some errors wait for others (ipv6(7)).
                asking.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
                asking.connect((address, int(port)))
                if kind != "tcp":
                    asking.send(b"question")
                return asking.recv(100).decode() or "nothing"

            for question in sys.argv[1:]:
                try:
                    print(ask(*question.split()))
                except socket.timeout:
                    print("silence")
                except OSError as error:
                    print(errno.errorcode[error.errno])

            """)
        let result = try (host ?? client).run(["python3", program] + questions)
        guard result.status == 0 else { throw CommandFailure(description: "\(result)") }
        return result.lines
    }

    func ask(_ question: String, from host: Namespace? = nil) throws -> String {
        try ask([question], from: host).joined()
    }

    /// What the greeter says of a connection through the relay to `serverAddress`.
    static let greeting = "192.0.2.1>\(serverAddress)"
    static let question = "tcp [\(address)]:80"

    /// Packets of `faith0` that died of a reason.
    func dropped(_ direction: String, _ reason: String) throws -> Int {
        let output = try daemon.faith("-jv faith0")
        return try JSONDecoder().decode(Interfaces.self, from: Data(output.utf8)).interfaces.first?
            .dropped(direction, reason) ?? -1
    }

    /// `dropped` when it is `count`, or what it is after a while.
    func dropped(_ direction: String, _ reason: String, reaching count: Int) throws -> Int {
        _ = try eventually(within: .seconds(5)) { try dropped(direction, reason) >= count }
        return try dropped(direction, reason)
    }

    private struct Interfaces: Decodable {
        var interfaces: [InterfaceState]
    }
}
