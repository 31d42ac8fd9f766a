// SPDX-License-Identifier: BSD-2-Clause
package import Control
package import SystemIO

/// When a monitor heard of something, if that is wanted: `-t`.
package struct TimeStamp: Sendable {
    private let time: LocalTime?

    /// - Parameter time: now, for most.
    package init(isWanted: Bool, _ time: @autoclosure () -> LocalTime = .now) {
        self.time = isWanted ? time() : nil
    }

    /// `[2026-11-30T13:42:34.123456] stf0: removed`, as ip(8) has it. There is none of nothing.
    package func text(_ lines: String) -> String {
        guard let time, !lines.isEmpty else { return lines }
        return "[\(time.text)] \(lines)"
    }

    /// The document with a `time` more: `{"event":"current","time":"2026-11-30T13:42:34.123456+00:00"}`.
    package func json(_ event: some Encodable) throws(ControlError) -> String {
        guard let time else { return try Tool.json(event) }
        return try Tool.json(Stamped(time: time.zonedText, event: event))
    }
}

private struct Stamped<Event: Encodable>: Encodable {
    let time: String
    let event: Event

    private enum Key: String, CodingKey {
        case time
    }

    func encode(to encoder: any Encoder) throws {
        try event.encode(to: encoder)
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(time, forKey: .time)
    }
}
