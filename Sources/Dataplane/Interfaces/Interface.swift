// SPDX-License-Identifier: BSD-2-Clause
import Control
import Netlink
import SystemIO

/// BSD's ifnet: an interface that we made, on the control thread. What has a device of the kernel's has an index; what has
/// none, such as one that lives on somebody else's device, answers for its own state.
protocol Interface: AnyObject {
    /// Of a device, what the kernel calls it now.
    var name: String { get set }
    /// The kernel's number of the device; nil: there is none.
    var index: UInt32? { get }
    /// Whether a process that was killed has left it, and it was taken up as it is.
    var isResumed: Bool { get }
    /// What was said about it that only its kind understands.
    var part: KindRecord { get }

    /// All that can be said about it with words, as it is now.
    func record(on host: Host) -> InterfaceRecord
    /// Brings one thing about that any interface can be told.
    func set(_ setting: InterfaceSetting, on host: Host) throws(Refusal)
    /// Brings it to what was said of its kind: all of it, or it is as it was.
    func configure(_ part: KindRecord, on host: Host) throws(Refusal)
    /// Adds what only its kind has to tell.
    func describe(in status: inout InterfaceStatus, counters: Bool, on host: Host)
    /// Why packets would or would not pass, but for its being down.
    func check(on host: Host) -> [Finding]
    /// Adds what it has counted. Nothing is asked of the kernel for it but the maps of our programs.
    func count(in metrics: inout Metrics)
    /// Leaves what it lives by to the next process, and goes on until that has it.
    func leave(to estate: Estate) throws(SystemError)
    /// Ends its threads, and with them what it does. A device goes with its last reference.
    func stop()
}

enum InterfaceSetting: Equatable {
    case description(String?)
    /// Bytes.
    case mtu(Int)
    case up(Bool)
    case address(from: AddressRecord?, to: AddressRecord?)

    /// As they would be said: `mtu 1480`, `-description`.
    var words: String {
        switch self {
        case .description(let text): text.map { "description \($0)" } ?? "-description"
        case .mtu(let bytes): "mtu \(bytes)"
        case .up(let isUp): isUp ? "up" : "down"
        case .address(let from, let to): (to ?? from)?.words ?? "inet6"
        }
    }
}

extension Interface {
    var isResumed: Bool { false }

    func status(counters: Bool, on host: Host) -> InterfaceStatus {
        let record = record(on: host)
        var status = InterfaceStatus(name: name, kind: part.kind, index: Int(index ?? 0))
        status.mtu = record.mtu
        status.description = record.description
        if let link = index.flatMap({ host.network.links[$0] }) {
            status.flags = link.interfaceFlags
            status.inet6 = (host.network.ipv6Addresses[link.index] ?? []).map { $0.status(of: link) }
            status.inet6 += host.anycasts[link.index].map(\.status)
            status.nd6 = link.neighborOptions
        } else if record.isUp {
            status.flags = [.up]
        }
        describe(in: &status, counters: counters, on: host)
        return status
    }
}
