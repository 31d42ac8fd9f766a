// SPDX-License-Identifier: BSD-2-Clause
internal import FoundationEssentials
internal import SystemIO

/// What the sessions of one thread share: nothing of it belongs to a session that is silent.
struct RelayPools: ~Copyable {
    var chunks: ChunkPool
    /// The chunk that is received into.
    var scratch: Int
    var pipes = Slab<Pipe>()
    var freePipes: [Int] = []
    let maximumPipes: Int

    init(buffers: Int, pipes: Int) {
        chunks = ChunkPool(capacity: max(buffers, 0) + 1)
        // The pool was just made, with one more than asked for.
        scratch = chunks.take() ?? 0
        maximumPipes = pipes
        freePipes.reserveCapacity(pipes)
    }

    /// An empty pipe, if there may be another.
    mutating func takePipe() -> Int? {
        if let pipe = freePipes.popLast() { return pipe }
        guard pipes.count < maximumPipes, let pipe = try? Pipe() else { return nil }
        return pipes.insert(pipe)
    }
}

/// Whose fault it is that data could not go on.
enum RelayFailure: Error {
    case source
    case sink
}

/// One of the two directions of a session: from the source's socket to the sink's.
///
/// Data is copied through a buffer that all share. When two reads in a row fill it, the direction carries bulk data, which
/// then goes through a pipe: the kernel moves it without copying. When little comes at a time, it is copied again, as
/// that needs fewer system calls.
struct Flow {
    /// The source may have something to receive; the sink may take something.
    var isReadable = false
    var isWritable = false
    /// The source was reported to have ended, or to have urgent data: a short read is then not the last.
    var hasMore = false
    var hasUrgent = false
    /// The source was reported to have ended: there is something to send, or FIN, after what is received before that.
    var isEnding = false
    /// The source sends no more, and the sink was told so.
    private(set) var isAtEnd = false
    var isShut = false
    private(set) var bytes: UInt64 = 0

    private var fullReads: UInt8 = 0
    private var urgentByte: UInt8?
    /// What was received but not sent: part of a chunk, or bytes in a pipe. -1 is none.
    private var chunk: Int32 = -1
    private var chunkStart: Int32 = 0
    private var chunkEnd: Int32 = 0
    private var pipe: Int32 = -1
    private var bytesInPipe: Int32 = 0

    /// Bytes after which others get their turn.
    private static let turn: UInt64 = 1 << 20
    /// Less than this at a time is no bulk.
    private static let bulk = 16_384

    enum Progress {
        /// The source has nothing, or the sink takes nothing, or all is sent.
        case waiting
        /// It was enough for one turn.
        case unfinished
        /// The source sends no more, and all of it was sent.
        case ended
    }

    /// Carries what there is.
    mutating func pump(
        from source: borrowing TCPSocket, to sink: borrowing TCPSocket, _ pools: inout RelayPools
    ) throws(RelayFailure) -> Progress {
        let limit = bytes &+ Flow.turn
        while bytes < limit {
            guard try flush(to: sink, &pools) else { return .waiting }
            if isAtEnd { return .ended }
            guard isReadable, isWritable else { return .waiting }
            if hasUrgent {
                try receiveUrgent(from: source)
                if urgentByte != nil { continue }
            }
            if fullReads >= 2, !hasUrgent, let pipe = pools.takePipe() {
                try fill(pipe, from: source, &pools)
            } else if pools.chunks.freeChunks > 0 {
                try copy(from: source, to: sink, &pools)
            } else {
                try copyWhatFits(from: source, to: sink, &pools)
            }
        }
        return .unfinished
    }

    /// Sends the first bytes of the scratch buffer, ahead of what the source has. Called once, before anything was sent.
    mutating func begin(with count: Int, to sink: borrowing TCPSocket, _ pools: inout RelayPools) throws(RelayFailure) {
        try send(count, to: sink, &pools)
    }

    /// Receives at most `limit` bytes, to be looked at instead of carried. Nil: nothing now, or the end.
    mutating func receive(
        _ limit: Int, from source: borrowing TCPSocket, _ pools: inout RelayPools
    ) throws(RelayFailure) -> [UInt8]? {
        let received: Int?
        do throws(SystemError) {
            received = try source.receive(into: pools.chunks, pools.scratch, limit: limit)
        } catch {
            throw .source
        }
        guard let count = note(received, of: limit) else { return nil }
        return pools.chunks.copy(pools.scratch, count)
    }

    /// Sends what the sink takes of bytes that were not carried.
    mutating func send(_ outbox: inout Outbox, to sink: borrowing TCPSocket) throws(RelayFailure) {
        do throws(SystemError) {
            while isWritable, !outbox.isEmpty {
                let sent: Int
                if let byte = outbox.urgentByte {
                    sent = try sink.sendUrgent(byte) ? 1 : 0
                } else {
                    sent = try sink.send(outbox.plain) ?? 0
                }
                if sent == 0 { isWritable = false }
                outbox.remove(sent)
            }
        } catch {
            throw .sink
        }
    }

    /// Gives back what belongs to the thread. Data that was not sent is lost.
    mutating func release(_ pools: inout RelayPools) {
        if chunk >= 0 { pools.chunks.put(Int(chunk)) }
        chunk = -1
        // A pipe that is not empty is of no use to others.
        if pipe >= 0 { _ = pools.pipes.remove(Int(pipe)) }
        pipe = -1
    }

    /// Whether it holds anything of the thread's.
    var isEmpty: Bool { chunk < 0 && pipe < 0 && urgentByte == nil }

    // MARK: sending

    /// Sends what was received before. False: the sink does not take it all.
    private mutating func flush(to sink: borrowing TCPSocket, _ pools: inout RelayPools) throws(RelayFailure) -> Bool {
        if isEmpty { return true }
        guard isWritable else { return false }
        do throws(SystemError) {
            guard try flushChunk(to: sink, &pools), try flushPipe(to: sink, &pools) else {
                isWritable = false
                return false
            }
            if let byte = urgentByte {
                guard try sink.sendUrgent(byte) else {
                    isWritable = false
                    return false
                }
                urgentByte = nil
            }
            return true
        } catch {
            throw .sink
        }
    }

    private mutating func flushChunk(
        to sink: borrowing TCPSocket, _ pools: inout RelayPools
    ) throws(SystemError) -> Bool {
        guard chunk >= 0 else { return true }
        let rest = Int(chunkStart)..<Int(chunkEnd)
        let sent = try sink.send(rest, of: Int(chunk), in: pools.chunks) ?? 0
        chunkStart += Int32(sent)
        guard chunkStart == chunkEnd else { return false }
        pools.chunks.put(Int(chunk))
        chunk = -1
        return true
    }

    private mutating func flushPipe(
        to sink: borrowing TCPSocket, _ pools: inout RelayPools
    ) throws(SystemError) -> Bool {
        guard pipe >= 0 else { return true }
        while bytesInPipe > 0 {
            guard let sent = try pools.pipes[Int(pipe)].drain(Int(bytesInPipe), into: sink) else { return false }
            bytesInPipe -= Int32(sent)
        }
        pools.freePipes.append(Int(pipe))
        pipe = -1
        return true
    }

    /// Sends from the scratch buffer; what the sink does not take stays in it, and another takes its place.
    private mutating func send(
        _ count: Int, to sink: borrowing TCPSocket, _ pools: inout RelayPools
    ) throws(RelayFailure) {
        let sent: Int
        do throws(SystemError) {
            sent = try sink.send(0..<count, of: pools.scratch, in: pools.chunks, moreFollows: isEnding) ?? 0
        } catch {
            throw .sink
        }
        guard sent < count else { return }
        isWritable = false
        // There is one: the callers have looked.
        guard let next = pools.chunks.take() else { throw .sink }
        chunk = Int32(pools.scratch)
        chunkStart = Int32(sent)
        chunkEnd = Int32(count)
        pools.scratch = next
    }

    // MARK: receiving

    private mutating func copy(
        from source: borrowing TCPSocket, to sink: borrowing TCPSocket, _ pools: inout RelayPools
    ) throws(RelayFailure) {
        let received: Int?
        do throws(SystemError) {
            received = try source.receive(into: pools.chunks, pools.scratch)
        } catch {
            throw .source
        }
        guard let count = note(received) else { return }
        try send(count, to: sink, &pools)
    }

    /// The same without a buffer for what the sink does not take: that stays with the kernel.
    private mutating func copyWhatFits(
        from source: borrowing TCPSocket, to sink: borrowing TCPSocket, _ pools: inout RelayPools
    ) throws(RelayFailure) {
        let seen: Int?
        do throws(SystemError) {
            seen = try source.peek(into: pools.chunks, pools.scratch)
        } catch {
            throw .source
        }
        guard let seen, seen > 0 else {
            _ = note(seen)
            return
        }
        let sent: Int
        do throws(SystemError) {
            sent = try sink.send(0..<seen, of: pools.scratch, in: pools.chunks) ?? 0
        } catch {
            throw .sink
        }
        if sent < seen { isWritable = false }
        do throws(SystemError) {
            if sent > 0 { try source.discard(sent) }
        } catch {
            throw .source
        }
        bytes &+= UInt64(sent)
    }

    private mutating func fill(
        _ pipe: Int, from source: borrowing TCPSocket, _ pools: inout RelayPools
    ) throws(RelayFailure) {
        let moved: Int?
        do throws(SystemError) {
            moved = try pools.pipes[pipe].fill(from: source)
        } catch {
            pools.freePipes.append(pipe)
            throw .source
        }
        guard let moved, moved > 0 else {
            pools.freePipes.append(pipe)
            // 0 may be the end, or the mark in front of urgent data just before it: recv(2) tells the two apart.
            if moved == nil { isReadable = false } else { fullReads = 0 }
            return
        }
        self.pipe = Int32(pipe)
        bytesInPipe = Int32(moved)
        bytes &+= UInt64(moved)
        if moved < Flow.bulk { fullReads = 0 }
    }

    /// Draws the conclusions from what a read returned; nil if it brought no data.
    private mutating func note(_ received: Int?, of limit: Int = ChunkPool.chunkSize) -> Int? {
        guard let count = received else {
            isReadable = false
            hasMore = false
            return nil
        }
        guard count > 0 else {
            isAtEnd = true
            return nil
        }
        bytes &+= UInt64(count)
        if count == limit {
            fullReads = min(fullReads + 1, 2)
        } else {
            fullReads = 0
            // The rest would be reported, as it would have come later.
            if !hasMore { isReadable = false }
        }
        return count
    }

    // MARK: urgent data

    /// Receives the urgent byte if it is the next one: it is to stay where it is in the stream.
    ///
    /// A read ends before the mark, and what follows the mark is reported with the urgent byte; so this looks each time.
    private mutating func receiveUrgent(from source: borrowing TCPSocket) throws(RelayFailure) {
        do throws(SystemError) {
            guard try source.isAtMark() else { return }
            hasUrgent = false
            urgentByte = try source.receiveUrgent()
        } catch {
            throw .source
        }
    }
}

// From one relay to another.
extension Flow {
    /// Sends what the sink takes at once, and gives away what is left.
    mutating func leave(
        to estate: Estate, as name: String, sink: borrowing TCPSocket, _ pools: inout RelayPools
    ) throws(SystemError) -> FlowRecord {
        // That the sink has failed is found again.
        _ = try? flush(to: sink, &pools)
        var record = FlowRecord(
            bytes: bytes, isAtEnd: isAtEnd, isShut: isShut, urgentByte: urgentByte, hasPipe: pipe >= 0)
        if chunk >= 0 {
            record.unsent = Data(pools.chunks.copy(Int(chunk), Int(chunkEnd)).dropFirst(Int(chunkStart)))
            pools.chunks.put(Int(chunk))
            chunk = -1
        }
        if pipe >= 0 {
            let left = pools.pipes.remove(Int(pipe))
            pipe = -1
            try left.leave(to: estate, as: name)
        }
        return record
    }

    /// Goes on with what another relay has left. Nil: some of it is missing.
    init?(_ record: FlowRecord, from estate: Estate, as name: String, _ pools: inout RelayPools) {
        self.init()
        bytes = record.bytes
        isAtEnd = record.isAtEnd
        isShut = record.isShut
        urgentByte = record.urgentByte
        if let unsent = record.unsent, !unsent.isEmpty {
            guard unsent.count <= ChunkPool.chunkSize, let place = pools.chunks.take() else { return nil }
            pools.chunks.write(to: place, Array(unsent))
            chunk = Int32(place)
            chunkEnd = Int32(unsent.count)
        }
        if record.hasPipe {
            guard let left = try? Pipe(from: estate, as: name), let count = try? left.count() else {
                release(&pools)
                return nil
            }
            bytesInPipe = Int32(clamping: count)
            pipe = Int32(pools.pipes.insert(left))
        }
    }
}
