// SPDX-License-Identifier: BSD-2-Clause
import Glibc
public import SystemPackage

/// A system call that failed: which one, and with what errno.
public struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
    public var call: String
    public var errno: Errno

    public init(_ call: StaticString, _ errno: Errno) {
        self.call = call.description
        self.errno = errno
    }

    /// An error about an object that says more than the call does.
    public init(object: String, _ errno: Errno) {
        call = object
        self.errno = errno
    }

    /// `"bind: Address already in use"`.
    public var description: String { "\(call): \(errno)" }
}

/// Runs a system call: again after EINTR, nil when it would block, and otherwise its result or its errno.
///
/// EBADF is a bug of ours, never input: it would mean that some descriptor was closed while in use.
@inline(__always)
@discardableResult
func system<Result: FixedWidthInteger & SignedInteger>(
    _ call: StaticString, _ body: () -> Result
) throws(SystemError) -> Result? {
    while true {
        let result = body()
        if result >= 0 { return result }
        switch Errno(rawValue: Glibc.errno) {
        case .interrupted: continue
        case .wouldBlock: return nil
        case .badFileDescriptor: preconditionFailure("\(call) on a closed descriptor")
        case let errno: throw SystemError(call, errno)
        }
    }
}

/// The same for calls that cannot block.
@inline(__always)
@discardableResult
func must<Result: FixedWidthInteger & SignedInteger>(
    _ call: StaticString, _ body: () -> Result
) throws(SystemError) -> Result {
    guard let result = try system(call, body) else { throw SystemError(call, .wouldBlock) }
    return result
}

extension Errno {
    /// EBADFD, which swift-system has no name for: of a device, that it was deleted.
    public static let badState = Errno(rawValue: EBADFD)
}
