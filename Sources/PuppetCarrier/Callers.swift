// SPDX-License-Identifier: BSD-2-Clause
internal import Internet
internal import SystemIO

/// Those who have connected and have not shown yet who they are. They are few, none stays for long, and a crowd from one
/// place keeps nobody from another out.
final class Callers {
    private struct Caller {
        let transport: Transport
        let name: IPv6Endpoint
        let end: UInt64

        /// Who has one address has all of its network (RFC 6177), or that of IPv4.
        var place: UInt64 { name.ipv4 == nil ? name.address.high : name.address.low }
    }

    /// In the order in which they came.
    private var waiting: [Caller] = []
    private let poller: Poller
    /// Who had to go for others since the last turn.
    private var dismissed: [Stranger] = []

    static let most = 32
    /// Nanoseconds. What is said takes two ways there and back.
    static let patience: UInt64 = 10_000_000_000
    /// So many are heard at once. To find out who somebody is costs a part of a millisecond, which frames wait for.
    private static let turn = 4

    init() throws(SystemError) {
        poller = try Poller()
    }

    /// Readable when somebody has something to say.
    var pollable: PollDescriptor { poller.pollable }

    /// When one of them is given up.
    var due: UInt64? { waiting.first?.end }

    /// If there are too many, the first to come of those from the place that most are from has had time enough.
    func add(_ transport: Transport, _ name: IPv6Endpoint, _ now: UInt64) {
        guard (try? poller.watch(transport.inputPollable, for: .input)) != nil else { return }
        if waiting.count >= Callers.most {
            let counts = waiting.reduce(into: [:]) { $0[$1.place, default: 0] += 1 }
            let crowd = counts.max { $0.value < $1.value }?.key
            if let first = waiting.firstIndex(where: { $0.place == crowd }) {
                dismissed.append(Callers.stranger(waiting.remove(at: first), .unknown))
            }
        }
        waiting.append(Caller(transport: transport, name: name, end: now + Callers.patience))
    }

    /// Hears some of them.
    /// - Parameters:
    ///   - isReady: `pollable` is.
    ///   - refuse: is told of each who is not the peer.
    /// - Returns: those who are.
    func turn(_ now: UInt64, isReady: Bool, refuse: (Stranger) -> Void) -> [Transport] {
        let ready = isReady ? ((try? poller.wait(milliseconds: 0)) ?? []).prefix(Callers.turn).map(\.0) : []
        for stranger in dismissed { refuse(stranger) }
        dismissed = []
        var known: [Transport] = []
        waiting.removeAll { caller in
            let pollable = caller.transport.inputPollable
            guard now >= caller.end || ready.contains(pollable) else { return false }
            do throws(CarrierFault) {
                guard try caller.transport.shake() else {
                    guard now < caller.end else { throw .unknown }
                    let interest: Poller.Readiness = caller.transport.isHolding ? [.input, .output] : .input
                    try CarrierFault.system { () throws(SystemError) in try poller.watch(pollable, for: interest) }
                    return false
                }
                try CarrierFault.system { () throws(SystemError) in try poller.forget(pollable) }
                known.append(caller.transport)
            } catch {
                refuse(Callers.stranger(caller, error))
            }
            return true
        }
        return known
    }

    private static func stranger(_ caller: Caller, _ fault: CarrierFault) -> Stranger {
        Stranger(endpoint: caller.name, key: caller.transport.peer, reason: "\(fault)")
    }
}
