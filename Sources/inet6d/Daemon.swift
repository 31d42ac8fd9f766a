// SPDX-License-Identifier: BSD-2-Clause
import Control
import Dataplane
import Inet6Control
import KernelPrograms
import Logging
import Netlink
import SystemIO
import Tool
import Words

/// `inet6d`: options, boot configuration, and the loop of the control thread.
struct Daemon {
    private let socketPath: String
    private let configuration: String
    /// Where a BPF file system is, or is to be.
    private let bpf: String
    /// Where metrics are: `-m` and `-t`.
    private let metricsSocket: String?
    private let metricsFile: String?
    private let action: Action
    private let errors = StandardErrorLog.stream()
    private let log: Logger

    static let usage = """
        usage: inet6d [-dn] [-b directory] [-c directory] [-m socket] [-s socket] [-t file]
               inet6d --cleanup | --probe [-b directory]
               inet6d --reload [-s socket]
               inet6d --import-rc [-c directory] file ...

        """

    private enum Action {
        case run
        /// `-n`
        case check
        /// `--cleanup`
        case cleanUp
        /// `--probe`
        case probe
        /// `--reload`
        case reload
        /// `--import-rc`
        case importFiles([String], directory: String?)
    }

    private static let long =
        ForeignVerb.long
        + [
            (word: "--cleanup", letter: Character("C")), (word: "--probe", letter: Character("P")),
            (word: "--reload", letter: Character("R")), (word: "--import-rc", letter: Character("I")),
        ]

    init(arguments: [String]) throws(DaemonError) {
        let options: Options
        do throws(UsageError) {
            options = try Options(parsing: arguments, known: "b:c:dhm:ns:t:V", long: Daemon.long)
        } catch {
            throw .usage(error.reason)
        }
        if options.has("h") || options.words == ["help"] { throw .answered(Daemon.usage) }
        if options.has("V") { throw .answered("inet6d \(Hydrangea.version)\n") }
        if options.has("I"), options.words.isEmpty { throw .usage("--import-rc: no file is named") }
        if !options.has("I"), let word = options.words.first { throw .usage("\(word): takes no words") }
        socketPath = options.value("s") ?? environment("INET6D_SOCKET") ?? ControlClient.defaultPath
        configuration = options.value("c") ?? Dataplane.usualDirectory
        bpf = options.value("b") ?? BPFFileSystem.usualPath
        let actions: [(Character, Action)] = [("C", .cleanUp), ("P", .probe), ("R", .reload), ("n", .check)]
        metricsSocket = options.value("m")
        metricsFile = options.value("t")
        let importing = Action.importFiles(options.words, directory: options.value("c"))
        action = options.has("I") ? importing : actions.first { options.has($0.0) }?.1 ?? .run
        let level: Logger.Level = options.has("d") ? .debug : .notice
        log = Logger(label: "inet6d") { [errors] _ in StandardErrorLog(logLevel: level, errors) }
    }

    func run() throws(DaemonError) {
        switch action {
        case .run: try runUntilEnded()
        case .check: try check()
        case .cleanUp: try cleanUp()
        case .reload: try askToReload()
        case .importFiles(let paths, let directory): try ImportedFiles.make(of: paths, in: directory)
        case .probe: for probe in KernelProbe.all(bpf: bpf) { write(probe.line + "\n", to: .output) }
        }
    }

    /// Runs until SIGTERM or SIGINT, and leaves nothing behind.
    private func runUntilEnded() throws(DaemonError) {
        // From here on none of them ends it halfway.
        let signals = try DaemonError.wrapping { () throws(SystemError) in
            try Signals([.hangup, .interrupt, .terminate])
        }
        let boot = try readConfiguration()
        raiseDescriptorLimit()
        let pins: Pins?
        do throws(SystemError) {
            pins = try Pins(in: bpf)
        } catch {
            log.info("nothing goes on without inet6d: \(error)")
            pins = nil
        }
        let dataplane = try DaemonError.wrapping { () throws(SystemError) in
            try Dataplane(log: log, node: NodeEnforcement(), pins: pins, directory: configuration)
        }
        let faults = boot.faults + dataplane.start(with: boot)
        for fault in faults {
            log.log(level: fault.isForeign ? .warning : .error, "\(fault)")
        }
        try DaemonError.wrapping { () throws(SystemError) in
            try serve(dataplane, signals, faults.allSatisfy(\.isForeign))
        }
        dataplane.stop()
        pins?.close()
    }

    /// Removes what a process that was killed has left in this network namespace.
    private func cleanUp() throws(DaemonError) {
        try DaemonError.wrapping { () throws(SystemError) in
            let pins = try Pins(in: bpf)
            let quiet = Logger(label: "inet6d") { [errors] _ in StandardErrorLog(logLevel: .error, errors) }
            let dataplane = try Dataplane(log: quiet, node: .none(.permission), pins: pins)
            for name in dataplane.remains { write("\(name): removed\n", to: .output) }
            // Nothing is to be.
            _ = dataplane.start(with: BootConfiguration(of: "", names: []) { _ in [] })
            dataplane.stop()
            pins.close()
        }
    }

    /// Says what the configuration is, and every fault of it.
    private func check() throws(DaemonError) {
        let boot = try readConfiguration()
        for line in boot.found { write(StandardErrorLog.printable(line) + "\n", to: .output) }
        for fault in boot.faults { write("inet6d: \(StandardErrorLog.printable(fault.description))\n", to: .error) }
        if boot.faults.contains(where: { !$0.isForeign }) { throw .told }
    }

    /// Has the one that runs read its configuration again, and waits until it has (`ExecReload=` of systemd.service(5)).
    private func askToReload() throws(DaemonError) {
        let reply: ReloadReply
        do throws(ControlError) {
            reply = try ControlClient(path: socketPath).reload()
        } catch {
            throw .tool(.control(error))
        }
        for line in reply.warnings + reply.faults {
            write("inet6d: \(StandardErrorLog.printable(line))\n", to: .error)
        }
        guard reply.faults.isEmpty else { throw .told }
        for line in reply.changes.isEmpty ? ["nothing changed"] : reply.changes {
            write(StandardErrorLog.printable(line) + "\n", to: .output)
        }
    }

    private func readConfiguration() throws(DaemonError) -> BootConfiguration {
        try DaemonError.wrapping { () throws(BootConfiguration.Failure) in
            try BootConfiguration(reading: configuration)
        }
    }

    /// Where the service manager listens in our place, or else at our own socket.
    private func listener() throws(SystemError) -> UnixListener {
        if let passed = try ServiceManager.listener() { return passed }
        // systemd makes the directory of the default socket; without it, it is ours to make.
        if socketPath == ControlClient.defaultPath { try makeDirectory(ControlClient.defaultDirectory) }
        do throws(SystemError) {
            return try UnixListener(path: socketPath)
        } catch {
            throw SystemError(object: socketPath, error.errno)
        }
    }

    /// - Parameter isWell: whether nothing was wrong with the boot configuration.
    private func serve(_ dataplane: Dataplane, _ signals: Signals, _ isWell: Bool) throws(SystemError) {
        let loop = try EventLoop { log.error("\($0)") }
        let listener = try listener()
        let boot = BootReload(of: configuration, dataplane, isWell: isWell, log: log) {
            ServiceManager.notify($0.message)
        }
        let server = try ControlServer(listener: listener, loop: loop, dataplane: dataplane, boot: boot, log: log)
        let count = { [unowned dataplane, unowned boot] in
            var metrics = dataplane.metrics
            boot.count(in: &metrics)
            return metrics
        }
        let readers = try metricsSocket.map { path throws(SystemError) in
            try MetricsServer(path: path, loop: loop, log: log, metrics: count)
        }
        let file = try metricsFile.map { path throws(SystemError) in
            try MetricsFile(path: path, loop: loop, log: log, metrics: count)
        }
        defer { file?.remove() }
        try dataplane.watch(loop)
        var end: Signal?
        try loop.watch(signals.pollable, named: "signals") { _ throws(SystemError) in
            guard let signal = try signals.next() else { return }
            if signal == .hangup { boot.read() } else { end = signal }
        }
        var manager = ServiceManager()
        ServiceManager.notify("READY=1")
        log.info("listening at \(listener.path)")
        while end == nil {
            // Nothing tells when lines are read again.
            let patience: Int32? = errors.isBehind ? 1000 : nil
            try loop.turn(within: [server.timeout, patience, manager.patience].compactMap(\.self).min())
            server.proceed()
            errors.catchUp()
            manager.sign()
        }
        withExtendedLifetime(readers) {}
        if let end { log.info("ended by signal \(end.number)") }
        ServiceManager.notify("STOPPING=1")
    }
}

extension Dataplane {
    /// Takes in what the kernel tells, and what its threads have to tell, whenever they do.
    fileprivate func watch(_ loop: EventLoop) throws(SystemError) {
        for pollable in pollables {
            try loop.watch(pollable, named: "rtnetlink") { [unowned self] _ throws(SystemError) in
                do throws(NetlinkError) {
                    try followKernel()
                } catch {
                    throw SystemError(object: "events", error.errno)
                }
            }
        }
        try loop.watch(news, named: "threads") { [unowned self] _ in followThreads() }
        try loop.watch(drops, named: "drops") { [unowned self] _ in logDrops() }
        if let unforwarded {
            try loop.watch(unforwarded, named: "unforwarded") { [unowned self] _ in logUnforwarded() }
        }
    }
}

/// Why the daemon ends before it was told to.
enum DaemonError: Error {
    case usage(String)
    /// `-h` and `-V`
    case answered(String)
    case failed(String)
    /// As one of the tools would say it.
    case tool(ToolError)
    /// All that is wrong has been said.
    case told

    var status: ExitStatus {
        switch self {
        case .usage: .usage
        case .answered: .success
        case .failed, .told: .refused
        case .tool(let error): error.status
        }
    }

    var reason: String {
        switch self {
        case .usage(let reason), .answered(let reason), .failed(let reason): reason
        case .tool(let error): error.line
        case .told: ""
        }
    }

    static func wrapping<Result, Failure>(_ body: () throws(Failure) -> Result) throws(DaemonError) -> Result {
        do throws(Failure) {
            return try body()
        } catch {
            throw .failed("\(error)")
        }
    }
}
