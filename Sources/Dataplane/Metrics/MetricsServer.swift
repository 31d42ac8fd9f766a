// SPDX-License-Identifier: BSD-2-Clause
public import Logging
public import SystemIO
import SystemPackage

/// Answers those who scrape: HTTP on a Unix socket, one request a connection. All on the control thread; nobody is waited
/// for.
public final class MetricsServer {
    /// Connections at a time. Another one takes the place of the oldest: who asks every ten seconds needs none for longer.
    private static let limit = 16

    private let listener: UnixListener
    private let loop: EventLoop
    private let log: Logger
    private let metrics: () -> Metrics
    /// In the order in which they came.
    private var connections: [MetricsConnection] = []

    /// - Parameter path: where the group of the file may ask.
    public init(
        path: String, loop: EventLoop, log: Logger, metrics: @escaping () -> Metrics
    ) throws(SystemError) {
        do throws(SystemError) {
            listener = try UnixListener(path: path, permissions: 0o660)
        } catch {
            throw SystemError(object: path, error.errno)
        }
        self.loop = loop
        self.log = log
        self.metrics = metrics
        try loop.watch(listener.pollable, named: "metrics socket") { [unowned self] _ throws(SystemError) in
            while let socket = try listener.accept() { try open(MetricsConnection(socket)) }
        }
    }

    private func open(_ connection: MetricsConnection) throws(SystemError) {
        if connections.count >= MetricsServer.limit, let oldest = connections.first { close(oldest) }
        try loop.watch(connection.socket.pollable, named: "reader of metrics") { [unowned self] _ in
            proceed(connection)
        }
        connections.append(connection)
    }

    private func proceed(_ connection: MetricsConnection) {
        do throws(SystemError) {
            guard try connection.proceed(metrics) else { return close(connection) }
            try loop.wait(for: connection.isAnswering ? .output : .input, on: connection.socket.pollable)
        } catch {
            log.debug("metrics: \(error)")
            close(connection)
        }
    }

    private func close(_ connection: MetricsConnection) {
        loop.forget(connection.socket.pollable)
        connections.removeAll { $0 === connection }
    }
}

/// One request, and its answer.
final class MetricsConnection {
    /// Bytes of a request, all of its head: nobody has more to say.
    static let requestLimit = 8192

    let socket: UnixSocket
    private var request: [UInt8] = []
    private var answer: ArraySlice<UInt8>?

    init(_ socket: UnixSocket) {
        self.socket = socket
    }

    var isAnswering: Bool { answer != nil }

    /// Reads and writes what can be now.
    /// - Returns: false at the end.
    func proceed(_ metrics: () -> Metrics) throws(SystemError) -> Bool {
        while answer == nil {
            guard let bytes = try socket.read(upTo: 4096) else { return true }
            if bytes.isEmpty { return false }
            request += bytes
            answer = MetricsConnection.answer(to: request, metrics).map { Array($0.utf8)[...] }
        }
        guard var rest = answer else { return true }
        while !rest.isEmpty {
            let count = try socket.write(rest)
            if count == 0 { break }
            rest = rest.dropFirst(count)
        }
        answer = rest
        return !rest.isEmpty
    }

    /// Nil: the request goes on.
    static func answer(to request: [UInt8], _ metrics: () -> Metrics) -> String? {
        let text = String(decoding: request, as: UTF8.self)
        let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }.map(String.init)
        // The last one ends behind everything.
        guard let end = lines.dropLast().firstIndex(of: "") else {
            return request.count <= requestLimit ? nil : response("431 Request Header Fields Too Large", "")
        }
        let words = lines[0].split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, words[2].hasPrefix("HTTP/1."), let path = words[1].split(separator: "?").first else {
            return response("400 Bad Request", "")
        }
        guard words[0] == "GET" || words[0] == "HEAD" else { return response("405 Method Not Allowed", "") }
        guard path == "/metrics" || path == "/" else { return response("404 Not Found", "") }
        let accepts = lines[1..<max(end, 1)].filter { $0.lowercased().hasPrefix("accept:") }
        let format = MetricsFormat(accepting: accepts.joined(separator: ","))
        return response(
            "200 OK", metrics().text(as: format), type: format.contentType, isWhole: words[0] == "GET")
    }

    private static func response(
        _ status: String, _ body: String, type: String = "text/plain; charset=utf-8", isWhole: Bool = true
    ) -> String {
        "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n"
            + (isWhole ? body : "")
    }
}
