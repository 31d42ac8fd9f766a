// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
import PuppetControl
import SystemIO
import SystemPackage
import Tool
import Words

/// `ssh puppet0 root@gw dev eth0`: runs the system's ssh as whoever types, with his keys, agent and known hosts, between a
/// puppet that listens on the loopback and `puppetctl serve` on the other host.
struct SSHCommand {
    private let interface: String
    private let host: String
    private let words: [String]

    init(_ words: ArraySlice<String>) throws(ToolError) {
        let words = Array(words)
        guard words.count >= 4, words[2] == "dev" else {
            throw .usage("ssh: wants interface [user@]host dev interface")
        }
        guard !words[1].hasPrefix("-") else { throw .usage("ssh: \(words[1]): not a host") }
        (interface, host, self.words) = (words[0], words[1], Array(words.dropFirst(2)))
    }

    /// Becomes ssh(1).
    func run(_ options: Options) throws(ToolError) -> ExitStatus {
        let status: PuppetStatus?
        do throws(ControlError) {
            status = try ControlClient(path: InterfaceTool.socket(options)).puppet(interface).interfaces.first
        } catch {
            throw .control(error)
        }
        guard let listen = status?.listen else {
            throw .line("\(interface): does not listen: puppetctl \(interface) listen [::1]:7113 up")
        }
        let program = CommandFile.line(["puppetctl", "serve"] + words)
        do throws(SystemError) {
            let socket: TCPSocket
            if let ipv6 = IPv6Endpoint(listen) {
                socket = try TCPSocket(connectingTo: ipv6, from: IPv6Endpoint(.unspecified, port: 0))
            } else if let ipv4 = IPv4Endpoint(listen) {
                socket = try TCPSocket(connectingTo: ipv4, from: nil)
            } else {
                throw SystemError(object: listen, .invalidArgument)
            }
            var polls = PollSet()
            polls.watch(0, socket.pollable, for: .output)
            try polls.wait(milliseconds: 5000)
            if let errno = socket.failure { throw SystemError(object: "\(interface) at \(listen)", errno) }
            try becomeProgram(
                "ssh",
                [
                    "-T", "-o", "ServerAliveInterval=15", "-o", "RequestTTY=no", "-o", "ControlPath=none", "--", host,
                    program,
                ], with: socket)
        } catch {
            throw .line("ssh: \(error)")
        }
    }
}
