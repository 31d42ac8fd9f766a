// SPDX-License-Identifier: BSD-2-Clause
import Control

/// What a kind of interfaces decides over plans. Values only, so that a boot configuration is checked without a kernel.
protocol KindRules: Equatable, Sendable {
    static var kind: InterfaceKind { get }

    /// Bytes.
    var defaultMTU: Int { get }
    var mtus: ClosedRange<Int> { get }
    /// Whether its device has a link-local address, multicast and neighbour discovery, whose options are the kernel's
    /// then: faith(4) has them, stf(4) has none.
    var hasNeighborDiscovery: Bool { get }
    /// Whether a router on its link may give it addresses and routes, and the kernel a link-local address. A link that is
    /// somebody else's may not.
    var trustsItsLink: Bool { get }
    var takesAnycast: Bool { get }
    /// Whether it gives itself an address, which brings it up as any other does.
    var makesAddress: Bool { get }

    /// - Throws: the change is another kind's, or cannot be.
    mutating func apply(_ change: KindChange, of name: String, _ context: PlanContext) throws(Refusal)

    /// Says what makes a new one like this: what `apply` understands.
    func say(in change: inout Change)

    /// Whether the interface may have the address beside what it and others have.
    /// - Parameter others: all other interfaces of ours, of whatever kind.
    func check(
        _ address: AddressRecord, on record: InterfaceRecord, among others: [InterfaceRecord], _ context: PlanContext
    ) throws(Objection)
}

extension KindRules {
    var trustsItsLink: Bool { true }
}

/// What a plan is made under.
struct PlanContext: Sendable {
    var variables = MIB()
    /// What is so already is no error.
    var isIdempotent = false
    /// Whether who asks may do what reaches beyond interfaces of ours.
    var isForRoot = true
}

/// Why an address cannot be, whatever words it came in.
struct Objection: Error {
    let errno: BSDErrno
    let reason: String

    init(_ errno: BSDErrno, _ reason: String) {
        self.errno = errno
        self.reason = reason
    }
}

extension KindChange {
    /// The refusal of a change that is another kind's.
    func foreign(to kind: InterfaceKind, _ name: String) -> Refusal {
        Refusal(name, word, .EINVAL, "not of \(kind.rawValue) interfaces")
    }
}
