// SPDX-License-Identifier: BSD-2-Clause
import Testing

@testable import Dataplane

/// Metrics as Prometheus reads them, and the answers of who serves them.
@Suite struct MetricsTextTests {
    private static let drops = Metric(.counter, "x_drops_total", labels: ["interface", "reason"], #"What "\" means."#)
    private static let sessions = Metric(.gauge, "x_sessions", "Now.")
    private static let answers = Metric(.histogram, "x_answer_seconds", labels: ["interface", "le"], "How long.")

    private var metrics: Metrics {
        var metrics = Metrics()
        metrics.add(MetricsTextTests.drops, "a\"\\\n", "martian", value: 1)
        metrics.add(MetricsTextTests.sessions, value: 2)
        metrics.add(MetricsTextTests.answers, "a", "0.5", value: 3)
        metrics.add(MetricsTextTests.answers, "a", "+Inf", value: 4)
        metrics.add(MetricsTextTests.drops, "b", "martian", value: 5)
        return metrics
    }

    @Test func `rows of a metric are together, and labels escaped`() {
        #expect(
            metrics.text(as: .text) == #"""
                # HELP x_drops_total What "\\" means.
                # TYPE x_drops_total counter
                x_drops_total{interface="a\"\\\n",reason="martian"} 1
                x_drops_total{interface="b",reason="martian"} 5
                # HELP x_sessions Now.
                # TYPE x_sessions gauge
                x_sessions 2
                # HELP x_answer_seconds How long.
                # TYPE x_answer_seconds histogram
                x_answer_seconds_bucket{interface="a",le="0.5"} 3
                x_answer_seconds_bucket{interface="a",le="+Inf"} 4
                x_answer_seconds_count{interface="a"} 4

                """#)
    }

    /// Which ends, so that half of it is not taken for all, and describes counters without their end.
    @Test func `OpenMetrics is for who asks`() {
        let text = metrics.text(as: .openMetrics)
        #expect(text.hasSuffix("\n# EOF\n"))
        #expect(text.hasPrefix("# HELP x_drops What \\\"\\\\\\\" means.\n# TYPE x_drops counter\nx_drops_total{"))
    }

    @Test(arguments: [
        ("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "200 OK", "text/plain; version=0.0.4; charset=utf-8"),
        ("GET /?a=b HTTP/1.0\n\n", "200 OK", "text/plain; version=0.0.4; charset=utf-8"),
        (
            "GET /metrics HTTP/1.1\r\nACCEPT: text/html, Application/OpenMetrics-text; version=1.0.0\r\n\r\n", "200 OK",
            "application/openmetrics-text; version=1.0.0; charset=utf-8"
        ),
        ("HEAD /metrics HTTP/1.1\r\n\r\n", "200 OK", "text/plain; version=0.0.4; charset=utf-8"),
        ("GET /other HTTP/1.1\r\n\r\n", "404 Not Found", "text/plain; charset=utf-8"),
        ("POST /metrics HTTP/1.1\r\n\r\n", "405 Method Not Allowed", "text/plain; charset=utf-8"),
        ("\r\n\r\n", "400 Bad Request", "text/plain; charset=utf-8"),
        ("GET\r\n\r\n", "400 Bad Request", "text/plain; charset=utf-8"),
        ("GET ? HTTP/1.1\r\n\r\n", "400 Bad Request", "text/plain; charset=utf-8"),
        (
            "GET / HTTP/1.1\r\nX: " + String(repeating: "x", count: 8192), "431 Request Header Fields Too Large",
            "text/plain; charset=utf-8"
        ),
    ])
    func `a request is answered`(request: String, status: String, type: String) throws {
        let answer = try #require(MetricsConnection.answer(to: Array(request.utf8)) { metrics })
        let parts = answer.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        #expect(parts[0].hasPrefix("HTTP/1.1 \(status)\r\n"))
        #expect(parts[0].contains("\r\nContent-Type: \(type)\r\n"))
        let isWhole = status == "200 OK" && request.hasPrefix("GET")
        #expect(parts[1].isEmpty != isWhole)
        if isWhole { #expect(parts[0].contains("\r\nContent-Length: \(parts[1].utf8.count)\r\n")) }
    }

    @Test func `a request that goes on is waited for`() {
        for request in ["", "GET", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nA: b\r\n"] {
            #expect(MetricsConnection.answer(to: Array(request.utf8)) { metrics } == nil, "\(request)")
        }
    }
}
