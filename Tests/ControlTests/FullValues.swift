// SPDX-License-Identifier: BSD-2-Clause
import Inet6Control
import Control

/// One value of each type on the wire, with every field there.
enum FullValues {
    static let address = AddressStatus(
        address: "2002:c000:201::1", prefixlen: 16, anycast: true, tentative: false, duplicated: true,
        deprecated: false,
        pltime: 3600, vltime: 7200)
    static let traffic = Traffic(packets: UInt64(Int64.max), bytes: 0)
    static let drop = DropStatus(
        direction: .output, reason: "no-own-ipv4", description: "There is no IPv4 address to send from.", packets: 7)

    static let asked = AskedStatus(
        direction: .input, about: ["nft chain ip/f/input"], closed: true, asked: 3, passed: 2, refused: 1)

    static var counters: CounterStatus {
        var counters = CounterStatus(input: traffic, output: traffic, drops: [drop, drop])
        counters.left = [drop]
        counters.shortcuts = 3
        counters.expresses = 2
        counters.detours = [drop]
        counters.asked = [asked]
        return counters
    }

    static var interface: InterfaceStatus {
        var status = InterfaceStatus(name: "stf0", kind: .stf, index: 3)
        status.flags = InterfaceFlag.allCases
        status.mtu = 1280
        status.description = "to the \"world\""
        status.inet6 = [address, address]
        status.nd6 = NeighborOption.allCases
        status.stfv4net = "192.0.2.1/32"
        status.stfv4br = "192.0.2.254"
        status.auto = true
        status.routes = ["default via ::192.88.99.1"]
        status.delegated = "2001:db8:c000:201::/64"
        status.ipv4 = "192.0.2.1"
        status.engine = "auto"
        status.shortcut = false
        status.xdp = "eth0,eth1"
        status.carrier = "user: no programs"
        status.ask = false
        status.counters = counters
        return status
    }

    static var addressChange: AddressChange {
        var change = AddressChange(address: "2002:c000:201::1")
        change.prefixlen = 16
        change.delete = false
        change.anycast = true
        change.deprecated = false
        change.pltime = 0
        change.vltime = 4_294_967_294
        change.replace = true
        return change
    }

    static var change: Change {
        var change = Change(interface: "stf0")
        change.destroy = false
        change.create = true
        change.description = "a text"
        change.mtu = 1400
        change.link0 = true
        change.link1 = false
        change.link2 = true
        change.stfv4net = "192.0.2.1/32"
        change.stfv4br = "192.0.2.254"
        change.auto = true
        change.engine = "kernel"
        change.shortcut = false
        change.xdp = "eth0,eth1"
        change.ask = false
        change.routes = ["default via ::192.88.99.1", "2001:db8::/32"]
        change.noroutes = ["default"]
        change.faith = faithChange
        (change.vamp, change.puppet) = (puppetChange, puppetChange)
        change.inet6 = addressChange
        change.up = true
        return change
    }

    static var relayChange: RelayChange {
        var change = RelayChange(service: "telnet")
        change.application = "plain"
        change.proxy = true
        change.reserved = false
        change.program = ["/usr/sbin/in.telnetd", "-h"]
        return change
    }

    static var faithChange: FaithChange {
        var change = FaithChange()
        (change.prefixes, change.noprefixes) = (["2001:db8:64::/96"], ["2001:db8:65::/96"])
        change.last32 = true
        (change.relays, change.norelays) = ([relayChange], ["1-1023"])
        (change.access, change.norules) = (["::/0 deny 192.0.2.0/24"], ["::/0 permit 0.0.0.0/0"])
        change.rules = ["2001:db8::/32 permit 10.0.0.0/8 192.0.2.1"]
        (change.idle, change.connecttime, change.keepalive, change.usertime) = (1800, 10, 300, 0)
        (change.maxsessions, change.maxrate) = (10_000, 0)
        (change.clientsessions, change.clientrate, change.clientlen) = (1000, 500, 64)
        change.drain = false
        return change
    }

    static let inet6Address: Inet6AddressStatus = {
        var address = Inet6AddressStatus(address: "fe80::1%ppp0", prefixlen: 64)
        address.destination = "fe80::2%ppp0"
        address.anycast = true
        address.duplicated = true
        address.temporary = true
        address.scopeid = 3
        address.pltime = 3600
        address.vltime = 7200
        return address
    }()

    static let inet6 = Inet6Status(
        name: "ppp0", index: 3, flags: Inet6Flag.allCases, mtu: 1500, description: "to the \"world\"",
        inet6: [inet6Address, inet6Address], nd6: Inet6Option.allCases)

    static let inet6AddressChange: Inet6AddressChange = {
        var change = Inet6AddressChange(address: "2001:db8::")
        change.prefixlen = 64
        change.delete = false
        change.anycast = true
        change.deprecated = false
        change.eui64 = true
        change.pltime = -1
        change.vltime = 4_294_967_294
        return change
    }()

    static let inet6Change: Inet6Change = {
        var change = Inet6Change(interface: "eth0")
        change.ifdisabled = false
        change.accept_rtadv = true
        change.auto_linklocal = false
        change.no_radr = true
        change.no_dad = false
        change.nud = true
        change.inet6 = inet6AddressChange
        return change
    }()

    static var variable: VariableStatus {
        var variable = VariableStatus(
            name: "net.inet6.ip6.gifhlim", oid: [4, 28, 41, 19], type: .integer, value: "30",
            description: "The time to live of what leaves a tunnel.", place: "inet6d's interfaces",
            source: "FreeBSD, NetBSD")
        variable.format = "I"
        variable.default = "30"
        variable.minimum = 0
        variable.maximum = 255
        variable.unit = "hops"
        variable.writable = true
        return variable
    }
    static let node = NodeStatus(name: "net.link", oid: [4, 18], description: "Interfaces")
    static let assignment = Assignment("net.link.stf.permit_rfc1918", "1")
    static let variableChange = VariableChange("net.link.stf.permit_rfc1918", from: "0", to: "1")
    static let finding = Finding(.problem, "stf0 has no address")
    static let question = ExplainParameters(
        interface: "stf0", direction: .input, packet: "4500", length: 20, arrival: "eth0")
    static let explanation = ExplainReply(.dropped, reason: "ingress", "the reason in words")
    static let event = MonitorReply(.interface, name: "stf0", interface: interface)
    static let result = ChangeResult(interface: "stf0", changed: true)
    static var apply: ApplyParameters {
        ApplyParameters(changes: [change, Change(interface: "stf1")], idempotent: true)
    }
}
