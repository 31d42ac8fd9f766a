// SPDX-License-Identifier: BSD-2-Clause
import Control

/// Something that is counted or measured, declared once by whoever counts it. Its rows differ in the values of its labels.
public struct Metric: Hashable, Sendable {
    public enum Kind: String, Sendable {
        /// Never less than before, but for a restart.
        case counter
        case gauge
        /// Counters of what did not reach a bound, `le`; the one of `+Inf` counts all.
        case histogram
    }

    /// `inet6d_drops_total`: with the unit, and `_total` if it is a counter.
    public let name: String
    public let help: String
    public let kind: Kind
    /// The names of its labels, in their order.
    public let labels: [String]

    init(_ kind: Kind, _ name: String, labels: [String] = [], _ help: String) {
        self.name = name
        self.help = help
        self.kind = kind
        self.labels = labels
    }
}

/// What everybody has counted until now, for one reader. It is read from counters as they are: nothing follows from it,
/// and the kernel is asked for no more than its programs' own maps.
public struct Metrics: Sendable {
    public struct Row: Equatable, Sendable {
        public let metric: Metric
        /// One for each label of the metric.
        public let labels: [String]
        public let value: UInt64
    }

    /// Rows of a metric follow each other only where one owner has them all.
    public private(set) var rows: [Row] = []

    mutating func add(_ metric: Metric, _ labels: String..., value: UInt64) {
        precondition(labels.count == metric.labels.count, "one value for each label")
        rows.append(Row(metric: metric, labels: labels, value: value))
    }

    /// Packets and drops of an interface, with a row for each reason from 0 on.
    mutating func add(_ counters: CounterStatus, of interface: String) {
        add(.inputPackets, interface, value: counters.input.packets)
        add(.inputBytes, interface, value: counters.input.bytes)
        add(.outputPackets, interface, value: counters.output.packets)
        add(.outputBytes, interface, value: counters.output.bytes)
        for drop in counters.drops {
            add(.drops, interface, drop.direction.rawValue, drop.reason, value: drop.packets)
        }
    }
}

extension Metric {
    static let build = Metric(.gauge, "inet6d_build_info", labels: ["version"], "Which inet6d this is.")
    static let start = Metric(.gauge, "inet6d_start_time_seconds", "When it started, since 1970.")
    static let interfaces = Metric(.gauge, "inet6d_interfaces", labels: ["kind"], "Interfaces of inet6d.")
    static let inputPackets = Metric(
        .counter, "inet6d_interface_receive_packets_total", labels: ["interface"], "Packets that came in.")
    static let inputBytes = Metric(
        .counter, "inet6d_interface_receive_bytes_total", labels: ["interface"], "Bytes of IPv6 that came in.")
    static let outputPackets = Metric(
        .counter, "inet6d_interface_transmit_packets_total", labels: ["interface"], "Packets that went out.")
    static let outputBytes = Metric(
        .counter, "inet6d_interface_transmit_bytes_total", labels: ["interface"], "Bytes of IPv6 that went out.")
    static let drops = Metric(
        .counter, "inet6d_drops_total", labels: ["interface", "direction", "reason"], "Packets that were dropped.")
}
