// SPDX-License-Identifier: BSD-2-Clause
import Faith
import TestSupport
import Testing

/// The ports that a word stands for.
@Suite struct ServiceNameTests {
    private static let services = """
        # Network services
        tcpmux\t\t1/tcp\t\t\t\t# TCP port service multiplexer
        ftp-data        20/tcp
        ftp             21/tcp
        fsp             21/udp fspd
        ssh  22/tcp
        telnet 23/tcp # not this: tel
        http 80/tcp www # WorldWideWeb
        ntp 123/udp
        domain 53/udp
        domain 53/tcp
        #hidden 9/tcp
        zero 0/tcp
        much 65536/tcp
        odd x/tcp
        short
        70/tcp gopher
        3com 106/tcp poppassd
        half 13/tcpx
        """

    @Test(
        arguments: [
            ("1", 1...1), ("22", 22...22), ("65535", 65535...65535), ("1-1023", 1...1023), ("22-22", 22...22),
            ("1-65535", 1...65535), ("all", 1...65535),
            ("tcpmux", 1...1), ("ftp", 21...21), ("ftp-data", 20...20), ("telnet", 23...23), ("www", 80...80),
            ("http", 80...80), ("3com", 106...106), ("poppassd", 106...106),
            // The first that is of TCP.
            ("domain", 53...53),
        ] as [(String, ClosedRange<UInt16>)])
    func `a word stands for ports`(text: String, ports: ClosedRange<UInt16>) {
        #expect(ServiceName.ports(text) { ServiceNameTests.services } == ports)
    }

    @Test(arguments: [
        "", "0", "65536", "022", "+22", "-22", "22-", "22-21", "0-5", "1-65536", "1-2-3", " 22", "22 ", "1 - 2", "ALL",
        "ssh-telnet", "22-telnet", "nothing", "fspd", "fsp", "ntp", "tel", "#", "hidden", "#hidden", "zero", "much",
        "odd", "short", "half", "22/tcp", "21/tcp", "HTTP", "htt", "WorldWideWeb", "１２",
    ])
    func `other words stand for none`(text: String) {
        #expect(ServiceName.ports(text) { ServiceNameTests.services } == nil)
    }

    /// A line may have CRLF, and need not end.
    @Test(arguments: ["ssh 22/tcp", "ssh 22/tcp\r\n", "\r\nssh\t22/tcp a b\r\n", "a 1/tcp\nssh 22/tcp"])
    func `lines end anyhow`(services: String) {
        #expect(ServiceName.ports("ssh") { services } == 22...22)
        #expect(ServiceName.ports("\r") { services } == nil)
    }

    @Test(arguments: ["22", "1-1023", "all", "5-4", "22-x"])
    func `a number needs no file`(text: String) {
        var reads = 0
        _ = ServiceName.ports(text) {
            reads += 1
            return ""
        }
        #expect(reads == 0)
    }

    @Test func `the shortest text reads back`() {
        #expect(ServiceName.text(of: 1...65_535) == "all")
        #expect(ServiceName.text(of: 22...22) == "22")
        #expect(ServiceName.text(of: 2...65_535) == "2-65535")
        var generator = SeededGenerator(seed: 22)
        var refuted: [ClosedRange<UInt16>] = []
        for _ in 0..<2000 {
            let ends = [generator.pick(1...65_535), generator.pick(1...65_535)].sorted().map { UInt16($0) }
            let ports = ends[0]...ends[1]
            if ServiceName.ports(ServiceName.text(of: ports), services: { "" }) != ports { refuted.append(ports) }
        }
        #expect(refuted == [])
    }

    @Test func `any file is read`() {
        var generator = SeededGenerator(seed: 23)
        let pieces = ["ssh", "22/tcp", "/tcp", "/", "#", " ", "\t", "\n", "\r", "\u{301}", "99999999999/tcp", "x"]
        for _ in 0..<5000 {
            let services = (0..<generator.pick(0..<12)).map { _ in generator.pick(pieces) }.joined()
            let ports = ServiceName.ports("ssh") { services }
            #expect(ports == nil || ports == 22...22, "\(services)")
        }
    }
}
