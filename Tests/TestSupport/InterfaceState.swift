// SPDX-License-Identifier: BSD-2-Clause

/// An interface as `stfctl -j` shows it. Written from stfctl(8), not from the sources: the keys are a contract.
public struct InterfaceState: Decodable, Equatable, Sendable {
    public struct Address: Decodable, Equatable, Sendable {
        public var address: String
        public var prefixlen: Int
        public var anycast: Bool
        public var tentative: Bool
        public var duplicated: Bool
        public var deprecated: Bool
        public var pltime: Int?
        public var vltime: Int?
    }

    public struct Traffic: Decodable, Equatable, Sendable {
        public var packets: Int
        public var bytes: Int

        public init(packets: Int, bytes: Int) {
            self.packets = packets
            self.bytes = bytes
        }
    }

    public struct Drop: Decodable, Equatable, Sendable {
        public var direction: String
        public var reason: String
        public var description: String
        public var packets: Int
    }

    public struct Counters: Decodable, Equatable, Sendable {
        public var input: Traffic
        public var output: Traffic
        public var drops: [Drop]
    }

    public var name: String
    public var kind: String
    public var index: Int
    public var flags: [String]
    public var mtu: Int
    public var description: String?
    public var inet6: [Address]
    public var nd6: [String]
    public var ipv4: String?
    public var counters: Counters

    /// `2002:c000:201::1/16`, each.
    public var addresses: [String] { inet6.map { "\($0.address)/\($0.prefixlen)" } }

    /// The packets that died of a reason; nil if there is no such reason.
    public func dropped(_ direction: String, _ reason: String) -> Int? {
        counters.drops.first { $0.direction == direction && $0.reason == reason }?.packets
    }

    /// The reasons that packets died of: `input: peer-outside-prefix`.
    public var losses: [String] {
        counters.drops.filter { $0.packets > 0 }.map { "\($0.direction): \($0.reason)" }
    }
}

struct InterfaceList: Decodable {
    var interfaces: [InterfaceState]
}

/// An interface as `ip -j addr` shows it.
public struct KernelState: Decodable, Equatable, Sendable {
    public struct Address: Decodable, Equatable, Sendable {
        public var family: String
        public var local: String
        public var prefixlen: Int
        public var deprecated: Bool?
    }

    public var ifindex: Int
    public var ifname: String
    public var flags: [String]
    public var mtu: Int
    public var addr_info: [Address]

    /// The IPv6 addresses: `2002:c000:201::1/16`, each.
    public var addresses: [String] {
        addr_info.filter { $0.family == "inet6" }.map { "\($0.local)/\($0.prefixlen)" }
    }
}
