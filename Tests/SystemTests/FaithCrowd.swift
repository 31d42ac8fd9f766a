// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport

/// Many connections of one process.
struct Crowd {
    let process: RunningCommand

    /// Connections that came about, and those of them that ended since.
    var opened: Int { last("open") }
    var closed: Int { last("closed") }

    private func last(_ word: String) -> Int {
        let line = process.output.split(separator: "\n").last { $0.hasPrefix(word + " ") }
        return line.flatMap { Int($0.dropFirst(word.count + 1)) } ?? 0
    }

    /// Ends all of them.
    func leave() {
        process.kill()
    }
}

/// What a server does with those who come.
enum Reception: String {
    /// Reads what comes, and is silent.
    case listens
    /// Sends as much as it can.
    case talks
}

extension FaithBed {
    /// Starts a server at a port.
    func receive(on port: Int, _ reception: Reception) throws {
        let program = try net.file(
            "reception.py",
            """
            import selectors, socket, sys

            poll = selectors.DefaultSelector()
            listener = socket.create_server(("", int(sys.argv[1])), backlog=4096)
            poll.register(listener, selectors.EVENT_READ)
            interest = selectors.EVENT_WRITE if sys.argv[2] == "talks" else selectors.EVENT_READ
            data = bytes(65536)
            while True:
                for key, ready in poll.select():
                    peer = key.fileobj
                    if peer is listener:
                        guest, _ = listener.accept()
                        guest.setblocking(False)
                        poll.register(guest, interest)
                        continue
                    try:
                        done = peer.send(data) == 0 if ready & selectors.EVENT_WRITE else not peer.recv(65536)
                    except BlockingIOError:
                        continue
                    except OSError:
                        done = True
                    if done:
                        poll.unregister(peer)
                        peer.close()

            """)
        try server.serve(["python3", program, "\(port)", reception.rawValue], port: port)
    }

    /// Connects so many times, and returns when that is done.
    /// - Parameter isDeaf: what comes is not read, nor is the end noticed.
    func crowd(
        _ count: Int, port: Int, address: String = FaithBed.address, isDeaf: Bool = false
    ) throws -> Crowd {
        let program = try net.file(
            "crowd.py",
            """
            import selectors, socket, sys, time

            count, address, port, deaf = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4] == "true"
            poll = selectors.DefaultSelector()
            all, opened, closed = [], 0, 0
            while opened < count:
                # Not more at once than a kernel remembers half-open.
                while len(all) < count and len(all) - opened < 100:
                    one = socket.socket(socket.AF_INET6)
                    if deaf:
                        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                    one.setblocking(False)
                    one.connect_ex((address, port))
                    poll.register(one, selectors.EVENT_WRITE)
                    all.append(one)
                for key, _ in poll.select():
                    # It may have been reset already, and was there all the same.
                    if key.events & selectors.EVENT_WRITE:
                        opened += 1
                        poll.unregister(key.fileobj)
            if not deaf:
                for one in all:
                    poll.register(one, selectors.EVENT_READ)
            print("open", opened, flush=True)
            while True:
                if deaf:
                    time.sleep(60)
                for key, _ in poll.select():
                    try:
                        if key.fileobj.recv(65536):
                            continue
                    except OSError:
                        pass
                    poll.unregister(key.fileobj)
                    key.fileobj.close()
                    closed += 1
                print("closed", closed, flush=True)

            """)
        let process = try client.start(["python3", program, "\(count)", address, "\(port)", "\(isDeaf)"])
        let crowd = Crowd(process: process)
        guard eventually(within: .seconds(20), { crowd.opened == count || !process.isRunning }), process.isRunning
        else { throw CommandFailure(description: "no crowd: \(process.error)") }
        return crowd
    }

    /// Whether there come to be so many sessions.
    func hasSessions(_ count: Int, of daemon: Daemon? = nil) throws -> Bool {
        let daemon = daemon ?? self.daemon
        return try eventually { try daemon.relayed().sessions == count }
    }

    /// Clients refused for a reason, or sessions that ended in a way, as soon as these are `count`.
    func ended(_ reason: String, reaching count: Int, of daemon: Daemon? = nil) throws -> Int {
        let daemon = daemon ?? self.daemon
        func now() throws -> Int {
            let counters = try daemon.relayed().counters
            return (counters.refused + counters.ended).first { $0.reason == reason }?.sessions ?? -1
        }
        _ = try eventually { try now() >= count }
        return try now()
    }
}

extension Daemon {
    /// Memory of its own that it uses, in bytes.
    func memory() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process.processID)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon:") }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) << 10
    }
}
