// SPDX-License-Identifier: BSD-2-Clause
import Control
import SystemIO

/// Makes puppet interfaces.
final class PuppetCloner: Cloner {
    static let kind = InterfaceKind.puppet
    static let noun = "a puppet interface"

    private let key: TunnelKey

    init(_ key: TunnelKey) {
        self.key = key
    }

    func make(_ name: String, on host: Host) throws(Refusal) -> PuppetInterface {
        let device = try Device<Tap>(name, PuppetRecord(), on: host) { () throws(SystemError) in
            try Tap(name: name, address: PuppetCloner.newAddress())
        }
        do throws(SystemError) {
            return try PuppetInterface(name, device, key: key, on: host)
        } catch {
            throw Refusal(name, "create", BSDErrno(error.errno), error.call)
        }
    }

    /// One of those that are nobody's: locally administered, and of a station (IEEE Std 802). It is another's until the
    /// other end has said whose.
    private static func newAddress() -> [UInt8] {
        [0x02] + (0..<5).map { _ in UInt8.random(in: 0...255) }
    }

    /// Its connection ends with the process that had it, and is made anew.
    func adopt(
        _ name: String, _ legacy: InterfaceLegacy, from estate: Estate, on host: Host
    ) throws(Refusal) -> PuppetInterface {
        guard case .puppet(let record) = try legacy.part(of: .puppet) else {
            throw Refusal(name, nil, .EINVAL, "not \(PuppetCloner.noun)")
        }
        let device = try Device<Tap>(name, legacy, from: estate, on: host)
        do throws(SystemError) {
            return try PuppetInterface(name, device, record, legacy.counters, key: key, on: host)
        } catch {
            throw Refusal(name, nil, BSDErrno(error.errno), error.call)
        }
    }

    func follow(_ interfaces: [PuppetInterface], on host: Host) -> [Refusal] {
        interfaces.flatMap { $0.follow(on: host) }
    }

    /// They share nothing.
    func release(_ interface: PuppetInterface, on host: Host) {}
    func leave(to estate: Estate) throws(SystemError) {}
    func stop() {}
}
