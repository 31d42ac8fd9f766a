// SPDX-License-Identifier: BSD-2-Clause
public import Internet
public import SystemIO

/// The key of this host, by which it is known to its peers.
public protocol CarrierIdentity: Sendable {
    /// Of its public half.
    var fingerprint: KeyFingerprint { get }

    /// What makes one connection secret. Nil: there is no memory for it.
    /// - Parameter peers: the keys that the peer may have.
    func channel(isCaller: Bool, peers: [KeyFingerprint]) -> (any SecureChannel)?
}

/// What makes one connection secret, and knows who is at its other end. It has no socket: what came is taken out of one
/// queue, and what is to go is put into another.
public protocol SecureChannel: AnyObject {
    /// Goes on with what has to be said before anything else. True: the peer has shown that it has one of the keys, and
    /// knows that this end has one that it wants.
    func shake(_ incoming: inout ByteQueue, _ outgoing: inout ByteQueue) throws(ChannelFault) -> Bool
    /// Opens all that is whole. False: the peer has said that nothing follows.
    func open(
        _ incoming: inout ByteQueue, into plain: inout ByteQueue, answering outgoing: inout ByteQueue
    ) throws(ChannelFault) -> Bool
    /// Seals from the front of `plain` as much as there is room for, and takes it away.
    func seal(_ plain: inout ByteQueue, atMost limit: Int, into outgoing: inout ByteQueue) throws(ChannelFault)
    /// Says that nothing follows.
    func end(into outgoing: inout ByteQueue)
    /// The key that the peer has shown, whether it was one of those or not.
    var peer: KeyFingerprint? { get }
}

/// Why a connection is not secret, or no longer.
public struct ChannelFault: Error, Equatable, Sendable {
    public let reason: String

    public init(reason: String) {
        self.reason = reason
    }
}

/// How the connections of an end are made secret.
public struct CarrierSecurity: Equatable, Sendable {
    public let identity: any CarrierIdentity
    /// The keys that the peer may have.
    public let peers: [KeyFingerprint]

    public init(_ identity: any CarrierIdentity, peers: [KeyFingerprint]) {
        self.identity = identity
        self.peers = peers
    }

    public static func == (one: Self, other: Self) -> Bool {
        one.identity.fingerprint == other.identity.fingerprint && one.peers == other.peers
    }
}
