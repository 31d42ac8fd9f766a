// SPDX-License-Identifier: BSD-2-Clause
import Internet

extension RawSpan {
    /// Whether an IPv6 packet is one in which the kernel tells what groups it listens to (MLD: RFC 2710 §3, RFC 3810 §5.2).
    ///
    /// It sends some out of each device that comes up while packets are forwarded: it has joined the group of all routers
    /// before the device can be told to have no groups. No sysctl keeps it from that. Nobody misses them, so that they are
    /// no drops.
    var isListenerReport: Bool {
        guard byteCount >= ListenerReport.type + 1, byte(at: 0) >> 4 == 6 else { return false }
        // By a Hop-by-Hop Options header of eight bytes, to a group of this link, and no further.
        guard byte(at: 6) == 0, byte(at: 7) == 1, uint16(at: 24) == 0xFF02 else { return false }
        let source = ipv6Address(at: 8)
        guard source == .unspecified || source.isLinkLocal else { return false }
        return byte(at: IPv6Header.size) == InternetProtocol.icmpv6 && byte(at: IPv6Header.size + 1) == 0
            && ListenerReport.types.contains(byte(at: ListenerReport.type))
    }
}

private enum ListenerReport {
    static let type = IPv6Header.size + 8
    /// Report, Done, and Version 2 Report.
    static let types: Set<UInt8> = [131, 132, 143]
}
