// SPDX-License-Identifier: BSD-2-Clause
import Control
public import Logging
public import SystemIO
import SystemPackage

/// The control socket: clients come, call, and go. All on the control thread; nobody is waited for.
///
/// No error of a client leaves the server: it ends that client's connection.
public final class ControlServer {
    /// A client that asks for nothing may be asked to go after this long, when others wait.
    private static let patience = Duration.seconds(5)
    /// How long to wait before trying again what there was no descriptor for.
    private static let retryInterval = Duration.seconds(1)
    /// Clients that are accepted in one turn of the loop.
    private static let acceptLimit = 32

    private let listener: UnixListener
    private let loop: EventLoop
    private let service: VarlinkService
    private let authorization = Authorization()
    private let refusals: RefusalLog
    private let places: ClientPlaces
    private let log: Logger
    private var connections: [PollDescriptor: ControlConnection] = [:]
    /// Those for whom there is something to make.
    private var turns = Turns<PollDescriptor>()
    private var pace = NewsPace()
    private var isAccepting = true
    /// When a client last had to wait because there was no descriptor for it.
    private var lackedDescriptor: ContinuousClock.Instant?
    /// Given up when nothing else is left, so that who may change things gets in.
    private var spare: SpareDescriptor?

    public init(
        listener: UnixListener, loop: EventLoop, dataplane: Dataplane, boot: BootReload, log: Logger
    ) throws(SystemError) {
        self.listener = listener
        service = VarlinkService(endpoints(of: dataplane, boot))
        refusals = RefusalLog { .seconds(dataplane.host.variables.mib[.logInterval]) }
        places = ClientPlaces(descriptors: descriptorLimit())
        spare = try SpareDescriptor()
        self.loop = loop
        self.log = log
        try loop.watch(listener.pollable, named: "control socket") { [unowned self] _ in accept() }
    }

    /// To be called after each turn of the loop: one client is answered, or gets a piece of an answer. What has happened,
    /// and who else wants to be answered, is looked at before the next.
    public func proceed() {
        if let descriptor = turns.next(), let connection = connections[descriptor] {
            connection.takeTurn(service)
            settle(connection)
        }
        tellFollowers()
        makeRoom()
    }

    /// Milliseconds to wait for events; nil is for ever.
    public var timeout: Int32? {
        guard turns.isEmpty else { return 0 }
        var patience = isAccepting ? nil : ControlServer.retryInterval
        for stream in Set(connections.values.flatMap(\.streams)) {
            let wishes = [service.patience(of: stream), pace.rest(of: stream)].compactMap(\.self)
            if let wish = wishes.min() { patience = min(patience ?? wish, wish) }
        }
        return patience.map { Int32(clamping: Int(($0 / .milliseconds(1)).rounded(.up))) }
    }

    // MARK: connections

    private func handle(_ connection: ControlConnection, _ readiness: Poller.Readiness) {
        connection.write()
        if readiness.contains(.input) { connection.read() }
        settle(connection)
    }

    private func open(_ connection: ControlConnection) {
        do throws(SystemError) {
            try loop.watch(connection.socket.pollable, named: "client") { [unowned self] in
                handle(connection, $0)
            }
            connections[connection.socket.pollable] = connection
        } catch {
            log.warning("\(connection.caller.peer): closed: \(error)")
        }
    }

    /// Waits for what the connection can do next, if it can do anything.
    private func settle(_ connection: ControlConnection) {
        let descriptor = connection.socket.pollable
        if let end = connection.end { return close(connection, end) }
        if connection.wantsTurn { turns.add(descriptor, of: connection.user) }
        do throws(SystemError) {
            try loop.wait(for: connection.interest, on: descriptor)
        } catch {
            log.warning("\(connection.caller.peer): \(error)")
            close(connection, .gone)
        }
    }

    /// The one end of a connection: whoever comes second finds it closed.
    private func close(_ connection: ControlConnection, _ end: ControlConnection.End) {
        let descriptor = connection.socket.pollable
        guard connections[descriptor] === connection else { return }
        switch end {
        case .gone, .noCall: break
        case .lagging: log.info("\(connection.caller.peer): closed, does not read what happens")
        case .brokenReply: log.warning("\(connection.caller.peer): closed in the middle of a reply")
        }
        connections[descriptor] = nil
        turns.remove(descriptor)
        loop.forget(descriptor)
        if !isAccepting { setAccepting(true) }
    }

    /// Tells those who follow streams what has happened.
    private func tellFollowers() {
        for stream in service.streams {
            let followers = connections.values.filter { $0.streams.contains(stream) }
            // One with patience sees to its own pace.
            let isPaced = !followers.isEmpty && service.patience(of: stream) == nil
            guard !isPaced || pace.isDue(stream) else { continue }
            let start = ContinuousClock.now
            let news = service.news(of: stream, isWanted: !followers.isEmpty)
            if isPaced { pace.note(stream, since: start) }
            guard !news.isEmpty else { continue }
            for follower in followers {
                follower.tell(news)
                settle(follower)
            }
        }
    }

    // MARK: places

    private func accept() {
        for _ in 0..<ControlServer.acceptLimit {
            guard connections.count < ClientPlaces.limit else { return setAccepting(false) }
            guard let socket = nextClient() else { return }
            guard let peer = try? socket.peer() else { continue }
            let connection = ControlConnection(
                socket: socket, caller: Caller(peer: peer, authorization: authorization, log: log, refusals: refusals),
                mayChange: authorization.mayChange(peer))
            if let user = connection.user, let other = places.successor(among: clients, for: user) {
                replace(other)
            }
            // With the last descriptor, this place is for who may change things.
            if spare == nil { spare = try? SpareDescriptor() }
            if spare != nil || connection.user == nil { open(connection) }
        }
    }

    /// The next client that waits; nil: there is none, or no descriptor for it.
    private func nextClient() -> UnixSocket? {
        while true {
            do throws(SystemError) {
                let socket = try listener.accept()
                lackedDescriptor = nil
                return socket
            } catch {
                switch error.errno {
                // It was gone before it was accepted.
                case .connectionAbort: continue
                case .tooManyOpenFiles, .tooManyOpenFilesInSystem:
                    if let other = places.expendable(among: clients) {
                        replace(other)
                        continue
                    }
                    if spare.take() != nil { continue }
                default: break
                }
                // It would be announced again at once.
                if lackedDescriptor == nil { log.warning("accept: \(error.errno): clients wait") }
                lackedDescriptor = .now
                setAccepting(false)
                return nil
            }
        }
    }

    private var clients: [ClientPlaces.Client<PollDescriptor>] {
        connections.map { ClientPlaces.Client(id: $0, user: $1.user, lastCall: $1.lastCall) }
    }

    private func replace(_ descriptor: PollDescriptor) {
        guard let connection = connections[descriptor] else { return }
        log.info("\(connection.caller.peer): closed, another client takes its place")
        close(connection, .gone)
    }

    /// Takes back the spare descriptor as soon as there is one. While clients wait for a place, makes one by closing the
    /// connection that has been silent longest.
    private func makeRoom() {
        if spare == nil { spare = try? SpareDescriptor() }
        guard !isAccepting else { return }
        let silent = connections.values.filter { $0.isIdle(for: ControlServer.patience) }
        if let oldest = silent.min(by: { $0.lastCall < $1.lastCall }) {
            log.info("\(oldest.caller.peer): closed, silent while others wait")
            close(oldest, .gone)
        } else if let lacked = lackedDescriptor, .now - lacked >= ControlServer.retryInterval {
            // Something else than a client may have given one back.
            setAccepting(true)
        }
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
}
