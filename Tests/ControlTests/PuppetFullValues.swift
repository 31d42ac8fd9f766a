// SPDX-License-Identifier: BSD-2-Clause
import Control
import PuppetControl

/// Those of io.hydrangea.puppet, and what is told its interfaces.
extension FullValues {
    private static let peer = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"
    static let filterChange = FilterChange(words: "not port 22", program: "0006000000040000")

    static var puppetChange: PuppetChange {
        var change = PuppetChange()
        (change.dev, change.listen, change.connect) = ("eth0", "[::1]:7113", "")
        change.peer = [peer]
        (change.insecure, change.proto, change.offload) = (true, "auto", false)
        change.filter = filterChange
        (change.keepalive, change.reconnect, change.copy, change.rate) = ([10, 60], [1, 30], ["link", "mtu"], 0)
        (change.promisc, change.direction, change.inject) = (false, "in", false)
        (change.exclusive, change.caller) = (true, "198.51.100.7")
        change.exclude = ["auto", "192.0.2.1:22,198.51.100.7:50000"]
        return change
    }

    static var puppet: PuppetStatus {
        var status = PuppetStatus(interface: "vamp0")
        (status.dev, status.listen, status.connect) = ("eth0", "[::1]:7113", "192.0.2.1:7113")
        (status.insecure, status.proto, status.offload, status.filter) = (true, "1.3", false, "not port 22")
        (status.keepalive, status.reconnect, status.copy, status.rate) = ([10, 60], [1, 30], ["none"], 1000)
        (status.exclusive, status.audible) = (true, "why")
        (status.promisc, status.direction, status.inject, status.exclude) = (true, "both", true, ["auto"])
        (status.keys, status.key, status.strangers) = ([peer], peer, 2)
        (status.state, status.failure) = ("connected", "eth0 is down")
        (status.local, status.peer) = ("[::1]:7113", "[::1]:50000")
        (status.software, status.spoken, status.remote) = ("inet6d 0.1", "modern", "eth0")
        (status.roundtrip, status.clock, status.sessions) = (120, -5, 3)
        return status
    }
}
