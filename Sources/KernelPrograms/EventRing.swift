// SPDX-License-Identifier: BSD-2-Clause
internal import CBPF
import Glibc
import SystemIO
import SystemPackage

/// The ring buffer that a program writes events to.
@safe final class EventRing {
    private let ring: OpaquePointer
    private let taken: Taken
    /// Readable when there are events.
    let number: Int32

    private final class Taken {
        var records: [[UInt8]] = []
    }

    init(map: Int32) throws(KernelProgramError) {
        let taken = Taken()
        let context = unsafe Unmanaged.passUnretained(taken).toOpaque()
        let opened = unsafe ring_buffer__new(
            map,
            { context, record, size in
                guard let context = unsafe context, let record = unsafe record else { return 0 }
                let taken = unsafe Unmanaged<Taken>.fromOpaque(context).takeUnretainedValue()
                unsafe taken.records.append(Array(UnsafeRawBufferPointer(start: record, count: size)))
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

    /// Takes what is there: records, as the program wrote them.
    func take() throws(KernelProgramError) -> [[UInt8]] {
        let status = unsafe ring_buffer__consume(ring)
        guard status >= 0 else { throw .failed(SystemError("ring_buffer__consume", Errno(rawValue: -status))) }
        defer { taken.records = [] }
        return taken.records
    }
}
