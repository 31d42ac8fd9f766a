// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Stf
import TestSupport

private let here = "192.0.2.1"
private let peer = "198.51.100.7"
private let relay = "192.88.99.1"
private let ours = "2002:c000:201::1"
private let theirs = "2002:c633:6407::1"
private let native = "2001:db8::9"

extension StfPacket {
    private static let outward = Packet.ipv6(from: ours, to: theirs)
    private static let viaRelay = Packet.ipv6(from: ours, to: native)

    static let outputRows: [StfPacket] = [
        output("to another site", outward, .passes(Packet.ipv4(from: here, to: peer, outward))),
        output("to a native host by the relay", viaRelay, .passes(Packet.ipv4(from: here, to: relay, viaRelay))),
        output(
            "from a native host, on a relay", Packet.ipv6(from: native, to: theirs),
            .passes(Packet.ipv4(from: here, to: peer, Packet.ipv6(from: native, to: theirs)))),
        output(
            "the most specific route counts", viaRelay, .passes(Packet.ipv4(from: here, to: peer, viaRelay))
        ) { $0.gateways["2001:db8::/32"] = "2002:c633:6407::5" },
        output(
            "the traffic class is copied", Packet.ipv6(from: ours, to: theirs, trafficClass: 0xB8),
            .passes(
                Packet.ipv4(
                    from: here, to: peer, typeOfService: 0xB8,
                    Packet.ipv6(from: ours, to: theirs, trafficClass: 0xB8)))),
        output("within the prefix", outward, .passes(Packet.ipv4(from: here, to: peer, outward))) {
            $0.prefixLength = 20
            $0.gateways = [:]
        },
        output("down", outward, .dies(.outputDown)) { $0.isUp = false },
        output("our IPv4 address is gone", outward, .dies(.noOwnIPv4)) { $0.hasIPv4 = false },
        output("not IPv6", Packet.ipv4(from: here, to: peer, []), .dies(.outputNotIPv6)),
        output("empty", [], .dies(.outputNotIPv6)),
        output("39 bytes", Array(outward.prefix(39)), .dies(.outputTruncated)),
        output("no route", viaRelay, .dies(.noNextHop)) { $0.gateways = [:] },
        output("a more specific route without a gateway", viaRelay, .dies(.noNextHop)) {
            $0.gateways.updateValue(nil, forKey: "2001:db8::/32")
        },
        output(
            "a less specific route without a gateway", viaRelay, .passes(Packet.ipv4(from: here, to: peer, viaRelay))
        ) {
            $0.gateways.updateValue(nil, forKey: "::/0")
            $0.gateways["2001:db8::/32"] = "2002:c633:6407::5"
        },
        output("by the IPv4 address of a gateway", viaRelay, .passes(Packet.ipv4(from: here, to: peer, viaRelay))) {
            $0.gateways["2001:db8::/32"] = "::198.51.100.7"
        },
        output("by an IPv4 address outside the prefix", viaRelay, .dies(.noNextHop)) {
            $0.prefixLength = 32
            $0.gateways["::/0"] = "::198.51.100.7"
        },
        output("by an IPv4 address that is none", viaRelay, .dies(.outputDestination(.loopback))) {
            $0.gateways["::/0"] = "::127.0.0.1"
        },
        output("by the loopback address", viaRelay, .dies(.noNextHop)) { $0.gateways["::/0"] = "::1" },
        output("a native gateway", viaRelay, .dies(.noNextHop)) { $0.gateways["::/0"] = "2001:db8::1" },
        output("outside the prefix", outward, .dies(.noNextHop)) {
            $0.prefixLength = 32
            $0.gateways = [:]
        },
        output("a gateway outside the prefix", viaRelay, .dies(.noNextHop)) { $0.prefixLength = 32 },
        output(
            "with another time to live", outward, .passes(Packet.ipv4(from: here, to: peer, timeToLive: 7, outward))
        ) { $0.timeToLive = 7 },
        output(
            "to ourselves, unchecked", Packet.ipv6(from: ours, to: "2002:c000:201:5::1"),
            .passes(Packet.ipv4(from: here, to: here, Packet.ipv6(from: ours, to: "2002:c000:201:5::1")))
        ) { $0.checksLoops = false },
        output(
            "from another site, unchecked", Packet.ipv6(from: theirs, to: native),
            .passes(Packet.ipv4(from: here, to: relay, Packet.ipv6(from: theirs, to: native)))
        ) { $0.checksPairing = false },
        output("to ourselves", Packet.ipv6(from: ours, to: "2002:c000:201:5::1"), .dies(.outputToSelf)),
        output(
            "from another site to ourselves", Packet.ipv6(from: theirs, to: "2002:c000:201:5::1"), .dies(.outputToSelf)),
        output(
            "from a native host to ourselves", Packet.ipv6(from: native, to: "2002:c000:201:5::1"),
            .dies(.outputToSelf)),
        output("by a gateway that is ourselves", viaRelay, .dies(.outputToSelf)) {
            $0.gateways = ["::/0": "2002:c000:201::5"]
        },
        output("from another site", Packet.ipv6(from: theirs, to: native), .dies(.outputSourceMismatch)),
        output("native to native", Packet.ipv6(from: "2001:db8::1", to: native), .dies(.outputNativeToNative)),
    ]

    private static let inward = Packet.ipv6(from: theirs, to: ours)

    static let inputRows: [StfPacket] = [
        input("from another site", Packet.ipv4(from: peer, to: here, inward), .passes(inward)),
        input(
            "from a native host by a relay", Packet.ipv4(from: relay, to: here, Packet.ipv6(from: native, to: ours)),
            .passes(Packet.ipv6(from: native, to: ours))),
        input(
            "to a native host, on a relay", Packet.ipv4(from: peer, to: here, Packet.ipv6(from: theirs, to: native)),
            .passes(Packet.ipv6(from: theirs, to: native))),
        input(
            "with IPv4 options", Packet.ipv4(from: peer, to: here, options: [1, 1, 1, 0], inward), .passes(inward),
            by: .swift),
        input("with padding", Packet.ipv4(from: peer, to: here, inward + [0, 0, 0]), .passes(inward)),
        input(
            "without payload", Packet.ipv4(from: peer, to: here, Packet.ipv6(from: theirs, to: ours, payload: [])),
            .passes(Packet.ipv6(from: theirs, to: ours, payload: []))),
        input("a peer within the prefix", Packet.ipv4(from: peer, to: here, inward), .passes(inward)) {
            $0.prefixLength = 20
        },
        input("down", Packet.ipv4(from: peer, to: here, inward), .dies(.inputDown)) { $0.isUp = false },
        input("link0", Packet.ipv4(from: peer, to: here, inward), .dies(.inputClosed)) { $0.link0 = true },
        input("our IPv4 address is gone", Packet.ipv4(from: peer, to: here, inward), .dies(.notForUs), by: .swift) {
            $0.hasIPv4 = false
        },
        input("for another address", Packet.ipv4(from: peer, to: "192.0.2.9", inward), .dies(.notForUs), by: .swift),
        input("a peer outside the prefix", Packet.ipv4(from: peer, to: here, inward), .dies(.peerOutsidePrefix)) {
            $0.prefixLength = 32
        },
        input(
            "from our own address", Packet.ipv4(from: here, to: here, Packet.ipv6(from: ours, to: ours)),
            .dies(.outerSourceSelf)),
        input(
            "another site's source, unchecked",
            Packet.ipv4(from: peer, to: here, Packet.ipv6(from: "2002:c633:6408::1", to: ours)),
            .passes(Packet.ipv6(from: "2002:c633:6408::1", to: ours))
        ) { $0.checksPairing = false },
        input(
            "from our own address, unchecked", Packet.ipv4(from: here, to: here, Packet.ipv6(from: ours, to: ours)),
            .passes(Packet.ipv6(from: ours, to: ours))
        ) { $0.checksLoops = false },
        input("by another interface", Packet.ipv4(from: peer, to: here, inward), .dies(.ingress)) { $0.arrivesOn = 7 },
        input("by another interface, link2", Packet.ipv4(from: peer, to: here, inward), .passes(inward)) {
            $0.arrivesOn = 7
            $0.link2 = true
        },
        input(
            "not protocol 41", Packet.ipv4(from: peer, to: here, proto: 4, inward), .dies(.inputTruncated), by: .swift),
        input("39 bytes inside", Packet.ipv4(from: peer, to: here, Array(inward.prefix(39))), .dies(.inputTruncated)),
        input(
            "shorter than it says",
            Packet.ipv4(from: peer, to: here, Packet.ipv6(from: theirs, to: ours, claiming: 9)),
            .dies(.inputTruncated)),
        input(
            "version 4 inside",
            Packet.ipv4(from: peer, to: here, Packet.ipv6(from: theirs, to: ours, version: 4)), .dies(.inputNotIPv6)),
        input(
            "native to native", Packet.ipv4(from: peer, to: here, Packet.ipv6(from: native, to: "2001:db8::1")),
            .dies(.inputNativeToNative)),
        input(
            "another site's source",
            Packet.ipv4(from: peer, to: here, Packet.ipv6(from: "2002:c633:6408::1", to: ours)),
            .dies(.innerSourceMismatch)),
        input(
            "another site's destination",
            Packet.ipv4(from: peer, to: here, Packet.ipv6(from: theirs, to: "2002:c000:202::1")),
            .dies(.innerDestinationMismatch)),
        input(
            "to a native host, on no relay",
            Packet.ipv4(from: peer, to: here, Packet.ipv6(from: theirs, to: native)), .dies(.notRelay)
        ) { $0.prefixLength = 20 },
        input(
            "to a native host whose route leads back",
            Packet.ipv4(from: peer, to: here, Packet.ipv6(from: theirs, to: native)), .dies(.wouldComeBack)
        ) { $0.nativeRoutesLeadTo = 9 },
        input(
            "to another site by the way it came, unchecked",
            Packet.ipv4(from: peer, to: here, Packet.ipv6(from: theirs, to: "2002:c633:6408::1")),
            .dies(.wouldComeBack)
        ) {
            $0.checksPairing = false
            $0.nativeRoutesLeadTo = 9
        },
        input(
            "to a native host by the way it came, unchecked",
            Packet.ipv4(from: relay, to: here, Packet.ipv6(from: "2001:db8::1", to: native)), .dies(.wouldComeBack)
        ) {
            $0.checksPairing = false
            $0.nativeRoutesLeadTo = 9
        },
        input(
            "to another site that is routed elsewhere, unchecked",
            Packet.ipv4(from: peer, to: here, Packet.ipv6(from: theirs, to: "2002:c633:6408::1")),
            .passes(Packet.ipv6(from: theirs, to: "2002:c633:6408::1"))
        ) { $0.checksPairing = false },
        input("to a subnet of the site that is not here", Packet.ipv4(from: peer, to: here, inward), .passes(inward)) {
            $0.nativeRoutesLeadTo = 9
        },
    ]
}
