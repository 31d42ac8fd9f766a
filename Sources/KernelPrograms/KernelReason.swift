// SPDX-License-Identifier: BSD-2-Clause

/// Why a program inside the kernel, or its twin in Swift, stopped something. All of a kind are declared once, with their
/// texts, in a header of `CKernelPrograms`; here they are numbers.
public protocol KernelReason: Hashable, Sendable, CustomStringConvertible {
    /// How many there are.
    static var count: Int { get }

    /// 0..<count
    var number: UInt32 { get }
    init(number: UInt32)

    /// "source-is-own": what scripts may rely on.
    var name: String { get }
    /// "the source is an address of this node, which did not send it"
    var description: String { get }
}

extension KernelReason {
    /// All there are, in the order of their numbers.
    public static var all: [Self] { (0..<UInt32(count)).map { Self(number: $0) } }

    /// "source-is-own". Nil: there is none of that name.
    public init?(_ name: String) {
        guard let reason = Self.all.first(where: { $0.name == name }) else { return nil }
        self = reason
    }
}

/// How often something was stopped, by reason.
public struct ReasonCounts<Reason: KernelReason>: Equatable, Sendable {
    @usableFromInline var counts = [UInt64](repeating: 0, count: Reason.count)

    public init() {}

    @inlinable
    public subscript(_ reason: Reason) -> UInt64 {
        get { counts[Int(reason.number)] }
        set { counts[Int(reason.number)] = newValue }
    }
}
