// SPDX-License-Identifier: BSD-2-Clause
internal import CKernelPrograms
import Glibc
public import Internet
public import SystemIO
import SystemPackage

/// Gives what is sent to the prefixes of faith(4) to their relays, and to nobody else of this node.
///
///     let capture = try FaithCapture()                                  // nothing is captured yet
///     let listener = try TCPListener(IPv6Endpoint(.loopback, port: 0))  // of a relay, wherever it listens
///     try capture.set(listener: listener, slot: 0)
///     try capture.set(ports: PortSet([22...22, 80...80]), slot: 0)
///     try capture.capture(IPv6Prefix(prefix, length: 96), slot: 0)      // now connections come
///     try capture.counters(slot: 0).refused                             // and who was turned away
///
/// The routes that make the addresses of a prefix this node's own, `ip -6 route add local PREFIX dev faith0`, are somebody
/// else's matter. A slot stands for one relay, and may have any number of prefixes. TCP to a port that is not relayed is
/// answered with a reset and UDP with ICMPv6 port unreachable, even if this node listens there at every address; all else
/// but the ICMPv6 errors that connections need is dropped, and of protocols that are not ICMPv6 somebody is to tell the
/// senders. Whatever a captured address hears, connections
/// that exist stay, also when their relay goes.
///
/// It is two programs, `bpf/faith.bpf.c` at the lookup of sockets and `bpf/silence.bpf.c` at netfilter's hook, in the
/// network namespace of the thread that makes it. What they do ends with this object, and so with the process at the
/// latest: nothing is pinned. But what was left to a successor goes on there, without a connection in between that meets no
/// program:
///
///     try capture.leave(to: estate, as: "faith")
///     let successor = try FaithCapture(from: estate, as: "faith")       // then this one may go
public final class FaithCapture {
    /// Slots are 0..<64.
    public static let slots = Int(FAITH_SLOTS)

    /// Open for as long as a relay expects a connection to a port of its choice.
    public let pinholes: FaithPinholes
    /// Why the kernel does not take `silence.bpf.c`; nil: it has. Without it, connections are captured all the same, but the
    /// kernel answers ping, other protocols get through to this node, and packets and bytes are not counted.
    public let silence: KernelProgramError?
    /// Dropped packets whose senders are to be told; nil without `silence.bpf.c`.
    public let untold: UntoldPackets?

    private let objects: [KernelObject]
    private let attached: Links
    private let state: KernelMap<UInt32, faith_state>
    private let prefixes: KernelMap<faith_prefix, UInt32>
    private let listeners: KernelMap<UInt32, Int32>
    private let ports: KernelMap<UInt32, faith_ports>
    private let counts: KernelMap<UInt32, faith_counters>
    /// What is captured, and for which slots.
    public private(set) var captured: [IPv6Prefix: Int] = [:]
    /// Addresses of this node's own.
    private var kept: Set<IPv6Address> = []
    /// Prefixes that may be captured at once; the programs have room for that, and for addresses besides.
    public var limit = Int(FAITH_PREFIXES_MAX)

    private struct Links: ~Copyable {
        let lookup: KernelLink
        let localIn: KernelLink?

        var numbers: [Int32] {
            switch localIn {
            case .some(let link): [lookup.number, link.number]
            case .none: [lookup.number]
            }
        }
    }

    /// Loads and attaches the programs. Requires Linux 5.9, CAP_BPF and CAP_NET_ADMIN; and that `silence` is nil, Linux 6.4
    /// and CAP_PERFMON as well.
    /// - Parameter estate: where one may have left what this goes on with: what is captured, for whom, and the counters.
    /// - Throws: `.occupied` if another FaithCapture is in this network namespace, as far as netfilter tells.
    public init(from estate: Estate? = nil, as prefix: String = "") throws(KernelProgramError) {
        let heritage = estate.map { KernelHeritage(estate: $0, prefix: prefix) }
        let object = try KernelObject(loading: faithObject, needing: .socketLookup) { heritage?.take($0) }
        state = try object.map(FAITH_STATE_MAP, UInt32.self, faith_state.self)
        prefixes = try object.map(FAITH_PREFIXES_MAP, faith_prefix.self, UInt32.self)
        listeners = try object.map(FAITH_LISTENERS_MAP, UInt32.self, Int32.self)
        ports = try object.map(FAITH_PORTS_MAP, UInt32.self, faith_ports.self)
        counts = try object.map(FAITH_COUNTERS_MAP, UInt32.self, faith_counters.self)
        pinholes = try FaithPinholes(duplicating: try object.mapNumber(FAITH_PINHOLES_MAP))
        var localIn: KernelLink?
        var refusal: KernelProgramError?
        var untold: UntoldPackets?
        var objects = [object]
        do throws(KernelProgramError) {
            let object = try KernelObject(loading: silenceObject, needing: .netfilter, sharing: object) {
                heritage?.take($0)
            }
            objects.append(object)
            // Before the node variables, which count the fragments that the kernel gets.
            untold = try UntoldPackets(map: try object.mapNumber(FAITH_UNTOLD_MAP))
            localIn = try object.attach(
                FAITH_LOCAL_IN_PROGRAM, to: CKERNEL_LOCAL_IN, priority: .max - 2, replacing: heritage)
        } catch let error where error != .occupied {
            refusal = error
        }
        silence = refusal
        self.untold = refusal == nil ? untold : nil
        self.objects = objects
        attached = Links(
            lookup: try object.attachToLookup(FAITH_LOOKUP_PROGRAM, replacing: heritage), localIn: localIn)
        for key in try prefixes.keys(from: faith_prefix()) {
            let prefix = IPv6Prefix(key)
            if let slot = try prefixes.value(of: key, or: 0), slot < UInt32(FAITH_SLOTS) {
                captured[prefix] = Int(slot)
            } else {
                kept.insert(prefix.address)
            }
        }
    }

    /// Leaves what is captured, for whom, and the counters. All stays in force here until this goes or a successor is made,
    /// whichever is first; after that nothing should be set here any more.
    public func leave(to estate: Estate, as prefix: String) throws(SystemError) {
        let heritage = KernelHeritage(estate: estate, prefix: prefix)
        for object in objects { try object.leaveMaps(to: heritage) }
        try attached.lookup.leave(to: heritage, as: FAITH_LOOKUP_PROGRAM)
        try attached.localIn?.leave(to: heritage, as: FAITH_LOCAL_IN_PROGRAM)
    }

    /// With these it ends.
    public var links: [PollDescriptor] {
        attached.numbers.map { PollDescriptor(watching: $0) }
    }

    /// Gives the connections of a slot to this socket, instead of another that was named before. When it is closed, they
    /// are refused.
    public func set(listener: TCPListener, slot: Int) throws(KernelProgramError) {
        let key = FaithCapture.key(slot)
        try listener.withNumber { number throws(KernelProgramError) in try listeners.set(key, to: number) }
    }

    /// Says which ports a slot relays: these, and no others.
    public func set(ports: PortSet, slot: Int) throws(KernelProgramError) {
        try self.ports.set(FaithCapture.key(slot), to: ports.words)
    }

    /// Those that a slot relays.
    public func ports(slot: Int) throws(KernelProgramError) -> PortSet {
        let words = try ports.elements(of: FaithCapture.key(slot), count: Int(FAITH_PORT_WORDS), empty: UInt64(0))
        return PortSet(words: words) ?? PortSet()
    }

    /// Maps that were left in another shape, by another version: what they held is to be set again.
    public var begunAnew: [String] { objects.flatMap(\.begunAnew).sorted() }

    /// Captures a prefix for a slot, whichever it was for before. For an address, the longest prefix counts.
    ///
    /// Routes are to lead there after that, and to be gone before `release`: what is local without being captured is
    /// answered by this node itself.
    /// - Throws: ENOSPC if there are as many as there may be, ENOMEM; then it is as it was.
    public func capture(_ prefix: IPv6Prefix, slot: Int) throws(KernelProgramError) {
        guard captured[prefix] != slot else { return }
        guard captured[prefix] != nil || captured.count < limit else {
            throw .failed(SystemError("BPF_MAP_UPDATE_ELEM", .noSpace))
        }
        if captured.isEmpty { try state.set(0, to: faith_state(is_capturing: 1)) }
        if !isKept(prefix) { try prefixes.set(faith_prefix(prefix), to: FaithCapture.key(slot)) }
        captured[prefix] = slot
    }

    /// Captures a prefix no more.
    public func release(_ prefix: IPv6Prefix) throws(KernelProgramError) {
        guard captured[prefix] != nil else { return }
        if !isKept(prefix) { try prefixes.remove(faith_prefix(prefix)) }
        captured[prefix] = nil
        if captured.isEmpty { try state.set(0, to: faith_state(is_capturing: 0)) }
    }

    /// Says which addresses are this node's own: it keeps them, whatever prefix has them.
    /// - Throws: ENOSPC if there are too many; some are missing then.
    public func keep(_ addresses: Set<IPv6Address>) throws(KernelProgramError) {
        for address in addresses.subtracting(kept) {
            try prefixes.set(faith_prefix(IPv6Prefix(address, length: 128)), to: UInt32(FAITH_SLOTS))
            kept.insert(address)
        }
        for address in kept.subtracting(addresses) {
            let prefix = IPv6Prefix(address, length: 128)
            if let slot = captured[prefix] {
                try prefixes.set(faith_prefix(prefix), to: FaithCapture.key(slot))
            } else {
                try prefixes.remove(faith_prefix(prefix))
            }
            kept.remove(address)
        }
    }

    private func isKept(_ prefix: IPv6Prefix) -> Bool { prefix.length == 128 && kept.contains(prefix.address) }

    /// Makes a slot as it was at the beginning: no listener, no ports, all counters 0. Prefixes that are still its own are
    /// captured, and all is refused.
    public func clear(slot: Int) throws(KernelProgramError) {
        let key = FaithCapture.key(slot)
        try ports.set(key, to: PortSet().words)
        // The socket may have been closed, and have gone by itself.
        try listeners.remove(key, absent: EINVAL)
        try counts.setAll(key, to: faith_counters())
    }

    /// What came to the prefixes of a slot, since this object was made or the slot was cleared.
    public func counters(slot: Int) throws(KernelProgramError) -> FaithCounters {
        FaithCounters(try counts.values(of: FaithCapture.key(slot), empty: faith_counters()))
    }

    private static func key(_ slot: Int) -> UInt32 {
        precondition((0..<slots).contains(slot), "a slot is 0..<\(slots)")
        return UInt32(slot)
    }
}

extension IPv6Prefix {
    fileprivate init(_ key: faith_prefix) {
        self.init(key.address.address, length: Int(key.length))
    }
}

extension faith_prefix {
    fileprivate init(_ prefix: IPv6Prefix) {
        self.init(length: UInt32(prefix.length), address: node_address(prefix.address))
    }
}
