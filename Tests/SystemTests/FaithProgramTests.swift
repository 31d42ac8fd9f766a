// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// Programs that inet6d runs for clients of the router itself (faithctl(8), `local`).
    @Suite struct FaithProgramTests {
        /// It gets nothing of what inet6d was given, and ends with it. 3 is what the shell reads here.
        @Test func `a program is nobody's heir`() throws {
            try Topology.with { net in
                let router = try net.namespace("router")
                let given = "ulimit -Ss 1000; ulimit -Sn 300; cd /tmp; umask 077; exec \"$@\" 7</etc/passwd"
                let daemon = try net.daemon(in: router, under: ["sh", "-c", given, "sh"])
                let script =
                    "pwd; ulimit -Sn; ulimit -Ss; umask; cd /proc/$$/fd && echo *; trap '' HUP TERM; exec sleep 61"
                try daemon.faithctl(["create", "faith0", "relay", "2323", "local", "/bin/sh -c \"\(script)\""])
                    .succeed()
                let client = try TestSocket(in: router, type: SOCK_STREAM)
                #expect(client.connect("::1", port: 2323) == EINPROGRESS)
                var text = ""
                let isThere = eventually {
                    if let bytes = client.receive() { text += String(decoding: bytes, as: UTF8.self) }
                    return text.hasSuffix("0 1 2 3\n")
                }
                #expect(isThere)
                #expect(text == "/\n1024\n8192\n0022\n0 1 2 3\n")
                daemon.kill()
                // Nobody has the other end any more.
                #expect(eventually(within: .seconds(5)) { client.receive()?.isEmpty ?? false })
            }
        }
    }
}

extension CommandResult {
    fileprivate func succeed() throws {
        guard status == 0 else { throw CommandFailure(description: "\(self)") }
    }
}
