// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Puppet
import SystemIO
import Tool

/// The connection by which sshd(8) brought this session, as `SSH_CONNECTION` says: client and server (ssh(1)).
enum SSHConnection {
    /// Nil: there is none. Of one that ends at this host's own relay, whoever types is told: what that relay says to the
    /// world is not known.
    static func pair(for object: String) throws(ToolError) -> TransportPair? {
        let fields = (environment("SSH_CONNECTION") ?? "").split(separator: " ").map(String.init)
        guard fields.count == 4 else { return nil }
        let ends = [(fields[0], fields[1]), (fields[2], fields[3])].compactMap { address, port in
            IPv6Endpoint(either: address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)")
        }
        guard ends.count == 2 else { throw .line("\(object): SSH_CONNECTION: not a connection") }
        if ends.contains(where: \.isLoopback) {
            write(
                "puppetctl: \(object): ssh came by a relay of this host: its connection to here is not known; see exclude\n",
                to: .error)
        }
        return TransportPair(ends[0], ends[1])
    }

    /// The address of the client, if there is one.
    static var client: String? {
        (environment("SSH_CONNECTION") ?? "").split(separator: " ").first.map(String.init)
    }
}
