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
            endpoint(address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)")
        }
        guard ends.count == 2 else { throw .line("\(object): SSH_CONNECTION: not a connection") }
        if ends.contains(where: \.isOfLoopback) {
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

    /// Over IPv4 a mapped one.
    static func endpoint(_ text: String) -> IPv6Endpoint? {
        IPv6Endpoint(text)
            ?? IPv4Endpoint(text).map {
                IPv6Endpoint(IPv6Address(high: 0, low: 0xFFFF << 32 | UInt64($0.address.bits)), port: $0.port)
            }
    }
}

extension IPv6Endpoint {
    fileprivate var isOfLoopback: Bool {
        address.high == 0 && (address.low == 1 || address.low >> 24 == 0xFFFF << 8 | 127)
    }
}
