// SPDX-License-Identifier: BSD-2-Clause
import Control

/// BSD's if_clone: makes interfaces of one kind, and keeps what all of them share.
protocol Cloner: AnyObject {
    associatedtype Instance: Interface
    static var kind: InterfaceKind { get }
    /// What one of them is called in a sentence: `an stf interface`.
    static var noun: String { get }

    func make(_ name: String, on host: Host) throws(Refusal) -> Instance
    /// Lets the interfaces follow what is true of this host now.
    /// - Parameter interfaces: all there are, by their indices.
    /// - Returns: what the kernel refused.
    func follow(_ interfaces: [Instance], on host: Host) -> [Refusal]
    /// Gives back what an interface had that is no longer there.
    func release(_ interface: Instance, on host: Host)
}

/// The interfaces of one kind, for those who know it.
final class Clones<Kind: Cloner>: CloneList {
    let cloner: Kind
    private var instances: [Kind.Instance] = []

    init(_ cloner: Kind) {
        self.cloner = cloner
    }

    /// By their indices.
    var all: [Kind.Instance] { instances.sorted { ($0.index ?? 0, $0.name) < ($1.index ?? 0, $1.name) } }

    subscript(_ name: String) -> Kind.Instance? { instances.first { $0.name == name } }

    // MARK: CloneList

    var kind: InterfaceKind { Kind.kind }
    var interfaces: [any Interface] { instances }

    func create(_ name: String, on host: Host) throws(Refusal) {
        instances.append(try cloner.make(name, on: host))
    }

    func remove(_ name: String, on host: Host) {
        guard let place = instances.firstIndex(where: { $0.name == name }) else { return }
        let interface = instances.remove(at: place)
        interface.stop()
        cloner.release(interface, on: host)
    }

    func follow(_ host: Host) -> [Refusal] { cloner.follow(all, on: host) }
}

/// The same for those who do not.
protocol CloneList: AnyObject {
    var kind: InterfaceKind { get }
    var interfaces: [any Interface] { get }
    func create(_ name: String, on host: Host) throws(Refusal)
    /// Ends one, and its device with it. Nothing happens if there is none of this name.
    func remove(_ name: String, on host: Host)
    func follow(_ host: Host) -> [Refusal]
}
