// SPDX-License-Identifier: BSD-2-Clause
import Inet6Control
import Control
import FaithControl
import Logging
import SystemIO
import Words

/// Answers Varlink calls: `org.varlink.service` about itself, `io.hydrangea.ifnet` by the dataplane.
final class VarlinkService {
    private let dataplane: Dataplane
    private let log: Logger
    private let interfaces: [VarlinkInterface]
    private let authorization = Authorization()
    private var monitor = Monitor()
    private var lastLook = ContinuousClock.now - VarlinkService.lookInterval

    init(dataplane: Dataplane, log: Logger) {
        self.dataplane = dataplane
        self.log = log
        interfaces = VarlinkInterface.common + VarlinkInterface.ofInet6 + [VarlinkInterface.faith].compactMap(\.self)
    }

    /// What a message is answered with.
    enum Answer {
        case reply([UInt8])
        /// The state now, and from here on what happens.
        case monitor(MonitorSubject, [UInt8])
        /// The message is no call.
        case none
    }

    /// Bytes of the largest message taken from `peer`. A question is short; only a change may be long, and decoding a long
    /// one costs seconds that others wait.
    func messageLimit(of peer: Peer) -> Int {
        mayChange(peer) ? VarlinkWire.messageLimit : 4096
    }

    func mayChange(_ peer: Peer) -> Bool {
        authorization.mayChange(peer)
    }

    func answer(_ message: ArraySlice<UInt8>, from peer: Peer) -> Answer {
        guard VarlinkWire.isWithinLimits(message) else { return .none }
        guard let call = try? VarlinkWire.decode(VarlinkCall<JSONValue>.self, from: message) else { return .none }
        let reply: [UInt8]
        do throws(CallError) {
            reply = try perform(call, from: peer)
            if let subject = VarlinkService.subject(of: call.method), call.oneway != true {
                return .monitor(subject, monitor.start(subject, of: dataplane))
            }
        } catch {
            let refusal = VarlinkReply(parameters: error.parameters, error: error.name)
            guard let bytes = try? VarlinkWire.encode(refusal) else { return .none }
            reply = bytes
        }
        return .reply(call.oneway == true ? [] : reply)
    }

    /// What has happened since the last time, for all that monitor.
    /// - Parameter isWanted: nobody does, if false, and what has happened is forgotten.
    func news(_ subject: MonitorSubject, isWanted: Bool) -> [UInt8] {
        switch subject {
        case .interfaces: break
        case .variables: lookAtVariables(isWanted: isWanted)
        case .sessions: dataplane.kinds.faith.watchSessions(isWanted: isWanted)
        }
        guard isWanted else {
            if subject == .variables { _ = dataplane.host.variables.takeNews() }
            return []
        }
        return monitor.news(subject, of: dataplane)
    }

    /// How often the kernel's variables are looked at, while somebody monitors.
    static let lookInterval = Duration.seconds(1)

    private func lookAtVariables(isWanted: Bool) {
        let now = ContinuousClock.now
        guard !isWanted || now - lastLook >= VarlinkService.lookInterval else { return }
        lastLook = now
        dataplane.host.variables.lookAtKernel(isWanted: isWanted)
    }

    private static func subject(of method: String) -> MonitorSubject? {
        switch method {
        case IfnetMethod.monitor.name: .interfaces
        case MIBMethod.monitor.name: .variables
        case FaithMethod.monitor.name: .sessions
        default: nil
        }
    }

    private func perform(_ call: VarlinkCall<JSONValue>, from peer: Peer) throws(CallError) -> [UInt8] {
        guard let dot = call.method.lastIndex(of: ".") else { throw .varlink("MethodNotFound", "method", call.method) }
        let (interfaceName, methodName) = (String(call.method[..<dot]), String(call.method[dot...].dropFirst()))
        guard let interface = interfaces.first(where: { $0.name == interfaceName }) else {
            throw .varlink("InterfaceNotFound", "interface", interfaceName)
        }
        guard let method = interface.methods[methodName] else {
            throw .varlink("MethodNotFound", "method", call.method)
        }
        let parameters = call.parameters ?? .object([:])
        if let offender = interface.offender(in: parameters, as: method.input) {
            throw .varlink("InvalidParameter", "parameter", offender)
        }
        guard VarlinkService.subject(of: call.method) == nil || call.more == true else {
            throw .varlink("ExpectedMore", "method", call.method)
        }
        do throws(Refusal) {
            switch interfaceName {
            case IfnetMethod.interface:
                guard let method = IfnetMethod(rawValue: methodName) else { break }
                try authorize(peer, method.isReadOnly)
                return try perform(method, parameters, from: peer)
            case Inet6Method.interface:
                guard let method = Inet6Method(rawValue: methodName) else { break }
                try authorize(peer, method.isReadOnly)
                return try perform(method, parameters, from: peer)
            case MIBMethod.interface:
                guard let method = MIBMethod(rawValue: methodName) else { break }
                try authorize(peer, method.isReadOnly)
                return try perform(method, parameters, from: peer)
            case FaithMethod.interface:
                guard let method = FaithMethod(rawValue: methodName) else { break }
                try authorize(peer, method.isReadOnly)
                return try perform(method, parameters, from: peer)
            default: break
            }
        } catch {
            throw .refused(interfaceName, error)
        }
        let description = try describe(methodName, parameters)
        do throws(Refusal) {
            return try encoded(description)
        } catch {
            throw .refused(interfaceName, error)
        }
    }

    private func authorize(_ peer: Peer, _ isReadOnly: Bool) throws(Refusal) {
        guard isReadOnly || authorization.mayChange(peer) else {
            throw Refusal("inet6d", nil, .EPERM, "changes are for root and group \(Authorization.group)")
        }
    }

    // MARK: io.hydrangea.inet6

    private func perform(_ method: Inet6Method, _ parameters: JSONValue, from peer: Peer) throws(Refusal) -> [UInt8] {
        switch method {
        case .list:
            let parameters: Inet6ListParameters = try decoded(parameters)
            return try encoded(Inet6ListReply(interfaces: try dataplane.listInet6(parameters.interface)))
        case .apply:
            let parameters: Inet6ApplyParameters = try decoded(parameters)
            let words = parameters.changes.map(\.line).joined(separator: "; ")
            let results = try logging(words, from: peer) { () throws(Refusal) in
                try dataplane.apply(parameters.changes, isIdempotent: parameters.idempotent ?? false)
            }
            return try encoded(ApplyReply(results: results))
        }
    }

    // MARK: io.hydrangea.faith

    private func perform(_ method: FaithMethod, _ parameters: JSONValue, from peer: Peer) throws(Refusal) -> [UInt8] {
        switch method {
        case .show:
            let parameters: FaithShowParameters = try decoded(parameters)
            let counters = parameters.counters ?? false
            return try encoded(
                FaithShowReply(
                    interfaces: try dataplane.existing(parameters.interface, of: dataplane.kinds.faith)
                        .map { $0.status(counters: counters) }))
        case .sessions:
            let parameters: SessionsParameters = try decoded(parameters)
            var sessions: [FaithSession] = []
            for interface in try dataplane.existing(parameters.interface, of: dataplane.kinds.faith) {
                sessions += try interface.sessions
            }
            return try encoded(SessionsReply(sessions: sessions))
        case .kill:
            let parameters: KillParameters = try decoded(parameters)
            let words = "kill \(parameters.interface) \(parameters.numbers.count) sessions"
            let killed = try logging(words, from: peer) { () throws(Refusal) in
                try dataplane.existing(parameters.interface, dataplane.kinds.faith).kill(parameters.numbers)
            }
            return try encoded(KillReply(killed: killed))
        case .monitor:
            return []
        }
    }

    // MARK: io.hydrangea.mib

    private func perform(_ method: MIBMethod, _ parameters: JSONValue, from peer: Peer) throws(Refusal) -> [UInt8] {
        switch method {
        case .read:
            let parameters: ReadParameters = try decoded(parameters)
            return try encoded(try dataplane.readVariables(parameters.name))
        case .write:
            return try encoded(try write(try decoded(parameters), from: peer))
        case .monitor:
            return []
        }
    }

    private func write(_ parameters: WriteParameters, from peer: Peer) throws(Refusal) -> WriteReply {
        let isCheck = parameters.check ?? false
        let changes = try dataplane.write(parameters.assignments, isCheck: isCheck)
        if !isCheck {
            for change in changes { log.notice("\(peer): \(change.name): \(change.old) -> \(change.new)") }
        }
        return WriteReply(changes: changes)
    }

    // MARK: io.hydrangea.ifnet

    private func perform(_ method: IfnetMethod, _ parameters: JSONValue, from peer: Peer) throws(Refusal) -> [UInt8] {
        switch method {
        case .list:
            let parameters: ListParameters = try decoded(parameters)
            let interfaces = try dataplane.list(parameters.interface, counters: parameters.counters ?? false)
            return try encoded(ListReply(interfaces: interfaces))
        case .cloners:
            return try encoded(ClonersReply(kinds: InterfaceKind.allCases))
        case .monitor:
            return []
        case .check:
            let parameters: CheckParameters = try decoded(parameters)
            return try encoded(CheckReply(findings: try dataplane.check(parameters.interface)))
        case .explain:
            let question: ExplainParameters = try decoded(parameters)
            let interface = try dataplane.existing(question.interface, dataplane.kinds.stf)
            return try encoded(try interface.explain(question, on: dataplane.host))
        case .apply:
            return try encoded(try apply(try decoded(parameters), from: peer))
        }
    }

    private func apply(_ parameters: ApplyParameters, from peer: Peer) throws(Refusal) -> ApplyReply {
        let words = parameters.changes.map(\.line).joined(separator: "; ")
        let results = try logging(words, from: peer) { () throws(Refusal) in
            try dataplane.apply(parameters.changes, isIdempotent: parameters.idempotent ?? false)
        }
        return ApplyReply(results: results)
    }

    /// Whether a change was made, by whom, and in which words.
    private func logging<Results>(
        _ words: String, from peer: Peer, _ body: () throws(Refusal) -> Results
    ) throws(Refusal) -> Results {
        do throws(Refusal) {
            let results = try body()
            log.notice("\(peer): \(words)")
            return results
        } catch {
            log.notice("\(peer): \(words): refused: \(error.line)")
            throw error
        }
    }

    /// What the interface description let through fits the Swift type, as a test makes sure; this is for what it cannot
    /// say, such as an integer too large.
    private func decoded<Parameters: Decodable>(_ value: JSONValue) throws(Refusal) -> Parameters {
        guard let parameters = try? VarlinkWire.convert(value, to: Parameters.self) else {
            throw Refusal("inet6d", "parameters", .EINVAL)
        }
        return parameters
    }

    private func encoded(_ reply: some Codable & Sendable) throws(Refusal) -> [UInt8] {
        guard let bytes = try? VarlinkWire.encode(VarlinkReply(parameters: reply)) else {
            throw Refusal("inet6d", "reply", .EIO)
        }
        return bytes
    }

    // MARK: org.varlink.service

    private func describe(_ method: String, _ parameters: JSONValue) throws(CallError) -> JSONValue {
        switch method {
        case "GetInfo":
            return .object([
                "vendor": .string("Hydrangea"), "product": .string("inet6d"),
                "version": .string(Hydrangea.version), "url": .string("https://varlink.org/"),
                "interfaces": .array(interfaces.map { .string($0.name) }),
            ])
        case "GetInterfaceDescription":
            guard case .object(let fields) = parameters, case .string(let name) = fields["interface"] else {
                throw .varlink("InvalidParameter", "parameter", "interface")
            }
            guard let interface = interfaces.first(where: { $0.name == name }) else {
                throw .varlink("InterfaceNotFound", "interface", name)
            }
            return .object(["description": .string(interface.text)])
        default:
            throw .varlink("MethodNotImplemented", "method", method)
        }
    }
}

/// What a call is answered with instead of a reply.
private enum CallError: Error {
    /// By the interface that was called.
    case refused(String, Refusal)
    /// One of `org.varlink.service`, whose only parameter says what it is about.
    case varlink(String, String, String)

    var name: String {
        switch self {
        case .refused(let interface, let refusal): "\(interface).\(refusal.errorName)"
        case .varlink(let name, _, _): "org.varlink.service.\(name)"
        }
    }

    var parameters: JSONValue? {
        switch self {
        case .refused(_, let refusal): try? VarlinkWire.convert(refusal, to: JSONValue.self)
        case .varlink("ExpectedMore", _, _): .object([:])
        case .varlink(_, let parameter, let value): .object([parameter: .string(value)])
        }
    }
}
