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
    private let loop: EventLoop
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
        path: String, loop: EventLoop, dataplane: Dataplane, log: Logger
    ) throws(SystemError) {
        listener = try UnixListener(path: path)
        service = VarlinkService(endpoints(of: dataplane), log: log)
        self.loop = loop
        self.log = log
        try loop.watch(listener.pollable, named: "control socket") { [unowned self] _ in accept() }
    }

    /// Does what can be done for a client that is ready.
    ///
    /// No error of a client leaves the server: it ends that client's connection.
    private func handle(_ connection: ControlConnection, _ readiness: Poller.Readiness) {
        tellMonitors()
        // Telling it may have been its end.
        guard connections[connection.socket.pollable] === connection else { return }
        if readiness.contains(.input) { connection.read(upTo: service.messageLimit(of: connection.peer)) }
        serve(connection)
    }

    /// To be called after events, and after `timeout` without any: a client that sent many calls gets one more answered,
    /// so that nobody waits for all of them; monitors are told; and those who wait to be clients get room.
    public func proceed() {
        let turn = eager
        eager = []
        for descriptor in turn {
            if let connection = connections[descriptor] { serve(connection) }
        }
        tellMonitors()
        makeRoom()
    }

    /// Milliseconds to wait for events; nil is for ever.
    public var timeout: Int32? {
        guard eager.isEmpty else { return 0 }
        var patience = isAccepting ? nil : ControlServer.retryInterval
        for stream in Set(connections.values.flatMap(\.streams)) {
            if let wish = service.patience(of: stream) { patience = min(patience ?? wish, wish) }
        }
        return patience.map { Int32(clamping: Int($0 / .milliseconds(1))) }
    }

    private func serve(_ connection: ControlConnection) {
        connection.answer(by: service)
        connection.write()
        settle(connection)
    }

    /// Tells those who monitor what has happened.
    private func tellMonitors() {
        for stream in service.streams {
            let monitors = connections.values.filter { $0.streams.contains(stream) }
            let news = service.news(of: stream, isWanted: !monitors.isEmpty)
            guard !news.isEmpty else { continue }
            for monitor in monitors {
                monitor.send(news)
                monitor.write()
                settle(monitor)
            }
        }
    }

    /// While clients wait for a place, makes one by closing the connection that has been silent longest.
    private func makeRoom() {
        guard !isAccepting else { return }
        let silent = connections.values.filter { $0.isIdle(for: ControlServer.patience) }
        if let oldest = silent.min(by: { $0.lastCall < $1.lastCall }) {
            log.info("pid \(oldest.peer.processID): closed, silent while others wait")
            close(oldest)
        } else if let lacked = lackedDescriptor, .now - lacked >= ControlServer.retryInterval {
            // Something else than a client may have given one back.
            setAccepting(true)
        }
    }

    private func accept() {
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
            limitClients(of: peer)
            open(ControlConnection(socket: socket, peer: peer))
        }
        setAccepting(false)
    }

    /// A user's next client takes the place of theirs that called longest ago, so that nobody else's is in danger.
    private func limitClients(of peer: Peer) {
        guard !service.mayChange(peer) else { return }
        let clients = connections.values.filter { $0.peer.userID == peer.userID }
        guard clients.count >= ControlServer.userLimit, let oldest = clients.min(by: { $0.lastCall < $1.lastCall })
        else { return }
        log.info("\(oldest.peer): closed, user has too many clients")
        close(oldest)
    }

    private func setAccepting(_ isAccepting: Bool) {
        do throws(SystemError) {
            try loop.wait(for: isAccepting ? .input : [], on: listener.pollable)
            self.isAccepting = isAccepting
        } catch {
            // Clients that cannot be waited for wait themselves; it is tried again.
            log.warning("\(error): clients wait")
            self.isAccepting = false
            lackedDescriptor = .now
        }
    }

    private func open(_ connection: ControlConnection) {
        do throws(SystemError) {
            try loop.watch(connection.socket.pollable, named: "client") { [unowned self] in
                handle(connection, $0)
            }
            connections[connection.socket.pollable] = connection
        } catch {
            log.warning("\(connection.peer): closed: \(error)")
        }
    }

    /// Waits for what the connection can do next, if it can do anything.
    private func settle(_ connection: ControlConnection) {
        if let end = connection.end {
            if end == .lagging { log.info("\(connection.peer): closed, does not read what happens") }
            return close(connection)
        }
        if connection.hasCall { eager.insert(connection.socket.pollable) }
        do throws(SystemError) {
            try loop.wait(for: connection.interest, on: connection.socket.pollable)
        } catch {
            log.warning("\(connection.peer): closed: \(error)")
            close(connection)
        }
    }

    /// The one end of a connection: whoever comes second finds it closed.
    private func close(_ connection: ControlConnection) {
        let descriptor = connection.socket.pollable
        guard connections[descriptor] === connection else { return }
        connections[descriptor] = nil
        loop.forget(descriptor)
        if !isAccepting { setAccepting(true) }
    }
}
