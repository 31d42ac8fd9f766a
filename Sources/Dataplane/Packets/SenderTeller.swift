// SPDX-License-Identifier: BSD-2-Clause
import Internet
import SystemIO

/// Tells the sender of an IPv6 packet what became of it, by an ICMPv6 error.
struct SenderTeller: ~Copyable {
    private let limit: ErrorLimit
    private let messages = PacketSlab(slots: 1)

    init(limit: ErrorLimit) {
        self.limit = limit
    }

    /// The error arrives on an interface, as if a router beyond it had sent it.
    func tell(
        _ error: ICMPv6Error, about packet: borrowing RawSpan, from source: IPv6Address?, hopLimit: UInt8,
        through tun: Tun
    ) throws(SystemError) {
        try unsafe tell(error, about: packet, from: source, hopLimit: hopLimit) { message throws(SystemError) in
            // If the kernel has no room for it the sender learns nothing, as if it were lost on the way.
            _ = try unsafe tun.write(message, header: OffloadHeader())
        }
    }

    /// The error is sent as this host sends its own.
    func tell(
        _ error: ICMPv6Error, about packet: borrowing RawSpan, from source: IPv6Address?, hopLimit: UInt8,
        by socket: RawIPv6Socket
    ) throws(SystemError) {
        let receiver = IPv6Header(packet).source
        try unsafe tell(error, about: packet, from: source, hopLimit: hopLimit) { message throws(SystemError) in
            try unsafe socket.send(message, to: receiver)
        }
    }

    /// Does nothing if no error may be sent about the packet, or none now.
    private func tell(
        _ error: ICMPv6Error, about packet: borrowing RawSpan, from source: IPv6Address?, hopLimit: UInt8,
        _ deliver: (UnsafeRawBufferPointer) throws(SystemError) -> Void
    ) throws(SystemError) {
        guard let source, limit.allows() else { return }
        let message = unsafe messages.packet(0)
        var bytes = unsafe message.mutableBytes
        guard let size = error.write(about: packet, from: source, hopLimit: hopLimit, to: &bytes) else { return }
        try unsafe deliver(UnsafeRawBufferPointer(rebasing: message[..<size]))
    }
}
