// SPDX-License-Identifier: BSD-2-Clause

/// A client, and the server or program that it is connected with.
public struct FaithSession: Codable, Equatable, Sendable {
    public var interface: String
    public var number: Int
    public var client: String
    public var asked: String
    public var server: String?
    public var state: String
    public var application: String
    public var control: Int?
    /// Seconds.
    public var age: Int
    public var silence: Int
    /// Bytes.
    public var toserver: UInt64
    public var toclient: UInt64

    public init(
        interface: String, number: Int, client: String, asked: String, server: String?, state: String,
        application: String, control: Int?, age: Int, silence: Int, toserver: UInt64, toclient: UInt64
    ) {
        self.interface = interface
        self.number = number
        self.client = client
        self.asked = asked
        self.server = server
        self.state = state
        self.application = application
        self.control = control
        self.age = age
        self.silence = silence
        self.toserver = toserver
        self.toclient = toclient
    }
}

/// One thing that happened to a session, or to a client that got none.
public struct SessionEvent: Codable, Equatable, Sendable {
    public enum Event: String, Codable, CaseIterable, Sendable {
        /// From here on nothing is missed.
        case current
        case began, connected, ended, refused
        /// Some were.
        case lost
    }

    public var event: Event
    public var interface: String?
    public var number: Int?
    public var client: String?
    public var asked: String?
    public var server: String?
    public var reason: String?
    public var toserver: UInt64?
    public var toclient: UInt64?
    /// Milliseconds.
    public var age: Int?
    public var count: Int?

    public init(_ event: Event, interface: String? = nil) {
        self.event = event
        self.interface = interface
    }
}
