// SPDX-License-Identifier: BSD-2-Clause
import Control
import Tool

/// What stfctl(8) shows of an interface besides, all of it in the one reply.
struct StfDetails: KindDetails {
    func settings(of interface: InterfaceStatus) -> [String] {
        let auto = interface.auto ? ["\tauto"] : []
        guard interface.stfv4net != nil || interface.stfv4br != nil else { return auto }
        return ["\tv4net \(interface.stfv4net ?? "0.0.0.0/32") -> tv4br \(interface.stfv4br ?? "0.0.0.0")"] + auto
    }

    /// As route(8) would say it.
    private func routes(of interface: InterfaceStatus) -> [String] {
        (interface.routes ?? []).map { "\troute \($0)" }
    }

    func lines(of interface: InterfaceStatus, counters: Bool) -> [String] {
        guard counters, interface.counters != nil else { return routes(of: interface) }
        var lines = routes(of: interface) + ["\tipv4: \(interface.ipv4 ?? "none")"]
        if let carrier = interface.carrier { lines.append("\tengine \(interface.engine ?? "auto"): \(carrier)") }
        for left in interface.counters?.left ?? [] where left.packets > 0 {
            lines.append(
                "\t\t\(left.packets) \(left.direction.rawValue) left to inet6d: \(left.reason) (\(left.description))")
        }
        if let shortcuts = interface.counters?.shortcuts, shortcuts > 0 {
            lines.append("\t\tshortcut: \(shortcuts) packets past the interface")
        }
        if let xdp = interface.xdp {
            lines.append("\t\txdp \(xdp): \(interface.counters?.expresses ?? 0) packets that the kernel made none of")
        }
        for detour in interface.counters?.detours ?? [] where detour.packets > 0 {
            let description = "\(detour.reason) (\(detour.description))"
            lines.append("\t\t\(detour.packets) \(detour.direction.rawValue) through the interface: \(description)")
        }
        lines += (interface.counters?.asked ?? []).map { "\t\t\($0.direction.rawValue): \($0.text)" }
        if let delegated = interface.delegated { lines.append("\tdelegated: \(delegated)") }
        return lines
    }

    func complete(_ change: inout Change, of interface: InterfaceStatus) {
        if interface.flags.contains(.link0) { change.link0 = true }
        if interface.flags.contains(.link1) { change.link1 = true }
        if interface.flags.contains(.link2) { change.link2 = true }
        change.stfv4net = interface.stfv4net
        change.stfv4br = interface.stfv4br
        if interface.auto { change.auto = true }
        change.engine = interface.engine
        change.shortcut = interface.shortcut
        change.xdp = interface.xdp
        change.ask = interface.ask
        change.routes = interface.routes
    }

    func document(_ reply: ListReply, zeros _: Bool) -> any Encodable { reply }
}

extension AskedStatus {
    /// "asks nft chain ip/f/input: 12 asked, 10 passed, 2 refused"
    fileprivate var text: String {
        guard !about.isEmpty else { return "nothing to ask" }
        let names = about.joined(separator: ", ")
        return "\(closed ? "closed by" : "asks") \(names): \(asked) asked, \(passed) passed, \(refused) refused"
    }
}
