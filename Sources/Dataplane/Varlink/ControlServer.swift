// SPDX-License-Identifier: BSD-2-Clause
import Control
public import Logging
public import SystemIO
import SystemPackage

/// The control socket: clients come, call, and go. All on the control thread; nobody is waited for.
public final class ControlServer {
    /// More clients than this wait in the kernel's queue until one of these goes.
    static let clientLimit = 256
    /// Of these, one user who may only ask has at most this many.
    static let userLimit = 64
    /// A client that asks for nothing may be asked to go after this long, when others wait.
    static let patience = Duration.seconds(5)

    private let listener: UnixListener
    private let poller: Poller
    private let service: VarlinkService
    private let log: Logger
    private var connections: [PollDescriptor: ControlConnection] = [:]
    /// Those that sent more than one call at once.
    private var eager: Set<PollDescriptor> = []
    private var isAccepting = true
    /// When a client last had to wait because there was no descriptor for it.
    private var lackedDescriptor: ContinuousClock.Instant?
    /// How long to wait before trying again.
    private static let retryInterval = Duration.seconds(1)

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
        if readiness.contains(.input) { connection.read(upTo: service.messageLimit(of: connection.peer)) }
        try serve(connection)
        return true
    }

    /// To be called after events, and after `timeout` without any: a client that sent many calls gets one more answered,
    /// so that nobody waits for all of them; monitors are told; and those who wait to be clients get room.
    public func proceed() throws(SystemError) {
        let turn = eager
        eager = []
        for descriptor in turn {
            if let connection = connections[descriptor] { try serve(connection) }
        }
        try tellMonitors()
        try makeRoom()
    }

    /// Milliseconds to wait for events; nil is for ever.
    public var timeout: Int32? {
        guard eager.isEmpty else { return 0 }
        // Of the kernel's variables nothing is heard: one has to look.
        let isLooking = connections.values.contains { $0.subjects.contains(.variables) }
        // Relays fill a ring of events, which is to be emptied in time.
        if connections.values.contains(where: { $0.subjects.contains(.sessions) }) { return 100 }
        return isAccepting && !isLooking ? nil : 1000
    }

    private func serve(_ connection: ControlConnection) throws(SystemError) {
        connection.answer(by: service)
        connection.write()
        try settle(connection)
    }

    /// Tells those who monitor what has happened.
    private func tellMonitors() throws(SystemError) {
        for subject in MonitorSubject.allCases {
            let monitors = connections.values.filter { $0.subjects.contains(subject) }
            let news = service.news(subject, isWanted: !monitors.isEmpty)
            guard !news.isEmpty else { continue }
            for monitor in monitors {
                monitor.send(news)
                monitor.write()
                try settle(monitor)
            }
        }
    }

    /// While clients wait for a place, makes one by closing the connection that has been silent longest.
    private func makeRoom() throws(SystemError) {
        guard !isAccepting else { return }
        let silent = connections.values.filter { $0.isIdle(for: ControlServer.patience) }
        if let oldest = silent.min(by: { $0.lastCall < $1.lastCall }) {
            log.info("pid \(oldest.peer.processID): closed, silent while others wait")
            try close(oldest)
        } else if let lacked = lackedDescriptor, .now - lacked >= ControlServer.retryInterval {
            // Something else than a client may have given one back.
            try setAccepting(true)
        }
    }

    private func accept() throws(SystemError) {
        while connections.count < ControlServer.clientLimit {
            let socket: UnixSocket
            do throws(SystemError) {
                guard let next = try listener.accept() else {
                    lackedDescriptor = nil
                    return
                }
                socket = next
            } catch {
                // A client that was gone before it was accepted is no reason to stop listening. One that there is no
                // descriptor for waits, and would be announced again at once.
                if error.errno == .connectionAbort { continue }
                if lackedDescriptor == nil { log.warning("accept: \(error.errno): clients wait") }
                lackedDescriptor = .now
                break
            }
            guard let peer = try? socket.peer() else { continue }
            try limitClients(of: peer)
            connections[socket.pollable] = ControlConnection(socket: socket, peer: peer)
            try poller.watch(socket.pollable, for: .input)
        }
        try setAccepting(false)
    }

    /// A user's next client takes the place of theirs that called longest ago, so that nobody else's is in danger.
    private func limitClients(of peer: Peer) throws(SystemError) {
        guard !service.mayChange(peer) else { return }
        let clients = connections.values.filter { $0.peer.userID == peer.userID }
        guard clients.count >= ControlServer.userLimit, let oldest = clients.min(by: { $0.lastCall < $1.lastCall })
        else { return }
        log.info("\(oldest.peer): closed, user has too many clients")
        try close(oldest)
    }

    private func setAccepting(_ isAccepting: Bool) throws(SystemError) {
        self.isAccepting = isAccepting
        try poller.watch(listener.pollable, for: isAccepting ? .input : [])
    }

    private func settle(_ connection: ControlConnection) throws(SystemError) {
        if connection.isOver { return try close(connection) }
        if connection.hasCall { eager.insert(connection.socket.pollable) }
        try poller.watch(connection.socket.pollable, for: connection.interest)
    }

    private func close(_ connection: ControlConnection) throws(SystemError) {
        connections[connection.socket.pollable] = nil
        try poller.forget(connection.socket.pollable)
        if !isAccepting { try setAccepting(true) }
    }
}
