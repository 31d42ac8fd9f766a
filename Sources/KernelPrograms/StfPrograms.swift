// SPDX-License-Identifier: BSD-2-Clause
package import CKernelPrograms
import Glibc
public import Internet
import SystemIO

/// The engine of stf(4) inside the kernel: the rules of `stf.h` over the packets of all stf interfaces of a network
/// namespace.
///
///     let programs = try StfPrograms()                     // nothing is decided yet
///     try programs.set(configs: [rules.record])            // of each interface
///     try programs.set(routes: rules.routes)
///     try programs.attach(to: [rules.index], inputs: [2])
///     try programs.counters(of: rules.index)
///
/// What it cannot decide it leaves to the engine in user space, and counts that too.
///
/// With somewhere to pin things, programs and counters stay when the process is killed, and the next goes on with them:
/// when it has told its own programs everything, they take the places of the others, one from one packet to the next. The
/// rules are never taken over, nor what was remembered of packets.
public final class StfPrograms {
    let object: KernelObject
    /// Interfaces of which the programs know where the kernel has them.
    var found: Set<UInt32> = []
    /// For whoever sees what the kernel's own way lets pass.
    public let witness: Witness
    private let configs: KernelMap<UInt32, stf_config>
    private let counts: KernelMap<UInt32, stf_counters>
    /// Interfaces that have rules.
    private var configured: Set<UInt32> = []
    /// The interface of an IPv4 address of ours.
    private var owners: MirroredMap<UInt32, UInt32, UInt32>
    private var routes: MirroredMap<StfRouteKey, stf_route, UInt32>
    private var relays: MirroredMap<StfRelayKey, stf_relay, UInt32>
    private var broadcasts: MirroredMap<UInt32, UInt32, UInt32>
    /// So often the rules have changed: what was decided before is decided anew.
    private let generation: KernelMap<UInt32, UInt32>
    /// Another process may have counted in the same map.
    private var generationNow = UInt32.random(in: 0 ... .max)
    /// By the indices of their devices.
    private var outputs: [UInt32: DevicePlace] = [:]
    private var inputs: [UInt32: DevicePlace] = [:]
    /// Where frames are taken before they are packets; nil: it was never wanted.
    var express: StfExpress?
    let pins: Pins?
    /// Devices take their programs along to another network namespace.
    private let network: UInt64

    /// Whether they go on when this process is killed.
    public var isLasting: Bool { pins != nil }

    /// Whether the programs' places at devices are links.
    private let hasLinks: Bool

    /// Loads the programs. Requires CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON, and `pins` where programs at devices are no
    /// links.
    /// - Parameter pins: where they are to stay, and what they go on with may be.
    public convenience init(pins: Pins? = nil) throws(KernelProgramError) {
        try self.init(pins: pins, types: nil)
    }

    /// - Parameter types: a file of what the kernel's types are (BTF), where that is not to be asked of the kernel.
    /// - Parameter hasLinks: whether this kernel has links at devices; nil: it is asked.
    init(pins: Pins?, types: String?, hasLinks: Bool? = nil) throws(KernelProgramError) {
        self.pins = pins
        self.hasLinks = hasLinks ?? DeviceHook.hasLinks
        guard self.hasLinks || pins != nil else { throw .unpinned }
        object = try KernelObject(loading: stfObject, needing: .deviceProgram, types: types) { name in
            name == STF_COUNTERS_MAP ? pins?.find(StfPrograms.counterPin) : nil
        }
        configs = try object.map(STF_CONFIG_MAP, UInt32.self, stf_config.self)
        owners = MirroredMap(try object.map(STF_OWNERS_MAP, UInt32.self, UInt32.self)) { $0 }
        routes = MirroredMap(try object.map(STF_ROUTES_MAP, stf_route.self, UInt32.self), \.record)
        relays = MirroredMap(try object.map(STF_RELAYS_MAP, stf_relay.self, UInt32.self), \.record)
        broadcasts = MirroredMap(try object.map(STF_BROADCASTS_MAP, UInt32.self, UInt32.self)) { $0 }
        counts = try object.map(STF_COUNTERS_MAP, UInt32.self, stf_counters.self)
        generation = try object.map(STF_GENERATION_MAP, UInt32.self, UInt32.self)
        witness = try Witness(of: object)
        do throws(SystemError) { network = try networkCookie() } catch { throw .failed(error) }
        configured = Set(try counts.keys(from: 0))
        try object.learnBaseline()
        try object.learnWhoIsBetween()
    }

    /// Says at which devices the programs are: at the egress of stf interfaces, and at the ingress of where IPv4 comes by.
    /// - Throws: what the kernel refuses, after all others have been attached.
    public func attach(to interfaces: Set<UInt32>, inputs devices: Set<UInt32>) throws(KernelProgramError) {
        StfPrograms.keep(&outputs, at: interfaces)
        StfPrograms.keep(&inputs, at: devices)
        if interfaces.isEmpty {
            pins?.end(StfPrograms.counterPin)
        } else {
            try pins?.pin(counts.number, as: StfPrograms.counterPin)
        }
        var refusal: KernelProgramError?
        for device in interfaces where outputs[device] == nil {
            attempt(&refusal) { () throws(KernelProgramError) in
                outputs[device] = try DevicePlace(
                    STF_OUTPUT_PROGRAM, of: object, at: .egress, of: device, isLink: hasLinks, pins: pins)
            }
        }
        for device in devices where inputs[device] == nil {
            attempt(&refusal) { () throws(KernelProgramError) in
                inputs[device] = try DevicePlace(
                    STF_INPUT_PROGRAM, of: object, at: .ingress, of: device, isLink: hasLinks, pins: pins)
            }
        }
        if let refusal { throw refusal }
    }

    /// The devices at whose ingress the programs are.
    public var inputDevices: [UInt32] { inputs.keys.sorted() }

    /// Takes the programs away from all devices.
    public func detach() {
        StfPrograms.keep(&outputs, at: [])
        StfPrograms.keep(&inputs, at: [])
        express?.detach()
        pins?.end(StfPrograms.counterPin)
    }

    /// Takes them away from an interface that is to go; with the last one, from everywhere.
    public func detach(from interface: UInt32) {
        outputs.removeValue(forKey: interface)?.end()
        if outputs.isEmpty { detach() }
    }

    private static func keep(_ links: inout [UInt32: DevicePlace], at devices: Set<UInt32>) {
        for (device, link) in links where !devices.contains(device) {
            link.end()
            links[device] = nil
        }
    }

    // MARK: what another process has left

    /// The interfaces of a process that was killed, whose packets its programs carry still.
    public static func interfaces(in pins: Pins) -> [UInt32] { DevicePlace.devices(of: STF_OUTPUT_PROGRAM, in: pins) }

    /// Ends what was left there and is none of these programs'.
    /// - Parameter programs: those that have taken the place of the others; nil: nothing has.
    public static func clear(_ pins: Pins, but programs: StfPrograms?) {
        DevicePlace.endAll(
            of: STF_OUTPUT_PROGRAM, at: .egress, in: pins, but: programs.map { Array($0.outputs.keys) } ?? [])
        DevicePlace.endAll(
            of: STF_INPUT_PROGRAM, at: .ingress, in: pins, but: programs.map { Array($0.inputs.keys) } ?? [])
        DevicePlace.endAll(
            of: STF_EXPRESS_PROGRAM, at: .express, in: pins, but: programs?.express?.devices ?? [])
        let isCounting = programs.map { !$0.outputs.isEmpty } ?? false
        for name in pins.names where name.hasPrefix("\(STF_COUNTERS_MAP)-") && !(isCounting && name == counterPin) {
            pins.end(name)
        }
    }

    /// Counters are numbered by the reasons that a version knows: to one that knows others they say something else.
    private static let counterPin: String = {
        let names = (0..<UInt32(STF_REASON_COUNT.rawValue)).map { unsafe String(cString: ckernel_stf_reason_name($0)) }
        var stamp: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in (names + StfLeft.all.map(\.name)).joined(separator: " ").utf8 {
            // FNV-1a: Swift's own hashes differ from process to process.
            stamp = (stamp ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        return "\(STF_COUNTERS_MAP)-\(String(stamp, radix: 16))"
    }()

    private func attempt(_ refusal: inout KernelProgramError?, _ body: () throws(KernelProgramError) -> Void) {
        do throws(KernelProgramError) { try body() } catch { refusal = refusal ?? error }
    }

    /// Says what decides over the packets of each interface, and that of no other. Of two with one IPv4 address neither
    /// takes what comes to it: only user space gives each of them a copy.
    ///
    /// The counters of an interface begin when it is named here, and go when it no longer is.
    /// - Parameter sampling: so often, in milliseconds, a drop of each reason is left to user space, to be logged; 0: none.
    /// - Throws: ENOSPC or E2BIG above 1024 interfaces; then some are missing.
    package func set(configs wanted: [stf_config], sampling: UInt32 = 0) throws(KernelProgramError) {
        let byIndex = Dictionary(wanted.map { ($0.index, $0) }) { first, _ in first }
        let byOwner = Dictionary(grouping: wanted.filter { $0.own != 0 }, by: \.own)
            .filter { $0.value.count == 1 }.compactMapValues(\.first?.index)
        // What no longer has an owner first, and what has a new one last: nothing comes to rules that are not there.
        try owners.bring(to: owners.known.filter { byOwner[$0.key] == $0.value })
        for index in configured where byIndex[index] == nil {
            try configs.remove(index)
            try counts.remove(index)
            configured.remove(index)
        }
        for (index, var config) in byIndex {
            config.sample_ms = sampling
            config.network = network
            if !configured.contains(index) { try counts.setAll(index, to: stf_counters()) }
            try configs.set(index, to: config)
            configured.insert(index)
        }
        try owners.bring(to: byOwner)
        try decideAnew()
    }

    /// Says where the routes of all interfaces lead.
    package func set(routes wanted: [(key: stf_route, peer: UInt32)]) throws(KernelProgramError) {
        try routes.bring(to: Dictionary(wanted.map { (StfRouteKey($0.key), $0.peer) }) { first, _ in first })
        try decideAnew()
    }

    /// Says which border relays interfaces believe besides those of their rules.
    package func set(relays wanted: [stf_relay]) throws(KernelProgramError) {
        try relays.bring(to: Dictionary(wanted.map { (StfRelayKey($0), 1) }) { first, _ in first })
        try decideAnew()
    }

    /// Says which addresses are broadcast addresses here.
    public func set(broadcasts wanted: Set<IPv4Address>) throws(KernelProgramError) {
        try broadcasts.bring(to: Dictionary(uniqueKeysWithValues: wanted.map { ($0.bits.bigEndian, 1) }))
        try decideAnew()
    }

    /// Ends what the programs remember of decisions: after each change.
    private func decideAnew() throws(KernelProgramError) {
        generationNow &+= 1
        try generation.set(0, to: generationNow)
    }

    /// What was done with the packets of an interface since it was first named.
    public func counters(of index: UInt32) throws(KernelProgramError) -> StfProgramCounters {
        StfProgramCounters(try counts.values(of: index, empty: stf_counters()))
    }

    /// Runs a program over a frame that begins with an Ethernet header, as if it were at an interface. Nothing is sent.
    package func run(
        _ program: String, over frame: [UInt8], at interface: UInt32
    ) throws(KernelProgramError) -> (verdict: Int32, frame: [UInt8]) {
        try object.run(program, over: frame, at: interface)
    }
}

/// What the programs did with the packets of one interface.
public struct StfProgramCounters: Equatable, Sendable {
    public var inputPackets: UInt64 = 0
    public var inputBytes: UInt64 = 0
    public var outputPackets: UInt64 = 0
    public var outputBytes: UInt64 = 0
    /// By the numbers of `stf.h`'s reasons.
    public var drops = [UInt64](repeating: 0, count: Int(STF_REASON_COUNT.rawValue))
    /// Packets that did not go through the interface.
    public var shortcuts: UInt64 = 0
    /// Those of them that the kernel made no packets of.
    public var expresses: UInt64 = 0
    /// Those that did, though there is a shortcut, by the numbers of `enum stf_detour`.
    public var inputDetours = [UInt64](repeating: 0, count: StfDetour.count)
    public var outputDetours = [UInt64](repeating: 0, count: StfDetour.count)
    /// What was left to user space, by the numbers of `enum stf_left`.
    public var left = [UInt64](repeating: 0, count: Int(STF_LEFT_COUNT.rawValue))

    public init() {}

    init(_ parts: [stf_counters]) {
        for part in parts {
            inputPackets &+= part.input.packets
            inputBytes &+= part.input.bytes
            outputPackets &+= part.output.packets
            outputBytes &+= part.output.bytes
            shortcuts &+= part.shortcuts.0 &+ part.shortcuts.1
            expresses &+= part.expresses
            var detours = [UInt64](repeating: 0, count: 2 * StfDetour.count)
            unsafe withUnsafeBytes(of: part.detours) { unsafe StfProgramCounters.add($0, to: &detours) }
            for place in 0..<StfDetour.count {
                inputDetours[place] &+= detours[Int(STF_INPUT.rawValue) * StfDetour.count + place]
                outputDetours[place] &+= detours[Int(STF_OUTPUT.rawValue) * StfDetour.count + place]
            }
            unsafe withUnsafeBytes(of: part.drops) { unsafe StfProgramCounters.add($0, to: &drops) }
            unsafe withUnsafeBytes(of: part.left) { unsafe StfProgramCounters.add($0, to: &left) }
        }
    }

    private static func add(_ counts: UnsafeRawBufferPointer, to sums: inout [UInt64]) {
        for place in sums.indices {
            let offset = place * MemoryLayout<UInt64>.stride
            sums[place] &+= unsafe counts.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        }
    }
}

private struct StfRelayKey: Hashable {
    private let index: UInt32
    private let address: UInt32

    init(_ record: stf_relay) {
        index = record.index
        address = record.address
    }

    var record: stf_relay { stf_relay(index: index, address: address) }
}

/// A key of the trie, for a dictionary.
private struct StfRouteKey: Hashable {
    private let length: UInt32
    private let index: UInt32
    private let destination: IPv6Address

    init(_ record: stf_route) {
        length = record.length
        index = record.index
        destination = record.destination.address
    }

    var record: stf_route {
        stf_route(length: length, index: index, destination: node_address(destination))
    }
}
