// SPDX-License-Identifier: BSD-2-Clause
import Stf
import Control
import KernelPrograms
internal import Synchronization

/// What the control thread and the packet threads of one interface share.
final class StfShared: Sendable {
    private let published = Mutex(Published())
    private let counted: Mutex<StfCounters>
    /// The kernel's index of the interface.
    private let interface: UInt32
    private let log: DropLog
    private let nodeCounters: NodeCounters

    /// - Parameter counters: what there is to begin with.
    init(interface: UInt32, _ counters: StfCounters, log: DropLog, nodeCounters: NodeCounters) {
        counted = Mutex(counters)
        self.nodeCounters = nodeCounters
        self.interface = interface
        self.log = log
    }

    struct Published: Sendable {
        var rules = StfRules()
        var mtu = 1280
        /// Nil where the kernel enforces them.
        var node: NodeRules?
        /// Of the host: another one may have other routes.
        var routeGeneration: UInt64 = 0
        /// Of the programs inside the kernel that carry most of the packets, if there are any.
        var witness: Witness?
    }

    /// Read once for each batch.
    var current: Published { published.withLock { $0 } }

    func publish(_ rules: StfRules, mtu: Int, node: NodeRules?, routeGeneration: UInt64) {
        published.withLock {
            $0 = Published(
                rules: rules, mtu: mtu, node: node, routeGeneration: routeGeneration, witness: $0.witness)
        }
    }

    /// Has the threads vouch for what they see, or no longer.
    func vouch(to witness: Witness?) {
        published.withLock { $0.witness = witness }
    }

    var counters: StfCounters { counted.withLock { $0 } }

    /// Counts a dropped packet, and has it logged if that is due.
    func drop(_ packet: borrowing RawSpan, _ reason: StfDrop) {
        count { $0.drops[reason] += 1 }
        log.note(reason, of: packet, on: interface)
    }

    /// Counts a packet that a node variable stops.
    func drop(_ reason: NodeReason) {
        nodeCounters.count(reason)
    }

    /// Held over the packets of one batch, never over a system call.
    func count(_ body: (inout StfCounters) -> Void) {
        counted.withLock { body(&$0) }
    }
}

extension StfDrop: PacketDrop {
    var direction: Direction { isOfInput ? .input : .output }
}

/// What an interface did, counted. One thread at a time changes it.
struct StfCounters: Sendable {
    var input = Traffic()
    var output = Traffic()
    var drops = ReasonCounts<StfDrop>()
    /// Packets that came to the threads of what programs had asked the firewall about.
    var heard: UInt64 = 0

    init() {}

    /// Those of another process go on.
    init(_ legacy: CounterLegacy) {
        input = legacy.input
        output = legacy.output
        for reason in StfDrop.all { drops[reason] = legacy[reason] }
    }

    var status: CounterStatus {
        CounterStatus(input: input, output: output, drops: StfDrop.all.map { $0.status(drops[$0]) })
    }
}
