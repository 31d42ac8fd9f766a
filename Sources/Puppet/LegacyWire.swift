// SPDX-License-Identifier: BSD-2-Clause
internal import Internet

/// The two protocols of the original etherpuppet, which refuse each other.
public enum LegacyVersion: UInt32, CaseIterable, Sendable {
    /// Of version 0.3, which Debian has: parameters are `struct ifreq` as the slave's machine lays it out.
    case v1_3 = 0x1337_0103
    /// Of version 0.4.
    case v1_4 = 0x1337_0104

    /// Which the client says, and nobody else.
    public var bytes: [UInt8] { Bytes.of(rawValue) }
}

/// What is done with an `ioctl(2)` for each parameter (linux/sockios.h), on every machine by the same number.
enum LegacyRequest: UInt32, CaseIterable {
    case hardwareAddress = 0x8924
    case mtu = 0x8922
    case address = 0x8916
    case destination = 0x8918
    case broadcast = 0x891A
    case netmask = 0x891C
}

/// What a master hears from an original, or a slave does.
public struct LegacyDecoder: Sendable {
    private enum State: Sendable {
        case version
        case linkType
        case records
    }

    private var state: State
    private var version: LegacyVersion?
    private let role: PuppetRole
    /// Bytes of a parameter's record; nil: that of 1.3 is not known yet.
    private var recordSize: Int?
    private var records = 0
    private var parameters = Parameters(name: "", isRunning: true)
    private var mask: Int?

    /// - Parameters:
    ///   - role: of this end.
    ///   - version: what must be spoken; nil: what the client says.
    ///   - isServer: the client says the version first.
    public init(_ role: PuppetRole, _ version: LegacyVersion?, isServer: Bool) {
        self.role = role
        self.version = version
        state = isServer ? .version : role == .master ? .linkType : .records
        recordSize = version == .v1_4 ? 38 : nil
    }

    /// What is spoken.
    public var spoken: LegacyVersion? { version }

    /// The same as that of `WireDecoder`.
    public mutating func next(
        in bytes: borrowing RawSpan, at place: Int
    ) throws(WireFault) -> (event: WireEvent, end: Int)? {
        let count = bytes.byteCount - place
        switch state {
        case .version:
            guard count >= 4 else { return nil }
            let said = bytes.uint32(at: place)
            guard let heard = LegacyVersion(rawValue: said), version == nil || version == heard else {
                throw .legacyVersion(said)
            }
            version = heard
            recordSize = heard == .v1_4 ? 38 : nil
            state = role == .master ? .linkType : .records
            return (.greeted, place + 4)
        case .linkType:
            guard count >= 2 else { return nil }
            state = .records
            return (.linkType(bytes.uint16(at: place)), place + 2)
        case .records:
            guard count >= 2 else { return nil }
            let head = bytes.uint16(at: place)
            return head & 0x8000 == 0 ? frame(Int(head), bytes, place, count) : try command(head, bytes, place, count)
        }
    }

    /// The length counts the protocol that follows it. An original sends frames that it would not take itself.
    private func frame(
        _ length: Int, _ bytes: borrowing RawSpan, _ place: Int, _ count: Int
    ) -> (event: WireEvent, end: Int)? {
        guard count >= 2 + length else { return nil }
        let frame = place + 4..<max(place + 2 + length, place + 4)
        guard frame.count >= EthernetFrame.headerSize else { return (.nothing, place + 2 + length) }
        return (.frame(FrameMark(), frame, hasOffload: false), place + 2 + length)
    }

    private mutating func command(
        _ head: UInt16, _ bytes: borrowing RawSpan, _ place: Int, _ count: Int
    ) throws(WireFault) -> (event: WireEvent, end: Int)? {
        switch head & 0x7FFF {
        case 1: break
        case 2: return (.configured, place + 2)
        case let command: throw .legacyCommand(command)
        }
        guard let size = recordSize ?? LegacyDecoder.size(bytes, place, count) else { return nil }
        guard count >= size else { return nil }
        recordSize = size
        try take(bytes, place, size)
        records += 1
        guard records % LegacyRequest.allCases.count == 0 else { return (.nothing, place + size) }
        defer { parameters = Parameters(name: "", isRunning: true) }
        return (.parameters(parameters), place + size)
    }

    /// A `struct ifreq` has 40 bytes where a pointer has eight, and 32 where it has four. Six follow each other, so that the
    /// second one says how long the first was.
    private static func size(_ bytes: borrowing RawSpan, _ place: Int, _ count: Int) -> Int? {
        for size in [38, 46] {
            guard count >= size + 2 else { return nil }
            if bytes.uint16(at: place + size) == 0x8001 { return size }
        }
        return 46
    }

    private mutating func take(_ bytes: borrowing RawSpan, _ place: Int, _ size: Int) throws(WireFault) {
        let number = bytes.uint32(at: place + 2)
        // Of 1.3 it is in the slave's order, and small in either.
        let native = version == .v1_3 && number > 0xFFFF ? number.byteSwapped : number
        guard let request = LegacyRequest(rawValue: native) else { throw .legacyRequest(number) }
        let name = bytes.bytes(place + 6..<place + 22).prefix { $0 != 0 }
        parameters.name = LineText.read(name.prefix(15))
        let value = place + 22
        switch request {
        case .hardwareAddress:
            let address = HardwareAddress(bytes.bytes(value + 2..<value + 8))
            if let address, address.isUnicast { parameters.address = address }
        case .mtu:
            // 1.4 swaps the first two bytes of the number as it lies in memory: a small number is in one half or the other.
            let (first, second) = (Int(bytes.uint16(at: value)), Int(bytes.uint16(at: value + 2)))
            var mtu = first != 0 ? first : second
            if version == .v1_3, first != 0 { mtu = Int(UInt16(first).byteSwapped) }
            if Parameters.mtus.contains(mtu) { parameters.mtu = mtu }
        case .address:
            let address = bytes.ipv4Address(at: value + 4)
            if address.bits != 0 { parameters.ipv4 = [Parameters.IPv4Prefix(address, length: 32)] }
        case .netmask:
            let mask = bytes.uint32(at: value + 4)
            let length = mask.leadingZeroBitCount == 0 ? (~mask).leadingZeroBitCount : 0
            if !parameters.ipv4.isEmpty { parameters.ipv4[0].length = length }
        case .destination, .broadcast: break
        }
    }
}

/// What is said to an original.
public enum LegacyEncoder {
    /// Frames that an original takes whole.
    public static let frames = 14...1596

    /// What a slave of version 0.3 can emit with this MTU: it adds four bytes to each frame, and ends at one too long.
    public static func longest(_ mtu: Int) -> Int { mtu + EthernetFrame.headerSize - 4 }

    /// What a slave says first.
    /// - Parameter parameters: nil: `-C`.
    public static func opening(_ version: LegacyVersion, _ parameters: Parameters?) -> [UInt8] {
        let ethernet = Bytes.of(UInt16(1))
        guard let parameters else { return ethernet }
        let records = LegacyRequest.allCases.reduce(into: []) { $0 += record($1, parameters, version) }
        return ethernet + records + (version == .v1_4 ? Bytes.of(UInt16(0x8002)) : [])
    }

    /// What stands before a frame: the length, and the frame's type.
    public static func header(length: Int, type: UInt16) -> [UInt8] {
        Bytes.of(UInt16(length + 2)) + Bytes.of(type)
    }

    private static func record(
        _ request: LegacyRequest, _ parameters: Parameters, _ version: LegacyVersion
    ) -> [UInt8] {
        // Of 1.3 a record is as this machine lays it out: a little-endian one with pointers of eight bytes.
        let isNative = version == .v1_3
        let number = isNative ? Array(Bytes.of(request.rawValue).reversed()) : Bytes.of(request.rawValue)
        var name = Array(parameters.name.utf8.prefix(15))
        name += [UInt8](repeating: 0, count: 16 - name.count)
        var value = value(of: request, parameters, isNative)
        value += [UInt8](repeating: 0, count: (isNative ? 24 : 16) - value.count)
        return Bytes.of(UInt16(0x8001)) + number + name + value
    }

    private static func value(of request: LegacyRequest, _ parameters: Parameters, _ isNative: Bool) -> [UInt8] {
        let family = { (number: UInt16) in isNative ? Array(Bytes.of(number).reversed()) : Bytes.of(number) }
        let address = parameters.ipv4.first
        let bits = address?.address.bits ?? 0
        let mask = address.map { $0.length == 0 ? 0 : UInt32.max << UInt32(32 - $0.length) } ?? 0
        let ipv4 = { (bits: UInt32) in family(2) + [0, 0] + Bytes.of(bits) }
        switch request {
        case .hardwareAddress: return family(1) + (parameters.address?.bytes ?? [0, 0, 0, 0, 0, 0])
        case .mtu:
            let mtu = UInt16(clamping: parameters.mtu ?? 1500)
            return isNative ? Array(Bytes.of(mtu).reversed()) : Bytes.of(mtu)
        case .address, .destination: return ipv4(bits)
        case .broadcast: return ipv4(bits | ~mask)
        case .netmask: return ipv4(mask)
        }
    }
}
