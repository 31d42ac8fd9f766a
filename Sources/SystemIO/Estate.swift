// SPDX-License-Identifier: BSD-2-Clause
internal import Synchronization
import SystemPackage

/// What one process leaves to the next: descriptors by name, and state, in a document. What lives by its descriptor, be it
/// a device, a connection or a place in the kernel, lives on in here; what nobody takes is closed.
///
///     try tun.leave(to: estate, as: "stf0.tun")                     // whoever goes
///     try estate.put(record, as: "stf0")
///
///     let tun = try estate.take("stf0.tun", as: Tun.self)           // whoever comes; nil: it was not left
///     let record = try estate.get("stf0", as: StfRecord.self)
///     log(estate.closeUnclaimed())
///
/// How it gets from one process to the other is somebody else's matter. systemd's descriptor store can have it: its names
/// are such as FDNAME may be (sd_pid_notify_with_fds(3)), whatever names are given here; and it knows an open file by one
/// name only, so that none should be left twice. Any thread may leave and take.
public final class Estate: Sendable {
    struct Contents {
        /// Both by their names as they are spelled, which no names of two things are alike in.
        var descriptors: [String: Int32] = [:]
        var parts: [String: [UInt8]] = [:]
    }

    let contents: Mutex<Contents>
    /// Descriptors that may be left.
    public let capacity: Int

    /// - Parameter capacity: how many descriptors can be handed on: FileDescriptorStoreMax= in systemd.service(5).
    public init(capacity: Int = .max) {
        self.capacity = capacity
        contents = Mutex(Contents())
    }

    /// - Parameter document: that of another.
    /// - Throws: EPROTONOSUPPORT for one that this process cannot read.
    public init(document: [UInt8]) throws(SystemError) {
        capacity = .max
        contents = Mutex(Contents(parts: try Estate.parts(of: document)))
    }

    deinit {
        _ = closeUnclaimed()
    }

    // MARK: descriptors

    /// Keeps a descriptor for whoever comes. If it throws, the descriptor is closed.
    /// - Throws: EEXIST if there is one of this name, ENAMETOOLONG, ENOSPC if there are as many as there may be.
    public func leave(_ descriptor: consuming Descriptor, as name: String) throws(SystemError) {
        let spelling = try Estate.spelling(of: name)
        // A closure cannot consume what is not its own.
        let number = descriptor.number
        let failure: Errno? = contents.withLock { contents in
            if contents.descriptors[spelling] != nil { return .fileExists }
            if contents.descriptors.count >= capacity { return .noSpace }
            contents.descriptors[spelling] = number
            return nil
        }
        if let failure { throw SystemError(object: "\(name) in the estate", failure) }
        _ = descriptor.release()
    }

    /// Gives a descriptor away; nil if there is none of this name, or no more.
    public func take(_ name: String) -> Descriptor? {
        guard let spelling = try? Estate.spelling(of: name),
            let number = contents.withLock({ $0.descriptors.removeValue(forKey: spelling) })
        else { return nil }
        return Descriptor(number: number)
    }

    /// Takes up what lives by the descriptor of this name; nil if there is none.
    /// - Parameter guards: what the kernel is to close after it.
    /// - Throws: EPROTOTYPE if it is something else; what else is wrong with it. It is closed then.
    public func take<Thing: Inheritable & ~Copyable>(
        _ name: String, as type: Thing.Type, outlivedBy guards: [PollDescriptor] = []
    ) throws(SystemError) -> Thing? {
        guard let descriptor = take(name) else { return nil }
        do throws(SystemError) {
            return try Thing(adopting: try descriptor.closed(before: guards))
        } catch {
            throw SystemError(object: "\(name) in the estate: \(error.call)", error.errno)
        }
    }

    /// How many more may be left.
    public var room: Int { contents.withLock { capacity - $0.descriptors.count } }

    /// The names of the descriptors that are there still, in order.
    public var unclaimed: [String] {
        contents.withLock { $0.descriptors.keys.map { Estate.name(spelled: $0) }.sorted() }
    }

    /// Closes what is there still, and returns the names.
    public func closeUnclaimed() -> [String] {
        let descriptors = contents.withLock { contents in
            defer { contents.descriptors = [:] }
            return contents.descriptors
        }
        for number in descriptors.values { _ = Descriptor(number: number) }
        return descriptors.keys.map { Estate.name(spelled: $0) }.sorted()
    }

    // MARK: names

    /// What FDNAME may be, and nothing that JSON escapes: `stf0.tun` is itself, `stf:0` is `stf%3A0`.
    static func spelling(of name: String) throws(SystemError) -> String {
        guard !name.isEmpty else { throw SystemError(object: "a name in the estate", .invalidArgument) }
        var spelling = ""
        for byte in name.utf8 {
            switch byte {
            case UInt8(ascii: "%"), UInt8(ascii: ":"), UInt8(ascii: "\""), UInt8(ascii: "\\"), ...0x20, 0x7F...:
                spelling += byte < 16 ? "%0" : "%"
                spelling += String(byte, radix: 16, uppercase: true)
            default: spelling.unicodeScalars.append(Unicode.Scalar(byte))
            }
        }
        guard spelling.utf8.count <= nameLimit else {
            throw SystemError(object: "\(name) in the estate", .fileNameTooLong)
        }
        return spelling
    }

    private static let nameLimit = 255

    private static func name(spelled spelling: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(spelling.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if byte == UInt8(ascii: "%"), let escaped = UInt8(digits, radix: 16) {
                bytes.append(escaped)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// What lives by one descriptor, and so can be left to another process.
public protocol Inheritable: ~Copyable {
    /// Takes up what another process has left, and looks whether it is that.
    /// - Throws: EPROTOTYPE if the descriptor is of another kind.
    init(adopting descriptor: consuming Descriptor) throws(SystemError)
}
