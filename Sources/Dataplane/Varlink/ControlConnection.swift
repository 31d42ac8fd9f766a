// SPDX-License-Identifier: BSD-2-Clause
import Control
import SystemIO

/// One client of the control socket: bytes in, calls out, replies back. One call at a time, so that one reply at most
/// waits for a client to read it, whatever it asks.
final class ControlConnection {
    /// Bytes of news that may wait for a monitor to read them.
    static let backlogLimit = 4 << 20

    let socket: UnixSocket
    let peer: Peer
    private(set) var isOver = false
    /// What it wants to be told about.
    private(set) var subjects: Set<MonitorSubject> = []
    private(set) var lastCall = ContinuousClock.now
    private var received: [UInt8] = []
    /// Where the first message in `received` ends.
    private var end: Int?
    private var waiting: [UInt8] = []
    /// Bytes of `waiting` that are written.
    private var written = 0

    init(socket: UnixSocket, peer: Peer) {
        self.socket = socket
        self.peer = peer
    }

    /// No more is read while a reply waits: a client that does not read does not get to ask.
    var interest: Poller.Readiness {
        if !waiting.isEmpty { return .output }
        return hasCall ? [] : .input
    }

    /// Whether a call has arrived whole that can be answered now.
    var hasCall: Bool { end != nil && waiting.isEmpty && !isOver }

    func isIdle(for time: Duration) -> Bool {
        subjects.isEmpty && ContinuousClock.now - lastCall > time
    }

    /// Reads once.
    /// - Parameter limit: bytes of the largest message taken.
    func read(upTo limit: Int) {
        guard waiting.isEmpty, end == nil, !isOver else { return }
        let bytes: [UInt8]
        do throws(SystemError) {
            guard let read = try socket.read(upTo: 65_536) else { return }
            bytes = read
        } catch {
            // ECONNRESET: a peer that went without reading.
            isOver = true
            return
        }
        guard !bytes.isEmpty else {
            isOver = true
            return
        }
        let searched = received.count
        received += bytes
        end = received[searched...].firstIndex(of: 0)
        if end ?? received.count > limit { isOver = true }
    }

    /// Answers one call, if there is one. What is no Varlink call ends the connection, as varlink.org has it.
    func answer(by service: VarlinkService) {
        guard hasCall, let end else { return }
        lastCall = .now
        switch service.answer(received[..<end], from: peer) {
        case .reply(let reply): send(reply)
        case .monitor(let subject, let state):
            subjects.insert(subject)
            send(state)
        case .none: isOver = true
        }
        received.removeSubrange(...end)
        self.end = received.firstIndex(of: 0)
    }

    func send(_ bytes: [UInt8]) {
        if !waiting.isEmpty, waiting.count - written + bytes.count > ControlConnection.backlogLimit { isOver = true }
        waiting += bytes
    }

    /// Writes as much as the client takes now.
    func write() {
        guard !waiting.isEmpty, !isOver else { return }
        guard let count = try? socket.write(waiting[written...]) else {
            isOver = true
            return
        }
        written += count
        guard written == waiting.count else { return }
        waiting = []
        written = 0
    }
}
