// SPDX-License-Identifier: BSD-2-Clause
import BSDBoot
import Testing

/// What hostname.if(5) of OpenBSD and ifconfig.if(5) of NetBSD become.
@Suite struct InterfaceFileTests {
    @Test func `a hostname file is read`() {
        let boot = BSDBoot(
            reading: [
                (
                    "etc/hostname.stf0",
                    """
                    # 6to4
                    inet6 2002:c000:201::1 16
                    description "to the world"
                    mtu 1480 up
                    dest 192.0.2.9
                    !route add -inet6 default 2002:c058:6301::
                    !/sbin/route -qn add -inet6 2001:db8::/32 2002:c058:6301::
                    !echo \\$if
                    dhcp
                    inet 192.0.2.1 255.255.255.0
                    """
                )
            ])
        #expect(
            boot.files.map(\.text) == [
                """
                create
                inet6 2002:c000:201::1 prefixlen 16
                description "to the world"
                mtu 1480 up
                route default via 2002:c058:6301::
                route 2001:db8::/32 via 2002:c058:6301::

                """
            ])
        #expect(
            boot.notes.map(\.place) == [5, 8, 9, 10].map { "etc/hostname.stf0:\($0)" }, "\(boot.notes)")
    }

    @Test(arguments: [
        ("inet6 alias 2001:db8::1 64\n", "inet6 2001:db8::1 prefixlen 64 alias"),
        ("inet6 2001:db8::1 prefixlen 16\n", "inet6 2001:db8::1 prefixlen 16"),
        ("inet6 2001:db8::1/16\n", "inet6 2001:db8::1/16"),
        ("inet6 \\\n 2001:db8::1/16\n", "inet6 2001:db8::1/16"),
    ])
    func `an address has its length in any spelling`(line: String, words: String) {
        let boot = BSDBoot(reading: [("hostname.faith0", line)])
        #expect(boot.files.map(\.lines) == [["create", words]], "\(boot.notes)")
    }

    @Test func `an empty file makes the interface`() {
        #expect(BSDBoot(reading: [("ifconfig.stf1", "")]).files.map(\.text) == ["create\n"])
        let other = BSDBoot(reading: [("hostname.em0", "dhcp\n")])
        #expect(other.files.isEmpty && other.notes.map(\.place) == ["hostname.em0"])
    }

    /// As NetBSD has it.
    @Test func `a variable wins over the file`() {
        let boot = BSDBoot(
            reading: [("ifconfig.stf0", "create\nmtu 1400\n"), ("rc.conf", "ifconfig_stf0=\"create; link0; up\"\n")])
        #expect(boot.files.map(\.text) == ["create\nlink0\nup\n"], "\(boot.notes)")
    }
}
