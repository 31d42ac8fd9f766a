// SPDX-License-Identifier: BSD-2-Clause
import Control
import PuppetControl
import SystemIO
import SystemPackage
import Tool
import Words

/// `ssh puppet0 root@gw dev eth0`: runs the system's ssh as whoever types, with their keys, agent, known hosts and terminal,
/// and gives inet6d the connection to what ssh runs there. It stays, since a daemon has nobody to ask when that is to be
/// done again.
struct SSHCommand {
    private let interface: String
    private let host: String
    private let program: String
    /// What is sent before anything else.
    private let pushed: [UInt8]

    init(_ words: ArraySlice<String>) throws(ToolError) {
        var words = Array(words)
        let isPushed = words.count > 2 && words[2] == "push"
        if isPushed { words.remove(at: 2) }
        guard words.count >= 4, words[2] == "dev" else {
            throw .usage("ssh: wants interface [user@]host [push] dev interface")
        }
        guard !words[1].hasPrefix("-") else { throw .usage("ssh: \(words[1]): not a host") }
        (interface, host) = (words[0], words[1])
        guard isPushed else {
            (program, pushed) = (SSHCommand.line(["puppetctl", "serve"] + words.dropFirst(2)), [])
            return
        }
        // What is sniffed, the puppet may say: its filter goes to the other end.
        guard words.count == 4 else { throw .usage("ssh: push: takes dev and an interface, and no other word") }
        let end = try PushedEnd(for: words[3])
        (program, pushed) = (SSHCommand.line(["exec", "sh", "-c", end.command]), end.file)
    }

    /// For whichever shell the other end has: in single quotes none of them finds anything to replace (sh(1)).
    static func line(_ words: [String]) -> String {
        let quoted = words.map { word in
            let isPlain = word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.:/,".contains($0)) }
            guard word.isEmpty || !isPlain else { return word }
            let pieces = word.split(separator: "'", omittingEmptySubsequences: false).map(String.init)
            return "'\(list(pieces, separator: #"'\''"#))'"
        }
        return list(quoted, separator: " ")
    }

    /// Why there is no tunnel, or none any more.
    private enum End {
        case stopped
        /// After there was one.
        case ended(String)
        case failed(String)
    }

    func run(_ options: Options) throws(ToolError) -> ExitStatus {
        let path = InterfaceTool.socket(options)
        // What cannot be is said before anybody is asked for a passphrase.
        var pauses = try status(path).reconnect
        let signals: Signals
        do throws(SystemError) {
            signals = try Signals([.hangup, .interrupt, .terminate])
        } catch {
            throw .line("ssh: \(error)")
        }
        var wasConnected = false
        var pause = 0
        while true {
            switch try connect(path, signals, isAgain: wasConnected) {
            case .stopped: return .success
            case .failed(let reason) where !wasConnected:
                write("puppetctl: ssh: \(host): \(reason)\n", to: .error)
                return .unavailable
            case .failed(let reason):
                write("puppetctl: ssh: \(host): \(reason)\n", to: .error)
                pause = min(max(pause * 2, pauses.first ?? 1), pauses.last ?? 30)
            case .ended(let reason):
                write("puppetctl: ssh: \(host): \(reason)\n", to: .error)
                wasConnected = true
                pause = pauses.first ?? 1
            }
            guard try isToGoOn(after: .seconds(pause), signals) else { return .success }
            do throws(ToolError) {
                pauses = try status(path).reconnect
            } catch {
                // inet6d may be on its way from one version to the next; an interface that was destroyed does not come again.
                guard case .control(.unreachable) = error else { throw error }
            }
        }
    }

    private func status(_ path: String) throws(ToolError) -> PuppetStatus {
        do throws(ControlError) {
            guard let status = try ControlClient(path: path).puppet(interface).interfaces.first else {
                throw ControlError.badAnswer
            }
            return status
        } catch {
            throw .control(error)
        }
    }

    /// False: somebody wants it to end.
    private func isToGoOn(after pause: Duration, _ signals: Signals) throws(ToolError) -> Bool {
        var polls = PollSet()
        polls.watch(0, signals.pollable, for: .input)
        do throws(SystemError) {
            try polls.wait(milliseconds: Int32(clamping: pause.components.seconds * 1000))
            return try signals.next() == nil
        } catch {
            throw .line("ssh: \(error)")
        }
    }

    // MARK: one connection

    /// Runs ssh once, until it ends.
    private func connect(_ path: String, _ signals: Signals, isAgain: Bool) throws(ToolError) -> End {
        var options = ["-T", "-o", "ServerAliveInterval=15", "-o", "RequestTTY=no", "-o", "ControlPath=none"]
        // When it is done again, perhaps nobody is there to be asked.
        if isAgain { options += ["-o", "BatchMode=yes", "-o", "ConnectTimeout=20"] }
        do throws(SystemError) {
            var connection: Descriptor?
            let ssh = try ForegroundProgram("ssh", options + ["--", host, program], connection: &connection)
            // Of a reader that has gone, ssh tells itself.
            if !pushed.isEmpty { try? connection?.write(pushed) }
            return try follow(ssh, connection.take(), path, signals)
        } catch {
            return .failed("\(error)")
        }
    }

    private func follow(
        _ ssh: consuming ForegroundProgram, _ connection: consuming Descriptor?, _ path: String, _ signals: Signals
    ) throws(SystemError) -> End {
        var polls = PollSet()
        var connection = consume connection
        var before: UInt64?
        while true {
            polls.watch(0, signals.pollable, for: .input)
            polls.watch(1, ssh.pollable, for: .input)
            // inet6d waits for no passphrase: it is asked when somebody there has begun to speak.
            polls.watch(2, connection?.pollable, for: connection == nil ? [] : .input)
            try polls.wait(milliseconds: nil)
            if polls.isReady(0, for: .input) {
                _ = ssh.end(by: .terminate)
                return .stopped
            }
            if polls.isReady(1, for: .input) {
                let status = ssh.end()
                guard let before else { return .failed(SSHCommand.reason(status)) }
                return end(status, path, since: before)
            }
            guard polls.isReady(2, for: .input), let given = connection.take() else { continue }
            // Of an end without a word, ssh says why.
            guard given.hasInput() else { continue }
            do throws(ControlError) {
                before = try ControlClient(path: path).attach(given, to: interface)
            } catch {
                _ = ssh.end(by: .terminate)
                return .failed(ToolError.control(error).line)
            }
        }
    }

    /// What inet6d has to say of a connection that has ended, or ssh.
    private func end(_ status: Int32, _ path: String, since before: UInt64) -> End {
        guard let now = try? self.status(path) else { return .ended("inet6d is not there") }
        let isSaid = status == 126 || status == 127
        let reason = isSaid ? SSHCommand.reason(status) : now.failure ?? SSHCommand.reason(status)
        return now.sessions > before ? .ended(reason) : .failed(reason)
    }

    /// ssh(1) ends with 255 for itself and otherwise as the program there, or the shell that was to run it (sh(1)).
    private static func reason(_ status: Int32) -> String {
        switch status {
        case 255: "ssh has no connection"
        case 127: "puppetctl is not there, or not in the PATH of a shell that nobody types at"
        case 126: "puppetctl may not be run there"
        case 73: "the pushed file finds no place in /tmp there"
        case 74: "the pushed file did not arrive as it was"
        case 130, 143: "ended by a signal"
        case _: "puppetctl serve ended with status \(status)"
        }
    }
}
