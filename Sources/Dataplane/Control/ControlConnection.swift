// SPDX-License-Identifier: BSD-2-Clause
import Control
import SystemIO

/// One client of the control socket: bytes in, calls out, replies back.
final class ControlConnection {
    /// Bytes of replies that may wait for a client to read them.
    static let backlogLimit = 4 << 20

    let socket: UnixSocket
    let peer: Peer
    private(set) var isOver = false
    /// Whether it wants to be told what happens.
    private(set) var isMonitor = false
    private(set) var lastCall = ContinuousClock.now
    private var received: [UInt8] = []
    /// Bytes of `received` known to hold no end of a message.
    private var searched = 0
    private var waiting: [UInt8] = []

    init(socket: UnixSocket, peer: Peer) {
        self.socket = socket
        self.peer = peer
    }

    /// No more is read while replies wait: a client that does not read does not get to ask.
    var interest: Poller.Readiness { waiting.isEmpty ? .input : .output }

    func isIdle(for time: Duration) -> Bool {
        !isMonitor && ContinuousClock.now - lastCall > time
    }

    /// Reads once and answers every whole message.
    func read(calling service: VarlinkService) {
        guard waiting.isEmpty, !isOver else { return }
        guard let bytes = try? socket.read(upTo: 65_536) else { return }
        guard !bytes.isEmpty else {
            isOver = true
            return
        }
        received += bytes
        while let end = received[searched...].firstIndex(of: 0) {
            answer(received[..<end], by: service)
            received.removeSubrange(...end)
            searched = 0
            if isOver { return }
        }
        searched = received.count
        if received.count > VarlinkWire.messageLimit { isOver = true }
    }

    /// What is no Varlink call ends the connection, as varlink.org has it.
    private func answer(_ message: ArraySlice<UInt8>, by service: VarlinkService) {
        guard message.count <= VarlinkWire.messageLimit else {
            isOver = true
            return
        }
        lastCall = .now
        switch service.answer(message, from: peer) {
        case .reply(let reply): send(reply)
        case .monitor(let state):
            isMonitor = true
            send(state)
        case .none: isOver = true
        }
    }

    func send(_ bytes: [UInt8]) {
        waiting += bytes
        if waiting.count > ControlConnection.backlogLimit { isOver = true }
    }

    /// Writes as much as the client takes now.
    func write() {
        guard !waiting.isEmpty, !isOver else { return }
        guard let count = try? socket.write(waiting[...]) else {
            isOver = true
            return
        }
        waiting.removeFirst(count)
    }
}
