// SPDX-License-Identifier: BSD-2-Clause
import Control
import SystemIO

/// One client of the control socket: bytes in, calls out, replies back. One call at a time, so that one reply at most
/// waits for a client to read it, whatever it asks.
final class ControlConnection {
    /// Bytes that may wait for one who follows streams to read them.
    static let backlogLimit = 4 << 20

    /// Why it is over.
    enum End {
        /// The client has gone, as far as reading or writing tells.
        case gone
        /// What it sent is no call, as varlink.org has it, or is too large.
        case noCall
        /// It does not read the news that it asked for.
        case lagging
        /// The rest of a reply could not be made.
        case brokenReply
    }

    let socket: UnixSocket
    let caller: Caller
    /// Of one who may only ask, whose share of time and places this takes; nil: it may change things.
    let user: UInt32?
    private(set) var end: End?
    /// The streams that it follows.
    private(set) var streams: Set<String> = []
    private(set) var lastCall = ContinuousClock.now
    private var received: [UInt8] = []
    /// Where the first message in `received` ends.
    private var messageEnd: Int?
    private var waiting = ReplyQueue()
    /// What is not made yet of the reply that waits.
    private var rest: LongReply?
    /// News that go out after it.
    private var news: [[UInt8]] = []

    /// - Parameter mayChange: whether it may change things.
    init(socket: UnixSocket, caller: Caller, mayChange: Bool) {
        self.socket = socket
        self.caller = caller
        user = mayChange ? nil : caller.peer.userID
    }

    var isOver: Bool { end != nil }

    /// No more is read while a reply waits: a client that does not read does not get to ask.
    var interest: Poller.Readiness {
        if !waiting.isEmpty { return .output }
        return wantsTurn ? [] : .input
    }

    /// Whether there is something to be made for it: an answer to a call that has arrived whole, or more of one.
    var wantsTurn: Bool { (messageEnd != nil || rest != nil) && waiting.isEmpty && !isOver }

    func isIdle(for time: Duration) -> Bool {
        streams.isEmpty && ContinuousClock.now - lastCall > time
    }

    // MARK: in

    /// Reads once.
    func read() {
        guard waiting.isEmpty, !wantsTurn, !isOver else { return }
        do throws(SystemError) {
            guard let bytes = try nextBytes() else { return }
            guard !bytes.isEmpty else {
                end = .gone
                return
            }
            take(bytes)
        } catch {
            // ECONNRESET: a peer that went without reading.
            end = .gone
        }
    }

    /// From nobody else a descriptor is taken: what the kernel finds with other bytes, it closes.
    private func nextBytes() throws(SystemError) -> [UInt8]? {
        guard caller.authorization.isRoot(caller.peer) else { return try socket.read(upTo: 65_536) }
        return try socket.read(upTo: 65_536, with: caller.passed)
    }

    private func take(_ bytes: [UInt8]) {
        let searched = received.count
        received += bytes
        messageEnd = received[searched...].firstIndex(of: 0)
        if messageEnd ?? received.count > messageLimit { end = .noCall }
    }

    /// Bytes of the largest message taken. A question is short; only a change may be long, and decoding a long one costs
    /// seconds that others wait.
    private var messageLimit: Int { user == nil ? VarlinkWire.messageLimit : 4096 }

    // MARK: out

    /// Answers one call, or makes the next piece of an answer, if it is for that.
    func takeTurn(_ service: VarlinkService) {
        guard wantsTurn else { return }
        if rest != nil { makePiece() } else { answer(by: service) }
        write()
    }

    private func answer(by service: VarlinkService) {
        guard let messageEnd else { return }
        lastCall = .now
        switch service.answer(received[..<messageEnd], from: caller) {
        case .reply(let reply):
            waiting.append(reply.first)
            rest = reply.rest
        case .stream(let stream, let state):
            streams.insert(stream)
            waiting.append(state)
        case nil: end = .noCall
        }
        // What nobody has wanted goes with the call that it came with.
        _ = caller.passed.take()
        received.removeSubrange(...messageEnd)
        self.messageEnd = received.firstIndex(of: 0)
    }

    private func makePiece() {
        do throws(Refusal) {
            if let piece = try rest?.nextPiece() { waiting.append(piece) }
        } catch {
            end = .brokenReply
        }
        guard rest?.isOver == true else { return }
        rest = nil
        for piece in news { waiting.append(piece) }
        news = []
    }

    /// - Parameter bytes: the same array for all who follow the stream.
    func tell(_ bytes: [UInt8]) {
        let backlog = news.reduce(waiting.count) { $0 + $1.count }
        if backlog > 0, backlog + bytes.count > ControlConnection.backlogLimit { end = .lagging }
        if rest == nil { waiting.append(bytes) } else { news.append(bytes) }
        write()
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
