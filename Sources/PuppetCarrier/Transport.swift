// SPDX-License-Identifier: BSD-2-Clause
internal import Internet
internal import SystemIO
internal import SystemPackage

/// A connection to a peer, and what makes it secret if anything does.
final class Transport {
    private let stream: ByteStream
    private let sealing: Sealing?
    /// Whether bytes of an end can pass: nothing has to be said before, or it has been said.
    private(set) var isOpen: Bool
    private var hasEnded = false

    /// What came sealed, and what is to go so.
    private final class Sealing {
        let channel: any SecureChannel
        var incoming = ByteQueue(capacity: Transport.batchSize)
        var outgoing = ByteQueue(capacity: 2 * Transport.batchSize)
        /// Bytes that came before it was known who sends them.
        var heard = 0

        init(_ channel: any SecureChannel) {
            self.channel = channel
        }
    }

    static let batchSize = 256 << 10
    /// Two certificates and what belongs to them are a few hundred bytes.
    private static let longestHandshake = 32 << 10

    init(_ stream: consuming ByteStream) {
        self.stream = stream
        sealing = nil
        isOpen = true
    }

    /// - Throws: there is no memory.
    init(_ stream: consuming ByteStream, _ security: CarrierSecurity, isCaller: Bool) throws(CarrierFault) {
        guard let channel = security.identity.channel(isCaller: isCaller, peers: security.peers) else {
            throw .system(SystemError(object: "TLS", .noMemory))
        }
        self.stream = stream
        sealing = Sealing(channel)
        isOpen = false
    }

    // MARK: the connection

    var inputPollable: PollDescriptor { stream.inputPollable }
    var outputPollable: PollDescriptor { stream.outputPollable }
    var failure: Errno? { stream.failure }
    var endpoints: (local: IPv6Endpoint, peer: IPv6Endpoint)? { stream.endpoints }
    /// The key that the peer has shown.
    var peer: KeyFingerprint? { sealing?.channel.peer }
    /// Whether sealed bytes wait to be sent.
    var isHolding: Bool { sealing?.outgoing.isEmpty == false }

    func tune(unsent: Int32, givingUpAfter milliseconds: Int32) throws(SystemError) {
        try stream.tune(unsent: unsent, givingUpAfter: milliseconds)
    }

    // MARK: before anything else

    /// Goes on with what comes before the first byte of an end. True: it is done.
    func shake() throws(CarrierFault) -> Bool {
        guard let sealing else { return true }
        while !isOpen {
            do throws(ChannelFault) {
                isOpen = try sealing.channel.shake(&sealing.incoming, &sealing.outgoing)
            } catch {
                // It is told why, if that goes at once.
                _ = try? stream.send(&sealing.outgoing, atMost: Transport.batchSize)
                throw .channel(error)
            }
            if !sealing.outgoing.isEmpty { try Transport.sendAll(&sealing.outgoing, stream) }
            guard !isOpen else { break }
            guard sealing.heard <= Transport.longestHandshake else {
                throw .channel(ChannelFault(reason: "too much is said before it is known who says it"))
            }
            let count = try CarrierFault.system { () throws(SystemError) in
                try stream.receive(into: &sealing.incoming, atLeast: Transport.batchSize)
            }
            guard let count else { return false }
            guard count > 0 else { throw .ended }
            sealing.heard += count
        }
        return true
    }

    /// As much as goes now.
    private static func sendAll(_ queue: inout ByteQueue, _ stream: borrowing ByteStream) throws(CarrierFault) {
        while !queue.isEmpty {
            do throws(SystemError) {
                guard try stream.send(&queue, atMost: batchSize) != nil else { return }
            } catch {
                throw .system(error)
            }
        }
    }

    // MARK: bytes

    enum Received {
        /// Nothing now.
        case nothing
        case bytes(Int)
        /// The peer sends no more.
        case end
    }

    /// Puts what has come behind the others.
    func receive(into queue: inout ByteQueue, atLeast room: Int) throws(CarrierFault) -> Received {
        if hasEnded { return .end }
        guard let sealing else {
            let count = try CarrierFault.system { () throws(SystemError) in
                try stream.receive(into: &queue, atLeast: room)
            }
            return count.map { $0 > 0 ? .bytes($0) : .end } ?? .nothing
        }
        let before = queue.count
        // What came with the last words of the handshake is here already.
        var isThere = !sealing.incoming.isEmpty
        if !isThere {
            let count = try CarrierFault.system { () throws(SystemError) in
                try stream.receive(into: &sealing.incoming, atLeast: Transport.batchSize)
            }
            guard let count else { return .nothing }
            if count == 0 { hasEnded = true }
            isThere = count > 0
        }
        guard isThere else { return .end }
        do throws(ChannelFault) {
            if !(try sealing.channel.open(&sealing.incoming, into: &queue, answering: &sealing.outgoing)) {
                hasEnded = true
            }
        } catch {
            throw .channel(error)
        }
        return .bytes(queue.count - before)
    }

    /// Sends from the front, and takes away what is on its way. Nil: nothing now.
    func send(_ queue: inout ByteQueue, atMost limit: Int) throws(CarrierFault) -> Int? {
        guard let sealing else {
            return try CarrierFault.system { () throws(SystemError) in try stream.send(&queue, atMost: limit) }
        }
        if sealing.outgoing.isEmpty {
            do throws(ChannelFault) {
                try sealing.channel.seal(&queue, atMost: limit, into: &sealing.outgoing)
            } catch {
                throw .channel(error)
            }
        }
        return try CarrierFault.system { () throws(SystemError) in
            try stream.send(&sealing.outgoing, atMost: sealing.outgoing.count)
        }
    }

    /// Says what is in `queue` and that nothing follows, if that goes at once.
    func end(_ queue: inout ByteQueue) {
        _ = try? send(&queue, atMost: Transport.batchSize)
        guard let sealing else { return }
        sealing.channel.end(into: &sealing.outgoing)
        _ = try? stream.send(&sealing.outgoing, atMost: sealing.outgoing.count)
    }
}
