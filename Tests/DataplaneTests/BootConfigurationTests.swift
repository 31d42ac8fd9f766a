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

    private func faults(of files: [String: String]) throws -> [String] {
        try withFiles(files) { directory in
            try BootConfiguration(reading: directory).faults.map {
                $0.description.replacing("\(directory)/", with: "")
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
        let variables = try withFiles(files) { try BootConfiguration(reading: $0).assignments }
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
        ("faith0.if", "relay 22\nup", "faith0.if:1: faith0: Device not configured"),
        ("eth0.if", "create", "eth0.if: eth0: Invalid argument (no cloner makes this name)"),
        ("eth0.if", "", "eth0.if: eth0: Invalid argument (no cloner makes this name)"),
        ("stf.if", "create", "stf.if: stf: Invalid argument (stf0..stf32767)"),
        ("stf99999.if", "create", "stf99999.if: stf99999: Invalid argument (stf0..stf32767)"),
        ("faith00.if", "create", "faith00.if: faith00: Invalid argument (faith0..faith32767)"),
        (
            "sysctl.conf", "net.inet6.ip6.keepfaith=2",
            "sysctl.conf:1: net.inet6.ip6.keepfaith: 2: Invalid argument (0..1)"
        ),
        ("sysctl.conf", "net.inet6.ip6.forwarding", "sysctl.conf:1: net.inet6.ip6.forwarding: not an assignment"),
        ("sysctl.conf", "net.inet6.ip6=1", "sysctl.conf:1: oid 'net.inet6.ip6' isn't a leaf node"),
        ("sysctl.conf", "net.inet6.ip6.dropped=1", "sysctl.conf:1: oid 'net.inet6.ip6.dropped' is read only"),
        ("sysctl.conf", "net.link.stf.tll=1", "sysctl.conf:1: unknown oid 'net.link.stf.tll'; is it net.link.stf.ttl?"),
        ("sysctl.conf", "net.link.stf.nothing=1", "sysctl.conf:1: unknown oid 'net.link.stf.nothing'"),
    ])
    func `a line that cannot be is named`(name: String, text: String, error: String) throws {
        #expect(try faults(of: [name: text]) == [error])
    }

    /// A file is told of at once, and no line is refused for one before it.
    @Test func `every fault of every file is named`() throws {
        let files = [
            "stf0.if": "mtu 9\ncreate mtu many\nlink0\nfrob\n\ninet6 2002:a00:1::1/16 \"\nup\n",
            "stf1.if": "create\n", "eth0.if": "up\n",
            "sysctl.conf": "net.link.stf.ttl=0\nnet.inet6.ip6.gifhlim=7\nnet.link.stf.pairing=2\n",
        ]
        #expect(
            try faults(of: files) == [
                "sysctl.conf:1: net.link.stf.ttl: 0: Invalid argument (1..255)",
                "sysctl.conf:3: net.link.stf.pairing: 2: Invalid argument (0..1)",
                "eth0.if: eth0: Invalid argument (no cloner makes this name)",
                "stf0.if:1: stf0: Device not configured", "stf0.if:2: stf0: mtu many: bad value",
                "stf0.if:4: stf0: frob: unknown word", "stf0.if:6: unclosed quote",
            ])
        #expect(try lines(of: files) == ["stf1 create"])
        #expect(
            try withFiles(files) { try BootConfiguration(reading: $0).assignments }
                == [Assignment("net.inet6.ip6.gifhlim", "7")])
    }

    /// Names in sysctl.conf(5) of other systems, and what follows from them: nothing, and one line each that says what is so.
    @Test(arguments: [
        ("net.inet6.icmp6.nodeinfo=0", "Linux answers no node information queries (RFC 4620), as with 0"),
        ("net.inet6.icmp6.nd6_onlink_ns_rfc4861=1", "Linux answers every neighbour on the link (RFC 4861), as with 1"),
        ("net.inet6.icmp6.nd6_debug = 1", "Linux has no switch for it"),
        ("net.inet6.icmp6.redirtimeout=600", nil), ("net.inet6.ip6.stats=0", nil),
        ("net.inet6.tcp6.sendspace=65535", nil), ("net.inet6.ip6.fw.enable=1", "the firewall is nft(8)"),
        ("net.inet6.ip6.anonportalgo.selected=random_pick", nil), ("net.inet6.ip6.soiikey=abc", nil),
        ("net.ipv6.conf.all.forwarding=1", "Linux's own, which sysctl(8) sets"), ("net/ipv4/ip_forward=1", nil),
        ("kern.ipc.somaxconn=1024", "not a variable of inet6d; sysctl(8) sets Linux's own"),
        ("net.inet.ip.forwarding=1", nil), ("security.bsd.see_other_uids=0", nil),
    ])
    func `a file for another system does no harm`(line: String, note: String?) throws {
        let files = ["sysctl.conf": "net.link.stf.ttl=9\n\(line)\nnet.inet6.ip6.gifhlim=7\n", "stf0.if": "create\n"]
        try withFiles(files) { directory in
            let configuration = try BootConfiguration(reading: directory)
            let fault = try #require(configuration.faults.first)
            #expect(configuration.faults.count == 1 && fault.isForeign)
            #expect(fault.place == "\(directory)/sysctl.conf:2")
            #expect(fault.reason.contains(": passed over: \(note ?? "")"), "\(fault)")
            #expect(configuration.assignments.map(\.value) == ["9", "7"] && configuration.changes.count == 1)
        }
    }

    /// What has another system's name here is no variable of ours.
    @Test func `no variable is another system's`() {
        for variable in MIBVariable.allCases { #expect(ForeignVariable.known(variable.rawValue) == nil) }
    }

    /// Editors leave them.
    @Test func `a byte order mark and a last backslash say nothing`() throws {
        let files = [
            "stf0.if": "\u{FEFF}create mtu 1400 \\\r\n  link0\r\nup \\",
            "sysctl.conf": "\u{FEFF}net.link.stf.ttl=9\r\n",
        ]
        #expect(try faults(of: files) == [])
        #expect(try lines(of: files) == ["stf0 create mtu 1400 link0", "stf0 up"])
        #expect(try withFiles(files) { try BootConfiguration(reading: $0).assignments.count } == 1)
    }

    @Test func `what is found is said`() throws {
        let files = [
            "stf0.if": "create\nup\n", "stf1.if": "create\nfrob\n", "sysctl.conf": "net.link.stf.ttl=9\n",
            ".stf2.if": "", "stf0.if~": "", "stf0.if.dpkg-dist": "", "#stf0.if#": "", "README": "",
            "sysctl.conf.orig": "", ".hidden": "",
        ]
        try withFiles(files) { directory in
            let found = try BootConfiguration(reading: directory).found
            #expect(
                found.map { $0.replacing("\(directory)/", with: "") } == [
                    "sysctl.conf: 1 variable", "#stf0.if#: not read: another version of a file",
                    ".hidden: not read: a hidden file", ".stf2.if: not read: a hidden file",
                    "README: not read: neither sysctl.conf nor NAME.if", "stf0.if: 2 commands",
                    "stf0.if.dpkg-dist: not read: another version of a file",
                    "stf0.if~: not read: another version of a file", "stf1.if: 1 command, 1 fault",
                    "sysctl.conf.orig: not read: another version of a file",
                ])
        }
    }

    /// It would wait for a writer, or never end, or hold more than memory does.
    @Test func `only regular files of a size are read`() throws {
        try withFiles(["stf9.if": "create\n"]) { directory in
            #expect(mkfifo("\(directory)/stf0.if", 0o600) == 0)
            #expect(symlink("/dev/zero", "\(directory)/stf1.if") == 0)
            #expect(mkdir("\(directory)/stf2.if", 0o700) == 0)
            #expect(symlink("nowhere", "\(directory)/stf3.if") == 0)
            #expect(symlink("/dev/zero", "\(directory)/sysctl.conf") == 0)
            let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(socket) }
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let path = "\(directory)/stf4.if"
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            let size = socklen_t(MemoryLayout<sockaddr_un>.size)
            let bound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, size) }
            }
            #expect(bound == 0)
            let large = try FileHandle(
                forWritingTo: {
                    let url = URL(filePath: "\(directory)/stf5.if")
                    try Data().write(to: url)
                    return url
                }())
            try large.truncate(atOffset: 1 << 40)
            let configuration = try BootConfiguration(reading: directory)
            #expect(
                configuration.faults.map { $0.description.replacing("\(directory)/", with: "") } == [
                    "sysctl.conf: not a regular file", "stf0.if: not a regular file",
                    "stf1.if: not a regular file", "stf2.if: not a regular file",
                    "stf3.if: No such file or directory", "stf4.if: not a regular file",
                    "stf5.if: larger than 4194304 bytes",
                ])
            #expect(configuration.changes.map(\.line) == ["stf9 create"])
        }
    }

    @Test func `a file of nothing but faults has an end`() throws {
        let faults = try faults(of: ["stf0.if": String(repeating: "frob\n", count: 5000)])
        #expect(faults.count == 1001 && faults.last == "stf0.if:1001: and more")
    }

    /// Two that do not go together are both named, and neither is set.
    @Test func `variables that do not go together are named`() throws {
        let files = [
            "sysctl.conf": "net.inet6.ip6.temppltime=2000\nnet.link.stf.ttl=9\nnet.inet6.ip6.tempvltime=1900\n"
        ]
        #expect(
            try faults(of: files) == [
                "sysctl.conf:1: net.inet6.ip6.temppltime: 2000: Invalid argument (more than tempvltime, 1900)",
                "sysctl.conf:3: net.inet6.ip6.tempvltime: 1900: Invalid argument (less than temppltime, 2000)",
            ])
        #expect(try withFiles(files) { try BootConfiguration(reading: $0).assignments.count } == 1)
    }

    @Test func `a directory that is not there holds none`() throws {
        let configuration = try BootConfiguration(reading: "/dev/null-none")
        #expect(configuration.changes == [] && configuration.variables == [])
    }
}
