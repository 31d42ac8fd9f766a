// SPDX-License-Identifier: BSD-2-Clause
import TestSupport
import Testing

extension SystemTests {
    /// An interface with a prefix length of 16 + N keeps to the peers in its IPv4 block of N bits, both ways, and with
    /// link0 it takes nothing from anybody; what it drops, it counts.
    ///
    ///     friend  ne0 ── ne0  a  ne1 ── ne0  stranger
    ///
    ///     friend    9.1.4.5/16, stf0 2002:901:405::1/16
    ///     a         9.1.2.3/16, 9.2.0.2/16, stf0 2002:901:203::1/32
    ///     stranger  9.2.0.1/16, stf0 2002:902:1::1/16
    @Suite struct PeerTests {
        @Test func strangersAreNotAnswered() throws {
            try with { hosts in
                try hosts.friend.expectReplies(3, from: "2002:901:203::1")
                try hosts.a.expectReplies(3, from: "2002:901:405::1")
                try hosts.stranger.expectReplies(0, of: 5, from: "2002:901:203::1", options: "-W 0.1")
                try hosts.daemonA.expectDropped(5, "input", "peer-outside-prefix")
                try hosts.stranger.expectReplies(0, of: 2, from: "2002:901:203::1", options: "-W 0.1")
                try hosts.daemonA.expectDropped(7, "input", "peer-outside-prefix")
                #expect(try hosts.daemonA.interface("stf0")?.losses == ["input: peer-outside-prefix"])
                #expect(try hosts.daemonA.interface("stf0")?.counters.input.packets == 6)
            }
        }

        @Test func strangersAreNotSentTo() throws {
            try with { hosts in
                try hosts.a.succeed("ip -6 route add 2002::/16 dev stf0")
                try hosts.a.expectReplies(0, of: 4, from: "2002:902:1::1", options: "-W 0.1")
                try hosts.daemonA.expectDropped(4, "output", "no-next-hop")
                #expect(try hosts.daemonA.interface("stf0")?.counters.output.packets == 0)
                // A stranger is no gateway either.
                try hosts.a.succeed("ip -6 route add 2001:db8::/32 via 2002:902:1::1 dev stf0")
                try hosts.a.expectReplies(0, of: 4, from: "2001:db8::1", options: "-W 0.1")
                try hosts.daemonA.expectDropped(8, "output", "no-next-hop")
                #expect(try hosts.daemonStranger.interface("stf0")?.counters.input.packets == 0)
            }
        }

        @Test func link0ClosesTheInputOnly() throws {
            try with { hosts in
                try hosts.daemonA.succeed("stf0 link0")
                try hosts.friend.expectReplies(0, of: 4, from: "2002:901:203::1", options: "-W 0.1")
                try hosts.daemonA.expectDropped(4, "input", "input-closed")
                // What is sent arrives and is answered; the answers do not get in.
                let before = try #require(try hosts.daemonFriend.interface("stf0")).counters.input.packets
                try hosts.a.expectReplies(0, of: 4, from: "2002:901:405::1", options: "-W 0.1")
                try hosts.daemonA.expectDropped(8, "input", "input-closed")
                let after = try #require(try hosts.daemonFriend.interface("stf0")).counters.input.packets
                #expect(after - before == 4)
                try hosts.daemonA.succeed("stf0 -link0")
                try hosts.friend.expectReplies(3, from: "2002:901:203::1")
            }
        }

        private struct Hosts {
            let friend: Namespace
            let a: Namespace
            let stranger: Namespace
            let daemonFriend: Daemon
            let daemonA: Daemon
            let daemonStranger: Daemon
        }

        private func with(_ body: (Hosts) throws -> Void) throws {
            try Topology.with { net in
                let friend = try net.namespace("friend"), a = try net.namespace("a")
                let stranger = try net.namespace("stranger")
                try net.link(friend, "ne0", "9.1.4.5/16", a, "ne0", "9.1.2.3/16")
                try net.link(stranger, "ne0", "9.2.0.1/16", a, "ne1", "9.2.0.2/16")
                try stranger.succeed("ip route add 9.1.0.0/16 via 9.2.0.2")
                let daemonFriend = try net.daemon(in: friend), daemonA = try net.daemon(in: a)
                let daemonStranger = try net.daemon(in: stranger)
                try daemonFriend.succeed("stf0 create inet6 2002:901:405::1/16")
                try daemonA.succeed("stf0 create inet6 2002:901:203::1 prefixlen 32")
                try daemonStranger.succeed("stf0 create inet6 2002:902:1::1/16")
                try body(
                    Hosts(
                        friend: friend, a: a, stranger: stranger, daemonFriend: daemonFriend, daemonA: daemonA,
                        daemonStranger: daemonStranger))
            }
        }
    }
}
