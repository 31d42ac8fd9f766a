// SPDX-License-Identifier: BSD-2-Clause
import Control
import TestSupport

extension PuppetChange {
    /// Says at least one thing, of one kind's.
    static func random(of kind: InterfaceKind, using generator: inout SeededGenerator) -> PuppetChange {
        var change = PuppetChange()
        change.offload = generator.pick([true, false])
        change.insecure = generator.pick([true, false, nil])
        if generator.oneIn(4) { change.listen = generator.pick(["", "[::1]:7113", "192.0.2.1:1"]) }
        if generator.oneIn(4) { change.connect = generator.pick(["", "[2001:db8::1]:65535"]) }
        if generator.oneIn(4) {
            let peers = ["47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"]
            change.peer = generator.pick([[], peers.map { "SHA256:\($0)" }])
        }
        if generator.oneIn(4) { change.proto = generator.pick(["modern", "auto", "1.3", "1.4"]) }
        if generator.oneIn(4) {
            change.filter = FilterChange(words: generator.pick(["", "not port 22", "ether[0] & 1 = 0"]), program: "")
        }
        if generator.oneIn(4) { change.keepalive = [generator.pick(1...10), generator.pick(10...86_400)] }
        if generator.oneIn(4) { change.reconnect = [1, generator.pick(1...30)] }
        if generator.oneIn(4) { change.copy = generator.pick([["none"], ["link"], ["mtu", "inet", "inet6"]]) }
        if generator.oneIn(4) { change.rate = generator.pick(0...1_000_000) }
        guard kind == .vamp else { return change }
        if generator.oneIn(2) { change.dev = generator.pick(["eth0", "br-lan", "a b"]) }
        if generator.oneIn(4) { change.promisc = generator.pick([true, false]) }
        if generator.oneIn(4) { change.direction = generator.pick(["in", "out", "both"]) }
        if generator.oneIn(4) { change.inject = generator.pick([true, false]) }
        if generator.oneIn(4) { change.exclusive = generator.pick([true, false]) }
        if generator.oneIn(4) { change.exclude = generator.pick([["auto"], ["none", "192.0.2.1:22,[::1]:50000"]]) }
        return change
    }
}
