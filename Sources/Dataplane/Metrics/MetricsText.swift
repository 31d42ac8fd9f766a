// SPDX-License-Identifier: BSD-2-Clause

/// How metrics are written for who reads them.
public enum MetricsFormat: Sendable {
    /// Prometheus's text format 0.0.4, which every reader knows.
    case text
    /// OpenMetrics 1.0, for who asks for it. Readers of the other one take none of it.
    case openMetrics

    /// - Parameter header: Accept of HTTP.
    public init(accepting header: String) {
        self = header.lowercased().contains("application/openmetrics-text") ? .openMetrics : .text
    }

    public var contentType: String {
        switch self {
        case .text: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }
}

extension Metrics {
    /// All rows, those of one metric together.
    public func text(as format: MetricsFormat) -> String {
        var order: [Metric] = []
        var groups: [Metric: [Row]] = [:]
        for row in rows {
            if groups[row.metric] == nil { order.append(row.metric) }
            groups[row.metric, default: []].append(row)
        }
        var text = ""
        for metric in order {
            let family = metric.family(in: format)
            text += "# HELP \(family) \(Metrics.escaped(metric.help, format == .openMetrics))\n"
            text += "# TYPE \(family) \(metric.kind.rawValue)\n"
            for row in groups[metric] ?? [] { text += Metrics.lines(of: row) }
        }
        return format == .openMetrics ? text + "# EOF\n" : text
    }

    private static func lines(of row: Row) -> String {
        let labels = zip(row.metric.labels, row.labels).map { "\($0)=\"\(escaped($1, true))\"" }
        let sample = { (name: String, labels: [String]) in
            name + (labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}") + " \(row.value)\n"
        }
        switch row.metric.kind {
        case .counter, .gauge: return sample(row.metric.name, labels)
        case .histogram:
            let bucket = sample("\(row.metric.name)_bucket", labels)
            // The last bound is none, and so the last of them counts all.
            let isLast = row.labels.last == Metric.noBound
            return bucket + (isLast ? sample("\(row.metric.name)_count", labels.dropLast()) : "")
        }
    }

    /// Within quotes, or of a help text without.
    private static func escaped(_ text: String, _ isQuoted: Bool) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where isQuoted: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

extension Metric {
    /// Of a histogram: what counts all.
    static let noBound = "+Inf"

    private static let total = "_total"

    /// Its name where it is described: OpenMetrics counts the end of a counter's to the sample.
    fileprivate func family(in format: MetricsFormat) -> String {
        switch (format, kind) {
        case (.openMetrics, .counter) where name.hasSuffix(Metric.total): String(name.dropLast(Metric.total.count))
        case (.openMetrics, _), (.text, _): name
        }
    }
}
