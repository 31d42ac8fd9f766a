// SPDX-License-Identifier: BSD-2-Clause
import Control
import Foundation
import Inet6Control
import Testing
import Words

@testable import Dataplane

/// What a directory of files asks for, and which line cannot be.
@Suite struct BootConfigurationTests {
    /// Calls `body` with a directory that holds these files.
    private func withFiles<Result>(_ files: [String: String], _ body: (String) throws -> Result) throws -> Result {
        let directory = FileManager.default.temporaryDirectory.appending(path: "inet6-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: directory) }
        for (name, text) in files { try Data(text.utf8).write(to: directory.appending(path: name)) }
        return try body(directory.path)
    }

    private func lines(of files: [String: String]) throws -> [String] {
        try withFiles(files) { try BootConfiguration(reading: $0).changes.map(\.line) }
    }

    private func failure(of files: [String: String]) throws -> String? {
        try withFiles(files) { directory in
            do throws(BootConfiguration.Failure) {
                _ = try BootConfiguration(reading: directory)
                return nil
            } catch {
                return error.description.replacing("\(directory)/", with: "")
            }
        }
    }

    /// Each interface in the words of its kind, the files by their names.
    @Test func `each file has the words of its kind`() throws {
        let files = [
            "stf0.if": "create\nlink0 inet6 2002:c000:201::1/16\n",
            "faith0.if": """
            # captured
            create prefix 2001:db8:64::/96 relay 22
            permit 2001:db8::/32 10.0.0.0/8 from 192.0.2.1 drain
            relay 23 local "/usr/sbin/in.telnetd -h"
            """,
            "faithd.conf": "::/0 permit 0.0.0.0/0", "sysctl.conf": "net.inet6.ip6.keepfaith=1\n",
        ]
        #expect(
            try lines(of: files) == [
                "faith0 create prefix 2001:db8:64::/96 relay 22",
                "faith0 permit 2001:db8::/32 10.0.0.0/8 from 192.0.2.1 drain",
                #"faith0 relay 23 local "/usr/sbin/in.telnetd -h""#,
                "stf0 create", "stf0 link0 inet6 2002:c000:201::1 prefixlen 16",
            ])
        let variables = try withFiles(files) { try BootConfiguration(reading: $0).variables }
        #expect(variables == [Assignment("net.inet6.ip6.keepfaith", "1")])
    }

    @Test(arguments: [
        ("faith0.if", "create\nlink0", "faith0.if:2: faith0: link0: unknown word"),
        ("stf0.if", "create\n\nrelay 22", "stf0.if:3: stf0: relay: unknown word"),
        ("faith0.if", "relay 22", "faith0.if:1: faith0: Device not configured"),
        (
            "faith0.if", "create\nrelay 22\n-relay 23",
            "faith0.if:3: faith0: -relay 23: No such file or directory (no such relay)"
        ),
        (
            "faith0.if", "create prefix 64:ff9b::/96\nprefix 64:ff9b::/96",
            "faith0.if:2: faith0: prefix 64:ff9b::/96: File exists"
        ),
        ("faith0.if", "create mtu 65536", "faith0.if:1: faith0: mtu 65536: Invalid argument (1280..65535)"),
        ("faith0.if", "create\ncheck", "faith0.if:2: changes nothing"),
        ("faith0.if", "create \"", "faith0.if:1: unclosed quote"),
        ("eth0.if", "create", "eth0.if:1: eth0: Invalid argument (no cloner makes this name)"),
        ("eth0.if", "link0", "eth0.if:1: eth0: Invalid argument (no cloner makes this name)"),
        (
            "sysctl.conf", "net.inet6.ip6.keepfaith=2",
            "sysctl.conf:1: net.inet6.ip6.keepfaith: 2: Invalid argument (0..1)"
        ),
    ])
    func `a line that cannot be is named`(name: String, text: String, error: String) throws {
        #expect(try failure(of: [name: text]) == error)
    }

    @Test func `a directory that is not there holds none`() throws {
        let configuration = try BootConfiguration(reading: "/dev/null-none")
        #expect(configuration.changes == [] && configuration.variables == [])
    }
}
