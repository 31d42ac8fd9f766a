// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// Whoever may not change things is told so, and in a user namespace of one's own `inet6d` needs no privileges at all.
    /// One host, without wires.
    @Suite struct PrivilegeTests {
        private static let nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]

        @Test func othersMayOnlyLook() throws {
            try Topology.with { net in
                try requireExecutable(in: net)
                let host = try net.namespace("a")
                let daemon = try net.daemon(in: host)
                try daemon.succeed("create stf0")
                let shown = try daemon.stfctl(["stf0"], under: PrivilegeTests.nobody)
                #expect(shown.status == 0, "\(shown)")
                #expect(shown.output == (try daemon.succeed("stf0")))
                let refused = try daemon.stfctl(["stf0", "up"], under: PrivilegeTests.nobody)
                #expect(refused.status == 77)
                #expect(refused.output == "")
                #expect(refused.errorLines.count == 1, "\(refused)")
                #expect(refused.error.contains("Operation not permitted"), "\(refused)")
                #expect(try daemon.interface("stf0")?.flags == [])
            }
        }

        @Test func userNamespaceNeedsNoPrivileges() throws {
            try Topology.with { net in
                try requireExecutable(in: net)
                let host = try net.namespace("a")
                let allowed = try host.run(PrivilegeTests.nobody + ["unshare", "-Urn", "true"])
                guard allowed.status == 0 else {
                    throw MissingCapability("user namespaces are not for users here: \(allowed.error)")
                }
                let unshare = PrivilegeTests.openTUN + PrivilegeTests.nobody + ["unshare", "-Urn"]
                let daemon = try net.daemon(in: host, under: unshare)
                func inside(_ words: String) throws -> CommandResult {
                    let enter = "nsenter -t \(daemon.process.processID) -U -n --preserve-credentials \(words)"
                    return try host.run(PrivilegeTests.nobody + enter.split(separator: " ").map(String.init))
                }
                func stfctl(_ words: String) throws -> CommandResult {
                    try daemon.stfctl(words.split(separator: " ").map(String.init), under: PrivilegeTests.nobody)
                }
                for words in ["ip link set lo up", "ip addr add 192.0.2.1/32 dev lo"] {
                    let result = try inside(words)
                    #expect(result.status == 0, "\(result)")
                }
                let created = try stfctl("create stf0 inet6 2002:c000:201::1/16")
                #expect(created.status == 0, "\(created)")
                let shown = try stfctl("-l")
                #expect(shown.output == "stf0\n", "\(shown)")
                #expect(try daemon.interface("stf0")?.addresses == ["2002:c000:201::1/16"])
                #expect(try daemon.interface("stf0")?.ipv4 == "192.0.2.1")
                // The device is where the daemon is, not in the host's own namespace.
                let addresses = try inside("ip -6 addr show dev stf0")
                #expect(addresses.output.contains("2002:c000:201::1/16"), "\(addresses)")
                #expect(try host.kernelState("stf0") == nil)
                let destroyed = try stfctl("destroy stf0")
                #expect(destroyed.status == 0, "\(destroyed)")
                #expect(try daemon.interfaces() == [])
                #expect(try daemon.stop().status == 0)
            }
        }

        /// Starts a command with /dev/net/tun as udev(7) leaves it, open to all, whatever it is on this machine; ip(8) has
        /// given it a mount namespace of its own.
        private static let openTUN = [
            "sh", "-c",
            """
            mknod -m 666 tun c 10 200 && mount --bind tun /dev/net/tun && exec "$0" "$@"
            """,
        ]

        /// A user must be able to reach the executables, wherever they are.
        private func requireExecutable(in net: Topology) throws {
            let result = try net.start(PrivilegeTests.nobody + [net.inet6d, "-V"]).wait()
            guard result.status == 0 else {
                throw MissingCapability("user 65534 cannot run \(net.inet6d): \(result.error)")
            }
        }
    }
}
