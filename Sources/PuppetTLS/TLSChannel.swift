// SPDX-License-Identifier: BSD-2-Clause
internal import CTLS
internal import Glibc
internal import Internet
internal import PuppetCarrier
internal import SystemIO

/// TLS of one connection, for one thread.
@safe
final class TLSChannel: SecureChannel {
    /// Lives as long as what is made with it.
    private let identity: TLSIdentity
    private let session: OpaquePointer

    init?(_ identity: TLSIdentity, isCaller: Bool, peers: [KeyFingerprint]) {
        let pins = peers.flatMap(\.bytes)
        guard let session = unsafe ctls_session_new(identity.pointer, isCaller ? 1 : 0, pins, peers.count) else {
            return nil
        }
        self.identity = identity
        unsafe self.session = session
    }

    deinit {
        unsafe ctls_session_free(session)
    }

    var peer: KeyFingerprint? {
        var pin = [UInt8](repeating: 0, count: KeyFingerprint.size)
        guard unsafe ctls_peer(session, &pin) != 0 else { return nil }
        return KeyFingerprint(bytes: pin)
    }

    // MARK: what passes

    /// Bytes that there must be room for, so that an answer that TLS has to give always finds some.
    private static let reserve = Int(CTLS_RECORD + CTLS_OVERHEAD)

    func shake(_ incoming: inout ByteQueue, _ outgoing: inout ByteQueue) throws(ChannelFault) -> Bool {
        let session = unsafe session
        let result = unsafe exchange(&incoming, &outgoing) { wire in unsafe ctls_handshake(session, &wire) }
        switch result {
        case CTLS_DONE: return true
        case CTLS_WANTS_INPUT, CTLS_WANTS_OUTPUT: return false
        case CTLS_ENDED: throw ChannelFault(reason: "ended before it began")
        case _: throw fault
        }
    }

    func open(
        _ incoming: inout ByteQueue, into plain: inout ByteQueue, answering outgoing: inout ByteQueue
    ) throws(ChannelFault) -> Bool {
        let session = unsafe session
        var result = CTLS_DONE
        while result == CTLS_DONE {
            // A record is opened whole, so that none of it waits where nobody looks.
            let isRoomy = plain.append(upTo: Int(CTLS_RECORD)) { bytes in
                var count = 0
                result = unsafe bytes.withUnsafeMutableBytes { room in
                    unsafe exchange(&incoming, &outgoing) { wire in
                        unsafe ctls_open(session, &wire, room.baseAddress, room.count, &count)
                    }
                }
                return count
            }
            guard isRoomy else { throw ChannelFault(reason: "more came than there is room for") }
        }
        switch result {
        case CTLS_ENDED: return false
        case CTLS_WANTS_OUTPUT: throw ChannelFault(reason: "the peer asks, and reads no answer")
        case CTLS_FAILED: throw fault
        case _: return true
        }
    }

    func seal(_ plain: inout ByteQueue, atMost limit: Int, into outgoing: inout ByteQueue) throws(ChannelFault) {
        let session = unsafe session
        var nothing = ByteQueue(capacity: 0)
        var rest = limit
        while rest > 0, !plain.isEmpty, outgoing.room >= 2 * TLSChannel.reserve {
            let count = min(plain.count, rest, Int(CTLS_RECORD))
            let result = plain.withBytes { bytes in
                unsafe bytes.withUnsafeBytes { bytes in
                    unsafe exchange(&nothing, &outgoing) { wire in
                        unsafe ctls_seal(session, &wire, bytes.baseAddress, count)
                    }
                }
            }
            guard result == CTLS_DONE else { throw fault }
            plain.remove(count)
            rest -= count
        }
    }

    func end(into outgoing: inout ByteQueue) {
        let session = unsafe session
        var nothing = ByteQueue(capacity: 0)
        _ = unsafe exchange(&nothing, &outgoing) { wire in
            unsafe ctls_end(session, &wire)
            return CTLS_DONE
        }
    }

    // MARK: C

    private var fault: ChannelFault {
        ChannelFault(reason: unsafe String(cString: ctls_reason(session)))
    }

    /// Lends both queues for one call, which keeps nothing of them.
    private func exchange(
        _ incoming: inout ByteQueue, _ outgoing: inout ByteQueue, _ call: (inout ctls_wire) -> ctls_result
    ) -> ctls_result {
        var result = CTLS_WANTS_OUTPUT
        var taken = 0
        _ = outgoing.append(upTo: min(outgoing.room, TLSChannel.reserve)) { out in
            unsafe out.withUnsafeMutableBytes { out in
                incoming.withBytes { bytes in
                    unsafe bytes.withUnsafeBytes { bytes in
                        var wire = unsafe ctls_wire()
                        unsafe (wire.in, wire.in_size) = (
                            bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count
                        )
                        unsafe (wire.out, wire.out_room) = (
                            out.baseAddress?.assumingMemoryBound(to: UInt8.self), out.count
                        )
                        result = unsafe call(&wire)
                        taken = unsafe wire.in_taken
                        return unsafe wire.out_size
                    }
                }
            }
        }
        incoming.remove(taken)
        return result
    }
}
