// SPDX-License-Identifier: BSD-2-Clause
internal import Puppet
internal import SystemIO

// A tunnel that sniffs itself where its bytes cannot be read: see `LoopFuse`.
extension CarrierSession {
    /// Whether somebody has asked for the tunnel to be sniffed.
    var isFused: Bool { shared.role == .slave && orders.settings.excludesItself && !isLooped }

    /// A frame of the batch was emitted by this host.
    mutating func watch(_ slot: Int, _ now: UInt64) {
        let length = batch.slab.length(slot) - FrameOffload.size
        fuse.emit(bytes: length, at: now)
        guard fuse.isTesting else { return }
        if let flow = batch.slab.withBytes(slot, { FrameFlow(of: $0, from: FrameOffload.size) }) {
            vote.add(flow, bytes: length)
        }
    }

    mutating func checkFuse(_ now: UInt64) throws(CarrierFault) {
        guard isFused, conversation.isOpen else { return }
        switch fuse.step(at: now) {
        case .none: break
        case .hold:
            if conversation.spoken == .modern { ask(now) }
            unheld = outgoing.count
            try send(now)
        case .release:
            unheld = nil
            line.renew(at: now)
            if !fuse.isTesting { vote = FlowVote() }
        case .blow:
            unheld = nil
            try stopSniffing(vote.leader?.words ?? "see exclude")
        }
    }

    /// - Parameter words: what keeps the tunnel from being sniffed.
    mutating func stopSniffing(_ words: String) throws(CarrierFault) {
        isLooped = true
        try renewFilter()
        let name = orders.parameters?.name ?? "the interface"
        shared.tell { $0.failure = "\(name): the tunnel sniffs itself, and nothing is sniffed any more: \(words)" }
    }

    mutating func renewFilter() throws(CarrierFault) {
        guard case .socket(let socket) = device else { return }
        let filter = filter
        try CarrierFault.system { () throws(SystemError) in try socket.set(filter: filter) }
    }

    /// Other words have come, with which it may go well.
    mutating func forgetLoop() {
        fuse = LoopFuse(isAsked: conversation.spoken == .modern)
        (vote, unheld) = (FlowVote(), nil)
        guard isLooped else { return }
        isLooped = false
        shared.tell { $0.failure = nil }
    }
}
