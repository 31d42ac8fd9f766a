// SPDX-License-Identifier: BSD-2-Clause
import Control
import Inet6Control

/// Something in a boot configuration that cannot be used.
public struct BootFault: Equatable, Sendable, CustomStringConvertible {
    /// `/etc/inet6d/stf0.if:3`
    public let place: String
    public let reason: String
    /// Whether it may be right on another system, and is no mistake.
    public let isForeign: Bool

    init(_ place: String, _ reason: String, isForeign: Bool = false) {
        self.place = place
        self.reason = reason
        self.isForeign = isForeign
    }

    /// Of an interface.
    init(_ place: String, _ refusal: Refusal) {
        self.init(place, refusal.line)
    }

    /// Of a variable.
    init(_ place: String, _ refusal: Refusal, of assignment: Assignment) {
        let name = assignment.name
        let isKnown = MIBInstance(name) != nil
        if let note = ForeignVariable.note(on: name) ?? (isKnown && refusal.isOfThisHost ? refusal.detail : nil) {
            self.init(place, "\(name): passed over: \(note)", isForeign: true)
        } else if isKnown {
            self.init(place, refusal)
        } else if MIBNode(rawValue: name) != nil {
            self.init(place, "oid '\(name)' isn't a leaf node")
        } else if name.hasPrefix(NodeDropVariable.node) {
            self.init(place, "oid '\(name)' is read only")
        } else {
            let meant = ForeignVariable.nearest(to: name).map { "; is it \($0)?" } ?? ""
            self.init(place, "unknown oid '\(name)'\(meant)")
        }
    }

    /// `/etc/inet6d/stf0.if:3: stf0: mtu many: bad value`
    public var description: String { "\(place): \(reason)" }
}

extension Refusal {
    /// Of a variable that another kernel has, or may be told.
    fileprivate var isOfThisHost: Bool { errno == .ENOENT || errno == .EOPNOTSUPP }
}
