// SPDX-License-Identifier: BSD-2-Clause
public import Internet

/// What is told of a session.
public struct SessionStatus: Equatable, Sendable {
    public enum State: String, CaseIterable, Sendable {
        /// The server has not answered yet.
        case connecting
        /// Nobody has come to the port of a data connection yet.
        case listening
        /// Both directions are open.
        case established
        /// The client, or the server, sends no more.
        case clientEnded = "client-ended"
        case serverEnded = "server-ended"
        /// A local program serves the client.
        case program
    }

    /// For `kill`. Never given twice.
    public var number: UInt64
    public var client: IPv6Endpoint
    /// The IPv6 destination that the client asked for.
    public var destination: IPv6Endpoint
    /// Nil if a program serves the client.
    public var server: IPv4Endpoint?
    public var program: RelayProgram?
    public var application: RelayApplication
    /// Of a data connection, the number of the session that announced it.
    public var control: UInt64?
    public var state: State
    /// Since it was accepted, and since something was last sent.
    public var age: Duration
    public var silence: Duration
    public var bytesToServer: UInt64
    public var bytesToClient: UInt64

    init(_ session: borrowing Session, now: UInt64) {
        number = session.number
        client = session.request.client
        destination = session.request.destination
        server = session.target.server
        application = session.target.application
        control = session.control?.number
        age = .nanoseconds(Int64(clamping: now &- session.began))
        silence = .nanoseconds(Int64(clamping: now &- session.lastActive))
        bytesToServer = session.up.bytes
        bytesToClient = session.down.bytes
        state =
            if !session.isConnected {
                .connecting
            } else if session.up.isAtEnd {
                .clientEnded
            } else if session.down.isAtEnd {
                .serverEnded
            } else {
                .established
            }
    }

    /// Of a data connection that has not come; `session` announced it.
    init(_ port: DataPort, of session: borrowing Session, now: UInt64) {
        number = port.number
        client = session.request.client
        destination = session.request.destination
        server = session.target.server
        switch port.purpose {
        case .passive(let target):
            destination = port.name
            server = target
        case .active(let peer), .errors(let peer): client = peer
        }
        application = session.target.application
        control = session.number
        age = .nanoseconds(Int64(clamping: now &- port.began))
        silence = age
        bytesToServer = 0
        bytesToClient = 0
        state = .listening
    }

    init(_ service: borrowing LocalService, now: UInt64) {
        number = service.number
        client = service.request.client
        destination = service.request.destination
        program = service.program
        application = .plain
        age = .nanoseconds(Int64(clamping: now &- service.began))
        silence = .zero
        bytesToServer = 0
        bytesToClient = 0
        state = .program
    }
}
