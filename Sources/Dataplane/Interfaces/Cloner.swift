// SPDX-License-Identifier: BSD-2-Clause
import Control
import SystemIO

/// BSD's if_clone: makes interfaces of one kind, and keeps what all of them share.
protocol Cloner: AnyObject {
    associatedtype Instance: Interface
    static var kind: InterfaceKind { get }
    /// What one of them is called in a sentence: `an stf interface`.
    static var noun: String { get }

    func make(_ name: String, on host: Host) throws(Refusal) -> Instance
    /// Takes up one that another process has left.
    func adopt(_ name: String, _ legacy: InterfaceLegacy, from estate: Estate, on host: Host) throws(Refusal)
        -> Instance
    /// Devices that a process which was killed has left, and that `make` takes up.
    func remains(on host: Host) -> [String]
    /// All have been taken up that anybody wants. What is left of others goes when the interfaces follow next.
    func settle()
    /// Lets the interfaces follow what is true of this host now.
    /// - Parameter interfaces: all there are, by their indices.
    /// - Returns: what the kernel refused.
    func follow(_ interfaces: [Instance], on host: Host) -> [Refusal]
    /// Gives back what an interface had that is no longer there.
    func release(_ interface: Instance, on host: Host)
    /// Leaves what all interfaces share to the next process.
    func leave(to estate: Estate) throws(SystemError)
    /// Ends what it does by itself, and takes nothing from whoever has taken it up.
    func stop()
}

extension Cloner {
    func remains(on host: Host) -> [String] { [] }
    func settle() {}
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

    func interface(named name: String) -> (any Interface)? { self[name] }

    func create(_ name: String, on host: Host) throws(Refusal) {
        instances.append(try cloner.make(name, on: host))
    }

    func adopt(_ name: String, from estate: Estate, on host: Host) throws(Refusal) {
        let legacy: InterfaceLegacy?
        do throws(SystemError) {
            legacy = try estate.get(name)
        } catch {
            throw Refusal(name, nil, BSDErrno(error.errno), error.call)
        }
        guard let legacy else { throw .notFound(name) }
        instances.append(try cloner.adopt(name, legacy, from: estate, on: host))
    }

    func leave(to estate: Estate) throws(SystemError) {
        for interface in instances { try interface.leave(to: estate) }
        try cloner.leave(to: estate)
    }

    func stop() {
        for interface in instances { interface.stop() }
        instances = []
        cloner.stop()
    }

    func remove(_ name: String, on host: Host) {
        guard let place = instances.firstIndex(where: { $0.name == name }) else { return }
        let interface = instances.remove(at: place)
        interface.stop()
        cloner.release(interface, on: host)
    }

    func remains(on host: Host) -> [String] { cloner.remains(on: host) }

    func settle() { cloner.settle() }

    func follow(_ host: Host) -> [Refusal] { cloner.follow(all, on: host) }
}

/// The same for those who do not.
protocol CloneList: AnyObject {
    var kind: InterfaceKind { get }
    var interfaces: [any Interface] { get }
    func interface(named name: String) -> (any Interface)?
    func create(_ name: String, on host: Host) throws(Refusal)
    func adopt(_ name: String, from estate: Estate, on host: Host) throws(Refusal)
    func leave(to estate: Estate) throws(SystemError)
    /// Ends their threads; devices and routes are whose descriptors they have.
    func stop()
    /// Ends one, and its device with it. Nothing happens if there is none of this name.
    func remove(_ name: String, on host: Host)
    func remains(on host: Host) -> [String]
    func settle()
    func follow(_ host: Host) -> [Refusal]
}
