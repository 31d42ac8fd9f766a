// SPDX-License-Identifier: BSD-2-Clause

/// The TCP ports that a word stands for: `22`, `1-1023`, `all`, or a name of services(5).
public enum ServiceName {
    /// Nil if it stands for none. Port 0 is nobody's.
    ///
    /// `22` is 22...22, `20-21` is 20...21; `21-20`, `022` and `http` without a line that names it are nil.
    /// - Parameter services: the text of /etc/services, read only if it is needed.
    public static func ports(_ text: String, services: () -> String) -> ClosedRange<UInt16>? {
        if text == "all" { return 1...65_535 }
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        if let low = port(ends[0]) {
            guard ends.count == 2 else { return low...low }
            return port(ends[1]).flatMap { $0 < low ? nil : low...$0 }
        }
        return named(text, in: services()).map { $0...$0 }
    }

    /// What `ports` reads: the shortest text for a range.
    public static func text(of ports: ClosedRange<UInt16>) -> String {
        if ports == 1...65_535 { return "all" }
        return ports.count == 1 ? "\(ports.lowerBound)" : "\(ports.lowerBound)-\(ports.upperBound)"
    }

    private static func port(_ text: Substring) -> UInt16? {
        decimal(text.utf8, upTo: Int(UInt16.max)).flatMap { $0 == 0 ? nil : UInt16($0) }
    }

    /// `telnet 23/tcp alias # comment`: the port of the first TCP service that has this name.
    private static func named(_ name: String, in services: String) -> UInt16? {
        for line in services.utf8.split(separator: UInt8(ascii: "\n")) {
            let fields = line.prefix { $0 != UInt8(ascii: "#") }
                .split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }
            guard fields.count >= 2,
                fields[1].elementsEqual(fields[1].prefix { $0 != UInt8(ascii: "/") } + "/tcp".utf8),
                fields.indices.contains(where: { $0 != 1 && fields[$0].elementsEqual(name.utf8) })
            else { continue }
            return port(Substring(fields[1].prefix { $0 != UInt8(ascii: "/") }))
        }
        return nil
    }
}
