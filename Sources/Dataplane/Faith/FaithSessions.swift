// SPDX-License-Identifier: BSD-2-Clause
import Control
import FaithControl
import Internet
import Netlink
import Relay
import SystemIO

/// What is relayed by all faith interfaces.
extension Clones where Kind == FaithCloner {
    /// Has relays tell of their sessions while somebody monitors, and no longer.
    func watchSessions(isWanted: Bool) {
        for interface in all {
            for relay in interface.relays where relay.events.isWanted != isWanted { relay.events.isWanted = isWanted }
        }
    }

    /// Sessions of some interfaces, the oldest of each relay first, a few at a time. What begins meanwhile is not among them:
    /// there is an end, however slowly it is read.
    func sessions(ofInterfaces names: [String]) -> Listing<FaithSession> {
        let end = cloner.numbers.last
        var rest = names[...]
        var place = 0
        var last: UInt64 = 0
        return Listing { [self] () throws(Refusal) in
            while let name = rest.first {
                guard let interface = self[name], place < interface.relays.count else {
                    rest.removeFirst()
                    (place, last) = (0, 0)
                    continue
                }
                let sessions = try interface.sessions(of: interface.relays[place], after: last).filter {
                    $0.number <= end
                }
                if let number = sessions.last?.number {
                    last = number
                    return sessions.map { $0.status(of: name) }
                }
                (place, last) = (place + 1, 0)
            }
            return nil
        }
    }

    /// What has happened to sessions since the last time.
    func takeSessionNews() -> [SessionEvent] {
        var news: [SessionEvent] = []
        for interface in all {
            for relay in interface.relays {
                news += relay.events.take().map { SessionEvent($0, of: interface.name) }
                let lost = interface.newlyLost(of: relay)
                if lost > 0 { news.append(SessionEvent(losing: lost, of: interface.name)) }
            }
        }
        return news
    }
}

extension FaithInterface {
    /// The next after a number.
    fileprivate func sessions(of relay: Relay, after number: UInt64) throws(Refusal) -> [SessionStatus] {
        do throws(SystemError) {
            return try relay.sessions(after: number, limit: 256)
        } catch {
            throw Refusal(name, "sessions", BSDErrno(error.errno), error.call)
        }
    }

    /// Breaks off those of these sessions that there are; returns how many.
    func kill(_ numbers: [Int]) throws(Refusal) -> Int {
        let numbers = Set(numbers.compactMap { UInt64(exactly: $0) })
        do throws(SystemError) {
            var killed = 0
            for relay in relays { killed += try relay.kill(numbers) }
            return killed
        } catch {
            throw Refusal(name, "kill", BSDErrno(error.errno), error.call)
        }
    }
}

extension SessionEvent {
    fileprivate init(_ event: RelayEvent, of interface: String) {
        switch event {
        case .began(let number, let client, let asked, let server, _):
            self.init(.began, interface: interface)
            self.number = Int(clamping: number)
            self.client = client.description
            self.asked = asked.description
            self.server = server?.description
        case .connected(let number):
            self.init(.connected, interface: interface)
            self.number = Int(clamping: number)
        case .ended(let number, let end, let bytesToServer, let bytesToClient, let age):
            self.init(.ended, interface: interface)
            self.number = Int(clamping: number)
            reason = end.name
            toserver = bytesToServer
            toclient = bytesToClient
            self.age = Int(age / .milliseconds(1))
        case .refused(let number, let client, let asked, let refusal):
            self.init(.refused, interface: interface)
            self.number = number.map { Int(clamping: $0) }
            self.client = client.description
            self.asked = asked.description
            reason = refusal.name
        }
    }

    fileprivate init(losing count: UInt64, of interface: String) {
        self.init(.lost, interface: interface)
        self.count = Int(clamping: count)
    }
}

extension SessionStatus {
    func status(of interface: String) -> FaithSession {
        FaithSession(
            interface: interface, number: Int(clamping: number), client: client.description,
            asked: destination.description, server: server?.description, state: state.rawValue,
            application: application.rawValue, control: control.map { Int(clamping: $0) },
            age: Int(age.components.seconds), silence: Int(silence.components.seconds),
            toserver: bytesToServer, toclient: bytesToClient)
    }
}
