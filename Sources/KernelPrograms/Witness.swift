// SPDX-License-Identifier: BSD-2-Clause
internal import CBPF
internal import CKernelPrograms
public import Internet
import SystemIO
import SystemPackage

/// Vouches to programs at devices for pairs of addresses of which the kernel's own way has let a packet pass. Several
/// threads may use one.
///
///     let sight = try witness.look(.output)
///     // ... a packet of the pair leaves as the program would have sent it ...
///     try witness.vouch(for: pair, under: sight)
///
/// What is vouched for counts while nothing changes of what could stop it, and half a minute at most.
public final class Witness: Sendable {
    private let entries: Descriptor
    private let program: Descriptor

    init(of object: KernelObject) throws(KernelProgramError) {
        let (entries, program) = (try object.mapNumber(ASK_ENTRIES_MAP), try object.programNumber(ASK_LOOK_PROGRAM))
        do throws(SystemError) {
            self.entries = try Descriptor(duplicating: entries)
            self.program = try Descriptor(duplicating: program)
        } catch {
            throw .failed(error)
        }
    }

    /// What there is to ask about a packet that comes in by a device, or about any that is sent from here.
    public enum Question: Hashable, Sendable {
        /// `checksSource`: whoever asks wants a way to the source by that device, and so does not need rp_filter=2.
        case input(device: UInt32, checksSource: Bool)
        case output
    }

    /// Looks at what in the kernel could stop packets now. Some microseconds.
    public func look(_ question: Question) throws(KernelProgramError) -> AskSight {
        var context = unsafe __sk_buff()
        switch question {
        case .output:
            // Any device of the network namespace will do: 1 is the loopback interface.
            unsafe context.ifindex = 1
            unsafe context.cb.0 = ASK_OUTPUT.rawValue
        case .input(let device, let checksSource):
            unsafe context.ifindex = device
            unsafe context.cb.0 = ASK_INPUT.rawValue
            unsafe context.cb.1 = checksSource ? 1 : 0
        }
        let (verdict, _) = try program.withNumber { number throws(KernelProgramError) in
            unsafe try KernelObject.run(number, over: KernelObject.anyFrame, &context)
        }
        guard verdict == 1 else { return AskSight(tag: .max, about: 1 << ASK_UNKNOWN.rawValue, isBrief: false) }
        return unsafe AskSight(
            tag: UInt64(context.cb.1) << 32 | UInt64(context.cb.0), about: context.cb.2, isBrief: context.cb.3 != 0)
    }

    /// Says that the kernel's own way has let a packet of this pair pass, where and while this was to be seen there.
    public func vouch(for pair: AskPair, under sight: AskSight) throws(KernelProgramError) {
        guard sight.isOpen else { return }
        let now = monotonicNanoseconds()
        let life = sight.isBrief ? Witness.briefLife : Witness.life
        var entry = ask_entry()
        entry.soft_end = now + life
        entry.hard_end = now + life + min(life, Witness.grace)
        entry.tag = sight.tag
        let key = pair.record
        let status = entries.withNumber { number in
            unsafe withUnsafePointer(to: key) { key in
                unsafe withUnsafePointer(to: entry) { unsafe bpf_map_update_elem(number, key, $0, 0) }
            }
        }
        guard status == 0 else { throw .failed(SystemError("BPF_MAP_UPDATE_ELEM", Errno(rawValue: -status))) }
    }

    /// In nanoseconds: until one packet asks again; the same where not every change is seen; and until all do.
    private static let life: UInt64 = 30_000_000_000
    private static let briefLife: UInt64 = 1_000_000_000
    private static let grace: UInt64 = 2_000_000_000
}

/// What in the kernel could stop packets, at one moment.
public struct AskSight: Equatable, Sendable {
    /// Another one after each change.
    let tag: UInt64
    let about: UInt32
    /// Whether a change may be missed.
    let isBrief: Bool

    /// Whether there is something to ask, and an answer about one packet says something about the next.
    public var isOpen: Bool { tag != ASK_TAG_NOTHING && tag != .max }
    public var isNothing: Bool { tag == ASK_TAG_NOTHING }
}

/// Whom the kernel decides about alike: the outer header, where it comes or leaves by.
public struct AskPair: Hashable, Sendable {
    public var isOutput: Bool
    public var underlay: UInt32
    public var source: IPv4Address
    public var destination: IPv4Address
    /// DSCP, six bits.
    public var codepoint: UInt8

    public init(
        isOutput: Bool, underlay: UInt32, source: IPv4Address, destination: IPv4Address, codepoint: UInt8
    ) {
        self.isOutput = isOutput
        self.underlay = underlay
        self.source = source
        self.destination = destination
        self.codepoint = codepoint
    }

    fileprivate var record: ask_pair {
        ask_pair(
            underlay: underlay, source: source.bits.bigEndian, destination: destination.bits.bigEndian,
            direction: UInt8((isOutput ? ASK_OUTPUT : ASK_INPUT).rawValue), codepoint: codepoint, unused: (0, 0))
    }
}
