// SPDX-License-Identifier: BSD-2-Clause
import Control
import Logging
import Netlink

/// Takes the steps of plans.
struct InterfaceSteps {
    let interfaces: InterfaceTable
    let addresses: HostAddresses
    let host: Host
    /// Lets everybody follow what is true now, and says what the kernel refused of it that it had not refused before.
    let follow: () -> [Refusal]

    /// Takes the steps in order. When the kernel refuses one, or what follows from them for one of their interfaces, those
    /// taken are undone.
    ///
    /// What follows from a step follows once, when all are taken: in between, an address that is to go would come back
    /// while the word that keeps it away has not been heard.
    func perform(_ steps: [Plan.Step]) throws(Refusal) {
        guard !steps.isEmpty else { return }
        var done: [Plan.Step] = []
        do throws(Refusal) {
            for step in steps {
                try take(step)
                done.append(step)
            }
            let names = Set(steps.map(\.interface))
            var refusals = follow()
            let own = refusals.firstIndex { names.contains($0.object) }.map { refusals.remove(at: $0) }
            tell(refusals)
            // Who asked is told of it, and the log of both.
            if let own { throw own }
        } catch {
            let failures = undo(done)
            tell(follow())
            guard let failure = failures.first else { throw error }
            var refusal = error
            refusal.detail = [refusal.detail, "and cannot be undone: \(failure.line)"].compactMap(\.self)
                .joined(separator: "; ")
            throw refusal
        }
    }

    private func tell(_ refusals: [Refusal]) {
        for refusal in refusals { host.log.error("\(refusal.line)") }
    }

    private func undo(_ done: [Plan.Step]) -> [Refusal] {
        var failures: [Refusal] = []
        for step in done.reversed().flatMap(\.inverse) {
            do throws(Refusal) {
                try take(step)
            } catch {
                failures.append(error)
            }
        }
        return failures
    }

    /// Of others' interfaces no more is known afterwards than what the kernel tells.
    private func take(_ step: Plan.Step) throws(Refusal) {
        switch step {
        case .create(let record): try interfaces.create(record.name, record.kind, on: host)
        case .destroy(let record):
            _ = try interfaces.existing(record.name)
            interfaces.remove(record.name, on: host)
        case .description(let name, _, let to): try set(.description(to), name)
        case .mtu(let name, _, let to): try set(.mtu(to), name)
        case .part(let name, _, let to): try interfaces.existing(name).configure(to, on: host)
        case .address(let name, let from, let to): try set(.address(from: from, to: to), name)
        case .up(let name, _, let to): try set(.up(to), name)
        case .host(let step): try addresses.perform(step, on: host)
        }
        let index = interfaces[step.interface]?.index
        try host.reading { () throws(NetlinkError) in
            _ = try interfaces.takeEvents(on: host)
            if let index { _ = try host.read(index) }
        }
    }

    private func set(_ setting: InterfaceSetting, _ name: String) throws(Refusal) {
        try interfaces.existing(name).set(setting, on: host)
    }
}
