// SPDX-License-Identifier: BSD-2-Clause
public import Internet
internal import Synchronization
public import SystemIO

/// Something that happened to a client.
public enum RelayEvent: Equatable, Sendable {
    /// A session begins: its server is being connected to, or its program was started. `server` is nil for a program;
    /// `control` is the number of the session that a data connection belongs to.
    case began(
        number: UInt64, client: IPv6Endpoint, asked: IPv6Endpoint, server: IPv4Endpoint?, control: UInt64? = nil)
    /// Its server has answered.
    case connected(number: UInt64)
    /// It has ended. The bytes are those that were received from each side to be sent to the other.
    case ended(number: UInt64, RelayEnd, bytesToServer: UInt64, bytesToClient: UInt64, age: Duration)
    /// A client gets no session, or none any more: `number` is that of the session that had begun.
    case refused(number: UInt64?, client: IPv6Endpoint, asked: IPv6Endpoint, RelayRefusal)
}

/// What happens to the clients of one relay, told while somebody wants to know it. There is room for 1024 events; those
/// after them are lost until the first are taken.
///
///     relay.events.isWanted = true
///     try poller.watch(relay.events.pollable, for: .input)
///     for event in relay.events.take() { ... }
public final class RelayEvents: Sendable {
    public static let capacity = 1024

    /// Told of each client that is refused, whether events are wanted or not, by the thread that refuses it.
    public typealias RefusalWatch = @Sendable (RelayRequest, RelayRefusal) -> Void

    private let wanted = Atomic(false)
    private let refusals = Mutex<RefusalWatch?>(nil)
    private let waiting = Mutex<(events: [RelayEvent], lost: UInt64)>(([], 0))
    private let wake: WakeEvent

    init() throws(SystemError) {
        wake = try WakeEvent()
    }

    /// What has not been taken when it is no longer wanted is gone.
    public var isWanted: Bool {
        get { wanted.load(ordering: .relaxed) }
        set {
            wanted.store(newValue, ordering: .relaxed)
            waiting.withLock {
                $0.events = []
                if newValue { $0.events.reserveCapacity(RelayEvents.capacity) }
            }
            wake.clear()
        }
    }

    /// From now on; who watched before no more does. It must not wait for anything.
    public func watchRefusals(_ watch: @escaping RefusalWatch) {
        refusals.withLock { $0 = watch }
    }

    /// Readable when there is an event to take.
    public var pollable: PollDescriptor { wake.pollable }

    /// Those that found no room, since the relay began.
    public var lost: UInt64 { waiting.withLock { $0.lost } }

    /// All that have come since the last time, the oldest first.
    public func take() -> [RelayEvent] {
        wake.clear()
        return waiting.withLock {
            let events = $0.events
            $0.events = []
            return events
        }
    }

    func note(_ refusal: RelayRefusal, of request: RelayRequest, number: UInt64?) {
        refusals.withLock { $0 }?(request, refusal)
        note(.refused(number: number, client: request.client, asked: request.destination, refusal))
    }

    /// Nothing is made of `event` unless it is wanted.
    func note(_ event: @autoclosure () -> RelayEvent) {
        guard wanted.load(ordering: .relaxed) else { return }
        let event = event()
        let isFirst = waiting.withLock {
            guard $0.events.count < RelayEvents.capacity else {
                $0.lost += 1
                return false
            }
            $0.events.append(event)
            return $0.events.count == 1
        }
        if isFirst { wake.signal() }
    }
}
