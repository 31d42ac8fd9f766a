// SPDX-License-Identifier: BSD-2-Clause

/// A variable of the node, or of one interface: `net.inet6.ip6.hlim`, `net.inet6.ip6.interface.eth0.hlim`.
///
/// What Linux keeps for each interface can be set for each, also for one that is not there yet. BSD has no name for it.
struct MIBInstance: Hashable, Sendable {
    let variable: MIBVariable
    /// Nil for the node.
    let interface: String?

    private static let word = "interface"
    /// Its number below `net.inet6.ip6`.
    private static let number = 1100

    init(_ variable: MIBVariable, of interface: String? = nil) {
        self.variable = variable
        self.interface = interface
    }

    /// Nil if there is no such variable, or if no interface can have that name.
    init?(_ name: String) {
        if let variable = MIBVariable(rawValue: name) {
            self.init(variable)
            return
        }
        guard let (node, rest) = MIBInstance.parts(of: name), let dot = rest.lastIndex(of: "."),
            let variable = MIBVariable(rawValue: "\(node).\(rest[rest.index(after: dot)...])"),
            variable.declaration.key?.isPerInterface == true, MIBInstance.isInterfaceName(rest[..<dot])
        else { return nil }
        self.init(variable, of: String(rest[..<dot]))
    }

    /// `net.inet6.ip6.interface.eth0` is `net.inet6.ip6` and `eth0`; names of interfaces may have dots.
    private static func parts(of name: String) -> (node: String, rest: Substring)? {
        for node in [MIBNode.ip6.rawValue, MIBNode.icmp6.rawValue] where name.hasPrefix("\(node).\(word).") {
            return (node, name.dropFirst(node.count + word.count + 2))
        }
        return nil
    }

    /// The interface whose variables a node has: `eth0` for `net.inet6.ip6.interface.eth0`, "" for
    /// `net.inet6.ip6.interface`; nil for any other name.
    static func interface(ofNode name: String) -> (node: MIBNode, interface: String)? {
        for node in [MIBNode.ip6, .icmp6] where name == "\(node.rawValue).\(word)" { return (node, "") }
        guard let (node, rest) = parts(of: name), isInterfaceName(rest) else { return nil }
        return MIBNode(rawValue: node).map { ($0, String(rest)) }
    }

    /// What the kernel lets an interface be called (dev_valid_name), but for what stands for all of them. A path cannot
    /// hide in it: not `..`, not `a/b`.
    static func isInterfaceName(_ name: Substring) -> Bool {
        (1...15).contains(name.utf8.count) && ![".", "..", "all", "default"].contains(name)
            && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ":") }
    }

    var name: String {
        guard let interface, let node = MIBNode.above(variable.rawValue) else { return variable.rawValue }
        return "\(node.rawValue).\(MIBInstance.word).\(interface)\(variable.rawValue.dropFirst(node.rawValue.count))"
    }

    /// - Parameter index: the kernel's number of the interface; 0 while there is none.
    func oid(index: UInt32) -> [Int] {
        guard interface != nil else { return variable.oid }
        return variable.oid.dropLast() + [MIBInstance.number, Int(index)] + variable.oid.suffix(1)
    }
}
