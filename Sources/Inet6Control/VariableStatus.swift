// SPDX-License-Identifier: BSD-2-Clause

/// What a variable holds. sysctl(8) knows more numbers, by their sizes, than it tells apart in practice.
public enum VariableType: String, Codable, CaseIterable, Sendable {
    /// 32 bits
    case integer, unsigned
    /// one byte, 0 or 1
    case boolean
    case string
    /// bytes that only their owner understands
    case opaque
}

/// A variable, and all there is to say about it.
public struct VariableStatus: Codable, Equatable, Sendable {
    public var name: String
    /// `[4, 28, 41, 1]` is net.inet6.ip6.forwarding.
    public var oid: [Int]
    public var type: VariableType
    /// Of what is opaque: `S,icmp6stat`.
    public var format: String?
    /// A number in decimal, a boolean as 0 or 1, the bytes of what is opaque as hexadecimal digits.
    public var value: String
    public var `default`: String?
    public var minimum: Int?
    public var maximum: Int?
    public var unit: String?
    public var description: String
    public var writable: Bool
    public var tunable: Bool
    /// Where it is enforced: `inet6d's interfaces`.
    public var place: String
    /// Where its name is from: `FreeBSD, NetBSD`.
    public var source: String

    /// A variable that is read only and of which no more than this can be said.
    public init(
        name: String, oid: [Int], type: VariableType, value: String, description: String, place: String,
        source: String
    ) {
        self.name = name
        self.oid = oid
        self.type = type
        self.value = value
        self.description = description
        self.place = place
        self.source = source
        writable = false
        tunable = false
    }
}

/// What variables are below: `net.link.stf`.
public struct NodeStatus: Codable, Equatable, Sendable {
    public var name: String
    public var oid: [Int]
    public var description: String

    public init(name: String, oid: [Int], description: String) {
        self.name = name
        self.oid = oid
        self.description = description
    }
}
