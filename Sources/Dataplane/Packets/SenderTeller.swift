// SPDX-License-Identifier: BSD-2-Clause
import Internet
import SystemIO

/// Tells the sender of an IPv6 packet what became of it, by an ICMPv6 error.
struct SenderTeller: ~Copyable {
    private let limit: ErrorLimit
    private var messages = PacketSlab(slots: 1)

    init(limit: ErrorLimit) {
        self.limit = limit
    }

    /// The error arrives on an interface, as if a router beyond it had sent it.
    mutating func tell(
        _ error: ICMPv6Error, about packet: borrowing RawSpan, from source: IPv6Address?, hopLimit: UInt8,
        through tun: Tun
    ) throws(SystemError) {
        guard write(error, about: packet, from: source, hopLimit: hopLimit) else { return }
        // If the kernel has no room for it the sender learns nothing, as if it were lost on the way.
        _ = try messages.withBytes(0) { message throws(SystemError) in
            try tun.write(message, header: OffloadHeader())
        }
    }

    /// The error is sent as this host sends its own.
    mutating func tell(
        _ error: ICMPv6Error, about packet: borrowing RawSpan, from source: IPv6Address?, hopLimit: UInt8,
        by socket: RawIPv6Socket
    ) throws(SystemError) {
        guard write(error, about: packet, from: source, hopLimit: hopLimit) else { return }
        let receiver = IPv6Header(packet).source
        try messages.withBytes(0) { message throws(SystemError) in try socket.send(message, to: receiver) }
    }

    /// False: no error may be sent about the packet, or none now.
    private mutating func write(
        _ error: ICMPv6Error, about packet: borrowing RawSpan, from source: IPv6Address?, hopLimit: UInt8
    ) -> Bool {
        guard let source, limit.allows() else { return false }
        return messages.fill(0) { error.write(about: packet, from: source, hopLimit: hopLimit, to: &$0) }
    }
}
