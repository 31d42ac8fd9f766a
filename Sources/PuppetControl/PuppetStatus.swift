// SPDX-License-Identifier: BSD-2-Clause

/// What an end of a tunnel was told, and does.
public struct PuppetStatus: Codable, Equatable, Sendable {
    public var interface: String
    public var dev: String?
    public var listen: String?
    public var connect: String?
    public var keys: [String] = []
    public var insecure = false
    public var proto = "modern"
    public var offload = true
    public var filter: String?
    public var keepalive: [Int] = []
    public var reconnect: [Int] = []
    public var copy: [String] = []
    public var rate = 0
    /// Of a vamp.
    public var promisc: Bool?
    public var direction: String?
    public var inject: Bool?
    public var exclusive: Bool?
    /// Why that is not so though it was said.
    public var audible: String?
    public var exclude: [String]?
    public var state = "down"
    public var failure: String?
    public var local: String?
    public var peer: String?
    /// The key that the peer has shown.
    public var key: String?
    public var software: String?
    public var spoken: String?
    public var remote: String?
    /// Microseconds.
    public var roundtrip: Int?
    public var clock: Int?
    public var sessions: UInt64 = 0
    public var strangers: UInt64 = 0

    public init(interface: String) {
        self.interface = interface
    }
}
