// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
import KernelPrograms
import Netlink
import SystemIO
import SystemPackage

/// What is captured for which interface. An address is captured for one: by which routing table a packet has come nobody
/// tells the programs, so that a prefix that leads to two interfaces, in two tables, is that of the first.
final class FaithCaptures {
    private struct Place: Equatable {
        let slot: Int
        /// In which routes lead there.
        var tables: Set<UInt32>
    }

    let programs: FaithCapture
    private var places = PrefixMap<Place>()
    /// How many places are in each table.
    private var tables: [UInt32: Int] = [:]
    /// How many each slot has.
    private var counts: [Int: Int] = [:]
    /// Changes when something is given up, which another may have then.
    private(set) var releases: UInt64 = 0
    /// What interfaces are called, by their slots.
    var names: [Int: String] = [:]
    private var own: [UInt32: [IPv6InterfaceAddress]] = [:]

    init(_ programs: FaithCapture) {
        self.programs = programs
        // By which tables is not known until routes are looked at; and who has it, has it.
        for (prefix, slot) in programs.captured { set(prefix, Place(slot: slot, tables: [])) }
    }

    /// Captures a prefix that routes in these tables lead to. Routes that make it local are to come after that.
    /// - Returns: why not; then it is as it was.
    func capture(_ prefix: IPv6Prefix, in tables: Set<UInt32>, for slot: Int) -> FaithObjection? {
        if let objection = rival(of: prefix, in: tables, for: slot) { return objection }
        do throws(KernelProgramError) {
            try programs.capture(prefix, slot: slot)
        } catch .failed(SystemError("BPF_MAP_UPDATE_ELEM", .noSpace)) {
            return .full(programs.limit)
        } catch {
            return .refused(.EIO, "\(error)")
        }
        set(prefix, Place(slot: slot, tables: tables))
        return nil
    }

    /// Where a prefix is captured for a slot.
    func tables(of prefix: IPv6Prefix, for slot: Int) -> Set<UInt32> {
        guard let place = places[prefix], place.slot == slot else { return [] }
        return place.tables
    }

    /// Captures it no more. Routes that made it local are gone.
    /// - Parameter isNews: it was captured for longer than it took to find that it cannot be local.
    func release(_ prefix: IPv6Prefix, of slot: Int, isNews: Bool = true) throws(KernelProgramError) {
        guard programs.captured[prefix] == slot else { return }
        try programs.release(prefix)
        set(prefix, nil)
        if isNews { releases += 1 }
    }

    /// Leaves nothing to a slot.
    func releaseAll(of slot: Int) throws(KernelProgramError) {
        for (prefix, holder) in programs.captured where holder == slot { try release(prefix, of: slot) }
        try programs.clear(slot: slot)
    }

    /// An address of ours is not captured though its prefix is: it is ours before any route is asked (faith(4)).
    func keep(_ addresses: [UInt32: [IPv6InterfaceAddress]]) throws(KernelProgramError) {
        guard addresses != own else { return }
        try programs.keep(Set(addresses.values.joined().map(\.address)))
        own = addresses
    }

    private func set(_ prefix: IPv6Prefix, _ place: Place?) {
        if let old = places[prefix] {
            for table in old.tables { tables[table] = tables[table].flatMap { $0 > 1 ? $0 - 1 : nil } }
            counts[old.slot, default: 1] -= 1
        }
        places[prefix] = place
        guard let place else { return }
        for table in place.tables { tables[table, default: 0] += 1 }
        counts[place.slot, default: 0] += 1
    }

    /// What is captured for another interface and would get, or take, packets that are not for it.
    ///
    /// Of two prefixes of which one is in the other, the longer one counts here, and in each table that it is in: the
    /// shorter one may be in no others.
    private func rival(of prefix: IPv6Prefix, in tables: Set<UInt32>, for slot: Int) -> FaithObjection? {
        if let place = places[prefix], place.slot != slot { return .taken(by: name(place.slot)) }
        guard counts.contains(where: { $0.key != slot && $0.value > 0 }),
            self.tables.count > 1 || tables.contains(where: { self.tables[$0] == nil })
        else { return nil }
        for (around, place) in places.around(prefix) where place.slot != slot && !place.tables.isSubset(of: tables) {
            return .overlaps(around, of: name(place.slot))
        }
        // Who captures for several interfaces, by several tables, prefixes that are in others, is rare.
        for (within, place) in places.within(prefix)
        where place.slot != slot && !tables.isSubset(of: place.tables) {
            return .overlaps(within, of: name(place.slot))
        }
        return nil
    }

    private func name(_ slot: Int) -> String { names[slot] ?? "another interface" }
}

/// Why something is not captured that is routed to an interface.
enum FaithObjection: Hashable {
    case taken(by: String)
    case overlaps(IPv6Prefix, of: String)
    case full(Int)
    case refused(BSDErrno, String?)

    var text: String {
        switch self {
        case .taken(let name): "captured for \(name)"
        case .overlaps(let prefix, let name): "\(prefix) is captured for \(name), by another table"
        case .full(let limit): "as many prefixes as can be captured are: \(limit)"
        case .refused(let errno, let detail): detail ?? errno.text
        }
    }

    func refusal(_ name: String, _ prefix: IPv6Prefix) -> Refusal {
        let errno: BSDErrno =
            switch self {
            case .taken, .overlaps: .EEXIST
            case .full: .ENOBUFS
            case .refused(let errno, _): errno
            }
        return Refusal(name, "prefix \(prefix)", errno, text)
    }
}
