// SPDX-License-Identifier: BSD-2-Clause

/// What a command line does to an end of a tunnel, a vamp or a puppet interface, beyond what it does to any. A nil field
/// stays as it is. Some are of one kind only, which refuses the others.
public struct PuppetChange: Codable, Equatable, Sendable {
    /// Of a vamp, the real interface: `eth0`.
    public var dev: String?
    /// `[::1]:7113`, `192.0.2.1:7113`; empty: no longer. One of the two takes the other's place.
    public var listen: String?
    public var connect: String?
    /// Keys that the peer may have, `SHA256:…`: with them it is TLS. Empty: none.
    public var peer: [String]?
    /// Plain TCP may go to other hosts.
    public var insecure: Bool?
    /// `modern`, `auto`, `1.3` or `1.4`.
    public var proto: String?
    public var offload: Bool?
    public var filter: FilterChange?
    /// Seconds between questions, and until the peer is given up.
    public var keepalive: [Int]?
    /// Seconds before connecting again, at first and at most.
    public var reconnect: [Int]?
    /// `link`, `mtu`, `inet`, `inet6`; `none`.
    public var copy: [String]?
    /// Bytes a second that are injected, 0 for any number.
    public var rate: Int?
    /// Of a vamp.
    public var promisc: Bool?
    /// `in`, `out` or `both`.
    public var direction: String?
    public var inject: Bool?
    /// Of a vamp: the host's own network stack is silent there.
    public var exclusive: Bool?
    /// Whose way here must not lead through that interface: `198.51.100.7`.
    public var caller: String?
    /// `auto`, `none`, or `192.0.2.1:22,198.51.100.7:50000`.
    public var exclude: [String]?

    public init() {}
}

/// The words of a filter (pcap-filter(7)), and the program that a tool has made of them.
public struct FilterChange: Codable, Equatable, Sendable {
    /// Empty: every frame is taken.
    public var words: String
    /// Sixteen hexadecimal digits an instruction: `struct sock_filter`, each number as it is written.
    public var program: String

    public init(words: String, program: String) {
        self.words = words
        self.program = program
    }
}
