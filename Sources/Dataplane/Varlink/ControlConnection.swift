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
    /// Why it is over.
    enum End {
        /// The client has gone, as far as reading or writing tells.
        case gone
        /// What it sent is no call, as varlink.org has it, or is too large.
        case noCall
        /// It does not read the news that it asked for.
        case lagging
    }

    private(set) var end: End?
    var isOver: Bool { end != nil }
    /// The streams that it follows.
    private(set) var streams: Set<String> = []
    private(set) var lastCall = ContinuousClock.now
    private var received: [UInt8] = []
    /// Where the first message in `received` ends.
    private var messageEnd: Int?
    private var waiting = ReplyQueue()

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
    var hasCall: Bool { messageEnd != nil && waiting.isEmpty && !isOver }

    func isIdle(for time: Duration) -> Bool {
        streams.isEmpty && ContinuousClock.now - lastCall > time
    }

    /// Reads once.
    /// - Parameter limit: bytes of the largest message taken.
    func read(upTo limit: Int) {
        guard waiting.isEmpty, messageEnd == nil, !isOver else { return }
        do throws(SystemError) {
            guard let bytes = try socket.read(upTo: 65_536) else { return }
            guard !bytes.isEmpty else {
                end = .gone
                return
            }
            take(bytes, limit)
        } catch {
            // ECONNRESET: a peer that went without reading.
            end = .gone
        }
    }

    private func take(_ bytes: [UInt8], _ limit: Int) {
        let searched = received.count
        received += bytes
        messageEnd = received[searched...].firstIndex(of: 0)
        if messageEnd ?? received.count > limit { end = .noCall }
    }

    /// Answers one call, if there is one.
    func answer(by service: VarlinkService) {
        guard hasCall, let messageEnd else { return }
        lastCall = .now
        switch service.answer(received[..<messageEnd], from: peer) {
        case .reply(let reply): send(reply)
        case .stream(let stream, let state):
            streams.insert(stream)
            send(state)
        case nil: end = .noCall
        }
        received.removeSubrange(...messageEnd)
        self.messageEnd = received.firstIndex(of: 0)
    }

    /// - Parameter bytes: news are the same array for all who monitor.
    func send(_ bytes: [UInt8]) {
        if !waiting.isEmpty, waiting.count + bytes.count > ControlConnection.backlogLimit { end = .lagging }
        waiting.append(bytes)
    }

    /// Writes as much as the client takes now.
    func write() {
        guard !isOver else { return }
        do throws(SystemError) {
            try waiting.write(socket.write)
        } catch {
            end = .gone
        }
    }
}
