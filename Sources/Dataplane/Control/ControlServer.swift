// SPDX-License-Identifier: BSD-2-Clause
import Control
public import Logging
public import SystemIO

/// The control socket: clients come, call, and go. All on the control thread; nobody is waited for.
public final class ControlServer {
    /// More clients than this wait in the kernel's queue until one of these goes.
    static let clientLimit = 256
    /// A client that asks for nothing may be asked to go after this long, when others wait.
    static let patience = Duration.seconds(5)

    private let listener: UnixListener
    private let poller: Poller
    private let service: VarlinkService
    private let log: Logger
    private var connections: [PollDescriptor: ControlConnection] = [:]
    private var isAccepting = true

    public init(
        path: String, poller: Poller, dataplane: Dataplane, log: Logger
    ) throws(SystemError) {
        listener = try UnixListener(path: path)
        service = VarlinkService(dataplane: dataplane, log: log)
        self.poller = poller
        self.log = log
        try poller.watch(listener.pollable, for: .input)
    }

    /// Does what can be done for a descriptor that is ready. False: it is none of the server's.
    public func handle(_ descriptor: PollDescriptor, _ readiness: Poller.Readiness) throws(SystemError) -> Bool {
        if descriptor == listener.pollable {
            try accept()
            return true
        }
        guard let connection = connections[descriptor] else { return false }
        try tellMonitors()
        if readiness.contains(.input) { connection.read(calling: service) }
        connection.write()
        try settle(connection)
        return true
    }

    /// Tells those who monitor what has happened.
    public func tellMonitors() throws(SystemError) {
        let monitors = connections.values.filter(\.isMonitor)
        guard !monitors.isEmpty else { return }
        let news = service.news()
        guard !news.isEmpty else { return }
        for monitor in monitors {
            monitor.send(news)
            monitor.write()
            try settle(monitor)
        }
    }

    /// While clients wait for a place, makes one by closing the connection that has been silent longest.
    public func makeRoom() throws(SystemError) {
        guard !isAccepting else { return }
        let silent = connections.values.filter { $0.isIdle(for: ControlServer.patience) }
        guard let oldest = silent.min(by: { $0.lastCall < $1.lastCall }) else { return }
        log.info("pid \(oldest.peer.processID): closed, silent while others wait")
        try close(oldest)
    }

    /// Whether `makeRoom` should be called now and then.
    public var isFull: Bool { !isAccepting }

    private func accept() throws(SystemError) {
        while connections.count < ControlServer.clientLimit {
            guard let socket = try acceptOne() else { return }
            guard let peer = try? socket.peer() else { continue }
            let connection = ControlConnection(socket: socket, peer: peer)
            connections[socket.pollable] = connection
            try poller.watch(socket.pollable, for: .input)
        }
        isAccepting = false
        try poller.watch(listener.pollable, for: [])
    }

    /// A client that was gone before it was accepted, or no descriptor for it, is no reason to stop listening.
    private func acceptOne() throws(SystemError) -> UnixSocket? {
        do throws(SystemError) {
            return try listener.accept()
        } catch {
            log.warning("accept: \(error.errno)")
            return nil
        }
    }

    private func settle(_ connection: ControlConnection) throws(SystemError) {
        if connection.isOver { return try close(connection) }
        try poller.watch(connection.socket.pollable, for: connection.interest)
    }

    private func close(_ connection: ControlConnection) throws(SystemError) {
        connections[connection.socket.pollable] = nil
        try poller.forget(connection.socket.pollable)
        guard !isAccepting else { return }
        isAccepting = true
        try poller.watch(listener.pollable, for: .input)
    }
}
