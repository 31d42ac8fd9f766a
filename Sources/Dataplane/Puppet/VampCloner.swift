// SPDX-License-Identifier: BSD-2-Clause
import Control
import SystemIO

/// Makes vamp interfaces.
final class VampCloner: Cloner {
    static let kind = InterfaceKind.vamp
    static let noun = "a vamp interface"

    private let key: TunnelKey

    init(_ key: TunnelKey) {
        self.key = key
    }

    func make(_ name: String, on host: Host) throws(Refusal) -> VampInterface {
        do throws(SystemError) {
            return try VampInterface(name, key: key, on: host)
        } catch {
            throw Refusal(name, "create", BSDErrno(error.errno), error.call)
        }
    }

    /// Its connection ends with the process that had it, and is made anew.
    func adopt(
        _ name: String, _ legacy: InterfaceLegacy, from estate: Estate, on host: Host
    ) throws(Refusal) -> VampInterface {
        guard case .vamp(let record) = try legacy.part(of: .vamp) else {
            throw Refusal(name, nil, .EINVAL, "not \(VampCloner.noun)")
        }
        do throws(SystemError) {
            let interface = try VampInterface(name, record, legacy.counters, key: key, on: host)
            interface.adopt(legacy.change)
            return interface
        } catch {
            throw Refusal(name, nil, BSDErrno(error.errno), error.call)
        }
    }

    func follow(_ interfaces: [VampInterface], on host: Host) -> [Refusal] {
        for interface in interfaces { interface.follow(on: host) }
        return []
    }

    /// They share nothing.
    func release(_ interface: VampInterface, on host: Host) {}
    func leave(to estate: Estate) throws(SystemError) {}
    func stop() {}
}
