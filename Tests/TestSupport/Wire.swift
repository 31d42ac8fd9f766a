// SPDX-License-Identifier: BSD-2-Clause
internal import CTestSupport
import Foundation

/// One end of a wire, as an attacker has it: any packet can be sent, whatever the host there thinks of it, and every
/// packet that arrives is seen.
public final class Wire {
    private let number: Int32
    /// The Ethernet addresses, the far end's first.
    private let addresses: [UInt8]
    private var buffer = [UInt8](repeating: 0, count: 65_536)
    private static let headerSize = 14

    /// `Wire(from: attacker, "ne0", to: a, "ne0")`, where both are ends of one wire.
    public init(from near: Namespace, _ nearDevice: String, to far: Namespace, _ farDevice: String) throws {
        addresses =
            try Wire.hardwareAddress(of: farDevice, in: far) + Wire.hardwareAddress(of: nearDevice, in: near)
        number = try near.inside { ctest_open_wire(nearDevice) }
        guard number >= 0 else { throw MissingCapability("packet socket on \(nearDevice): errno \(errno)") }
    }

    deinit {
        close(number)
    }

    /// Sends an IPv4 or IPv6 packet.
    public func send(_ packet: [UInt8]) throws {
        let type: [UInt8] = packet[0] >> 4 == 6 ? [0x86, 0xDD] : [0x08, 0x00]
        let frame = addresses + type + packet
        guard Foundation.send(number, frame, frame.count, 0) == frame.count else {
            throw CommandFailure(description: "send on a wire: errno \(errno)")
        }
    }

    /// The IPv4 and IPv6 packets that have arrived since the last call.
    public func receive() -> [[UInt8]] {
        var packets: [[UInt8]] = []
        while true {
            let count = recv(number, &buffer, buffer.count, 0)
            guard count > Wire.headerSize else { return packets }
            guard [[0x08, 0x00], [0x86, 0xDD]].contains(Array(buffer[12..<14])) else { continue }
            packets.append(Array(buffer[Wire.headerSize..<count]))
        }
    }

    private static func hardwareAddress(of device: String, in host: Namespace) throws -> [UInt8] {
        let text = try host.succeed("cat /sys/class/net/\(device)/address")
        return text.split { !$0.isHexDigit }.compactMap { UInt8($0, radix: 16) }
    }
}
