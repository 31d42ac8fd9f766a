// SPDX-License-Identifier: BSD-2-Clause
internal import CBPF
internal import CKernelPrograms
import Glibc
public import Internet
import SystemIO
import SystemPackage

/// A packet that was not forwarded for its source's sake; what BSD logs as
/// `cannot forward src %s, dst %s, nxt %d, rcvif %s`.
public struct CannotForward: Equatable, Sendable {
    /// "unspecified-not-forwarded" or "scope-not-forwarded".
    public var reason: NodeReason
    public var source: IPv6Address
    public var destination: IPv6Address
    /// Of the fixed header.
    public var nextHeader: UInt8
    /// The index of the interface where it came in.
    public var interface: UInt32
    /// How many there were between the event before and this one.
    public var unreported: UInt64

    init(_ event: node_event) {
        reason = NodeReason(number: event.reason)
        source = event.source.address
        destination = event.destination.address
        nextHeader = event.next_header
        interface = event.interface
        unreported = event.unreported
    }
}

/// The ring buffer that a program writes events to.
@safe final class EventRing {
    private let ring: OpaquePointer
    private let taken: Taken
    /// Readable when there are events.
    let number: Int32

    private final class Taken {
        var events: [node_event] = []
    }

    init(map: Int32) throws(KernelProgramError) {
        let taken = Taken()
        let context = unsafe Unmanaged.passUnretained(taken).toOpaque()
        let opened = unsafe ring_buffer__new(
            map,
            { context, record, size in
                guard let context = unsafe context, let record = unsafe record else { return 0 }
                guard size >= MemoryLayout<node_event>.size else { return 0 }
                let taken = unsafe Unmanaged<Taken>.fromOpaque(context).takeUnretainedValue()
                unsafe taken.events.append(record.loadUnaligned(as: node_event.self))
                return 0
            }, context, nil)
        guard let opened = unsafe opened else {
            throw .failed(SystemError("ring_buffer__new", Errno(rawValue: Glibc.errno)))
        }
        unsafe ring = opened
        self.taken = taken
        number = unsafe ring_buffer__epoll_fd(opened)
    }

    deinit {
        unsafe ring_buffer__free(ring)
    }

    /// Takes what is there.
    func take() throws(KernelProgramError) -> [CannotForward] {
        let status = unsafe ring_buffer__consume(ring)
        guard status >= 0 else { throw .failed(SystemError("ring_buffer__consume", Errno(rawValue: -status))) }
        defer { taken.events = [] }
        return taken.events.map { CannotForward($0) }
    }
}
