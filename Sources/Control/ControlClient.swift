// SPDX-License-Identifier: BSD-2-Clause
public import SystemIO

/// A connection to `inet6d`, for a tool: one call after another, each answered before the next.
public final class ControlClient {
    /// Where the daemon listens unless told otherwise.
    public static let defaultPath = "\(defaultDirectory)/control.sock"
    public static let defaultDirectory = "/run/inet6d"

    /// Bytes of the largest answer taken: thousands of interfaces with all of their counters.
    private static let answerLimit = 64 << 20

    private let socket: UnixSocket
    private var received: [UInt8] = []

    /// - Throws: `.unreachable` with the errno of connect(2).
    public init(path: String, timeout: Duration = .seconds(30)) throws(ControlError) {
        do throws(SystemError) {
            socket = try UnixSocket(connectingTo: path, timeout: timeout)
        } catch {
            throw .unreachable(path: path, error)
        }
    }

    public func list(_ interface: String?, counters: Bool = false) throws(ControlError) -> ListReply {
        // An encoder costs a short-lived tool a sixth of all that it does. A name of which JSON has nothing to say needs none.
        guard !counters, interface?.utf8.allSatisfy(ControlClient.isPlain) ?? true else {
            let parameters = ListParameters(interface: interface, counters: counters ? true : nil)
            return try call(IfnetMethod.list.name, parameters)
        }
        let parameters = interface.map { #","parameters":{"interface":"\#($0)"}"# } ?? ""
        try write(Array(#"{"method":"\#(IfnetMethod.list.name)"\#(parameters)}"#.utf8) + [0])
        return try reply(try message())
    }

    /// Letters, digits and what else the names of interfaces have: `stf0`, `eth0.5`, `wan-6`; no quotes, no controls.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    public func check(_ interface: String) throws(ControlError) -> CheckReply {
        try call(IfnetMethod.check.name, CheckParameters(interface: interface))
    }

    public func explain(_ parameters: ExplainParameters) throws(ControlError) -> ExplainReply {
        try call(IfnetMethod.explain.name, parameters)
    }

    /// Calls `body` with each event until the daemon goes away.
    public func monitor(_ body: (MonitorReply) -> Void) throws(ControlError) -> Never {
        try follow(IfnetMethod.monitor.name, body)
    }

    /// Calls a method with `more`, and `body` with each of its replies, until the daemon goes away.
    public func follow<Event: Codable & Sendable>(
        _ method: String, _ body: (Event) -> Void
    ) throws(ControlError) -> Never {
        var call = VarlinkCall(method: method, parameters: ListParameters?.none)
        call.more = true
        try send(call)
        while true { body(try reply(try message())) }
    }

    public func cloners() throws(ControlError) -> ClonersReply {
        try call(IfnetMethod.cloners.name, ListParameters?.none)
    }

    public func apply(_ changes: [Change], idempotent: Bool) throws(ControlError) -> ApplyReply {
        try call(IfnetMethod.apply.name, ApplyParameters(changes: changes, idempotent: idempotent ? true : nil))
    }

    /// Calls a method by its whole name.
    public func call<Reply: Codable & Sendable>(
        _ method: String, _ parameters: (some Encodable)?
    ) throws(ControlError) -> Reply {
        try send(VarlinkCall(method: method, parameters: parameters))
        return try reply(try message())
    }

    /// The same with a descriptor that the daemon has from then on.
    public func call<Reply: Codable & Sendable>(
        _ method: String, _ parameters: (some Encodable)?, with passed: borrowing Descriptor
    ) throws(ControlError) -> Reply {
        let call = VarlinkCall(method: method, parameters: parameters)
        guard let bytes = try? VarlinkWire.encode(call, isForPeople: false) else { throw .badAnswer }
        // It goes with the first byte (unix(7)).
        guard let count = try? socket.write(bytes[...], with: passed), count > 0 else { throw .noAnswer }
        try write(Array(bytes.dropFirst(count)))
        return try reply(try message())
    }

    private func send(_ call: VarlinkCall<some Encodable>) throws(ControlError) {
        guard let bytes = try? VarlinkWire.encode(call, isForPeople: false) else { throw .badAnswer }
        try write(bytes)
    }

    private func write(_ message: [UInt8]) throws(ControlError) {
        var rest = message[...]
        while !rest.isEmpty {
            guard let count = try? socket.write(rest), count > 0 else { throw .noAnswer }
            rest = rest.dropFirst(count)
        }
    }

    /// The bytes up to the next NUL.
    private func message() throws(ControlError) -> ArraySlice<UInt8> {
        var searched = 0
        while true {
            if let end = received[searched...].firstIndex(of: 0) {
                let message = received[..<end]
                received = Array(received[(end + 1)...])
                return message
            }
            searched = received.count
            guard let bytes = try? socket.read(upTo: 65_536), !bytes.isEmpty else { throw .noAnswer }
            received += bytes
            guard received.count <= ControlClient.answerLimit else { throw .badAnswer }
        }
    }

    private func reply<Reply: Codable & Sendable>(_ message: ArraySlice<UInt8>) throws(ControlError) -> Reply {
        if let reply = try? VarlinkWire.decode(VarlinkReply<Reply>.self, from: message), reply.error == nil,
            let parameters = reply.parameters
        {
            return parameters
        }
        if let refusal = try? VarlinkWire.decode(VarlinkReply<Refusal>.self, from: message).parameters {
            throw .refused(refusal)
        }
        guard let head = try? VarlinkWire.decode(ReplyHead.self, from: message) else { throw .badAnswer }
        throw .failed(head.error)
    }

    private struct ReplyHead: Decodable {
        var error: String
    }
}

/// Why a call brought no reply.
public enum ControlError: Error, Equatable {
    /// Nobody listens there, or we may not connect.
    case unreachable(path: String, SystemError)
    /// The daemon said no.
    case refused(Refusal)
    /// A Varlink error that is not the daemon's own: an older or newer daemon.
    case failed(String)
    /// The connection closed, or nothing came in time.
    case noAnswer
    case badAnswer
}
