// SPDX-License-Identifier: BSD-2-Clause
internal import CMNL
internal import Internet
internal import SystemPackage

/// An rtnetlink request being written: header, fixed part, attributes. Marshalling is libmnl's.
@safe
final class RouteRequest {
    /// No request of ours comes near this many bytes.
    private static let capacity = 4096
    let message: UnsafeMutablePointer<nlmsghdr>
    private let memory: UnsafeMutableRawPointer

    /// - Parameter fixed: the structure that messages of this type start with: `ifinfomsg`, `ifaddrmsg`, `rtmsg`.
    init<Fixed: BitwiseCopyable>(type: Int, flags: Int32, fixed: Fixed) {
        unsafe memory = .allocate(byteCount: RouteRequest.capacity, alignment: 8)
        unsafe message = mnl_nlmsg_put_header(memory)
        unsafe message.pointee.nlmsg_type = UInt16(type)
        unsafe message.pointee.nlmsg_flags = UInt16(NLM_F_REQUEST | flags)
        let place = unsafe mnl_nlmsg_put_extra_header(message, MemoryLayout<Fixed>.size)
        unsafe place?.storeBytes(of: fixed, as: Fixed.self)
    }

    deinit {
        unsafe memory.deallocate()
    }

    func put(_ type: Int, _ value: UInt8) {
        unsafe mnl_attr_put_u8(message, UInt16(type), value)
    }

    func put(_ type: Int, _ value: UInt32) {
        unsafe mnl_attr_put_u32(message, UInt16(type), value)
    }

    func put(_ type: Int, _ value: String) {
        unsafe mnl_attr_put_strz(message, UInt16(type), value)
    }

    func put(_ type: Int, _ value: IPv6Address) {
        put(type, bytes: (value.high.bigEndian, value.low.bigEndian))
    }

    func put(_ type: Int, bytes value: some BitwiseCopyable) {
        unsafe withUnsafeBytes(of: value) { unsafe mnl_attr_put(message, UInt16(type), $0.count, $0.baseAddress) }
    }

    func nest(_ type: Int, _ body: () -> Void) {
        let start = unsafe mnl_attr_nest_start(message, UInt16(type))
        body()
        unsafe mnl_attr_nest_end(message, start)
    }
}

/// One received rtnetlink message. It points into the buffer it was received in and must not outlive it.
@unsafe
struct RouteMessage {
    let header: UnsafePointer<nlmsghdr>

    var type: Int { unsafe Int(header.pointee.nlmsg_type) }

    /// Calls `body` with each message of a datagram, whose bytes begin at a multiple of four. Each lies within it.
    static func forEach(in datagram: UnsafeRawBufferPointer, _ body: (RouteMessage) -> Void) {
        guard var header = unsafe datagram.baseAddress?.assumingMemoryBound(to: nlmsghdr.self) else { return }
        var left = Int32(datagram.count)
        // libmnl takes a length beyond 2 GiB for a negative one, which is less than what is left.
        while unsafe mnl_nlmsg_ok(header, left) && UInt(header.pointee.nlmsg_len) <= UInt(left) {
            unsafe body(RouteMessage(header: header))
            guard let next = unsafe mnl_nlmsg_next(header, &left) else { return }
            unsafe header = UnsafePointer(next)
        }
    }

    /// Of an NLMSG_ERROR, why; nil if it acknowledges.
    var failure: Errno? {
        guard let error = unsafe fixed(nlmsgerr.self)?.error, error != 0 else { return nil }
        // The least number has no opposite.
        return Errno(rawValue: 0 &- error)
    }

    /// The fixed part, if the message is long enough to hold one.
    func fixed<Fixed: BitwiseCopyable>(_: Fixed.Type) -> Fixed? {
        guard unsafe mnl_nlmsg_get_payload_len(header) >= MemoryLayout<Fixed>.size,
            let payload = unsafe mnl_nlmsg_get_payload(header)
        else { return nil }
        return unsafe payload.loadUnaligned(as: Fixed.self)
    }

    /// The attributes after a fixed part of type `Fixed`.
    func attributes<Fixed: BitwiseCopyable>(after _: Fixed.Type) -> RouteAttributes {
        let payload = unsafe UnsafeRawBufferPointer(
            start: mnl_nlmsg_get_payload(header), count: mnl_nlmsg_get_payload_len(header))
        let start = min((MemoryLayout<Fixed>.size + 3) & ~3, payload.count)
        return unsafe RouteAttributes(bytes: UnsafeRawBufferPointer(rebasing: payload[start...]))
    }
}

/// A run of attributes.
@unsafe
struct RouteAttributes {
    let bytes: UnsafeRawBufferPointer

    /// Calls `body` with each attribute's type and payload. libmnl checks that each lies within the run.
    func forEach(_ body: (Int, UnsafeRawBufferPointer) -> Void) {
        guard var attribute = unsafe bytes.baseAddress?.assumingMemoryBound(to: nlattr.self) else { return }
        let end = unsafe UnsafeRawPointer(attribute) + bytes.count
        while unsafe mnl_attr_ok(attribute, Int32(end - UnsafeRawPointer(attribute))) {
            let payload = unsafe UnsafeRawBufferPointer(
                start: mnl_attr_get_payload(attribute), count: Int(mnl_attr_get_payload_len(attribute)))
            unsafe body(Int(mnl_attr_get_type(attribute)), payload)
            guard let next = unsafe mnl_attr_next(attribute) else { return }
            unsafe attribute = UnsafePointer(next)
        }
    }

    func first(_ type: Int) -> UnsafeRawBufferPointer? {
        var found: UnsafeRawBufferPointer?
        unsafe forEach { candidate, payload in
            if candidate == type, unsafe found == nil { unsafe found = payload }
        }
        return unsafe found
    }

    func nested(_ type: Int) -> RouteAttributes? {
        unsafe first(type).map { unsafe RouteAttributes(bytes: $0) }
    }

    func value<Value: BitwiseCopyable>(_ type: Int, as _: Value.Type) -> Value? {
        guard let payload = unsafe first(type), payload.count >= MemoryLayout<Value>.size else { return nil }
        return unsafe payload.loadUnaligned(as: Value.self)
    }

    func string(_ type: Int) -> String? {
        unsafe first(type).map { unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    func ipv4(_ type: Int) -> IPv4Address? {
        unsafe value(type, as: UInt32.self).map { IPv4Address(bits: UInt32(bigEndian: $0)) }
    }

    func ipv6(_ type: Int) -> IPv6Address? {
        guard let payload = unsafe first(type), payload.count >= 16 else { return nil }
        return unsafe payload.bytes.ipv6Address(at: 0)
    }
}
