// SPDX-License-Identifier: BSD-2-Clause
import Faith
import Internet
import KernelPrograms
import Logging
import Relay
import SystemIO
import SystemPackage

/// The place of one interface in the programs that capture, and the relay of what is captured there.
struct FaithPlace {
    let slot: Int
    let programs: FaithCapture
    /// For the sessions of all interfaces.
    let numbers: SessionNumbers

    /// 100::1, of the discard-only prefix (RFC 6666): an address that is nobody's. Only the program leads there.
    static let nowhere = IPv6Address(high: 0x0100 << 48, low: 1)

    /// Of what a relay leaves in an estate. Short, for each of its sessions has names that begin with it.
    /// - Parameter port: that of a local program.
    static func name(ofRelay port: UInt16?, of interface: String) -> String {
        "\(interface).r\(port.map { String($0) } ?? "")"
    }

    /// One that begins with nothing.
    func newRelay(_ name: String) throws(SystemError) -> Relay {
        let listener = try TCPListener(IPv6Endpoint(FaithPlace.nowhere, port: 0), captured: true)
        try listen(with: listener)
        return try Relay(
            on: [listener], policy: FaithRelayPolicy(), pinholes: CapturePinholes(pinholes: programs.pinholes),
            routes: { () throws(SystemError) in try ServerRoutes() }, numbers: numbers, name: name)
    }

    /// One that goes on with the sessions that another process has left, and decides as it did; without them, if they
    /// cannot be taken up.
    func relay(_ name: String, _ record: FaithRecord, from estate: Estate, log: Logger) throws(SystemError) -> Relay {
        do throws(SystemError) {
            let left = try Relay(
                from: estate, as: FaithPlace.name(ofRelay: nil, of: name),
                policy: FaithRelayPolicy(captured(by: record), record), settings: record.limits,
                pinholes: CapturePinholes(pinholes: programs.pinholes),
                routes: { () throws(SystemError) in try ServerRoutes() }, numbers: numbers, name: name)
            if let left {
                // The programs may have begun anew.
                for listener in left.listeners { try listen(with: listener) }
                return left
            }
            log.error("\(name): its sessions were not left")
        } catch {
            log.error("\(name): sessions are broken off: \(error)")
        }
        return try newRelay(name)
    }

    /// What the programs capture for it, before anything is known of routes.
    func captured(by record: FaithRecord) -> PrefixMap<FaithPrefix> {
        PrefixMap(
            programs.captured.filter { $0.value == slot }.keys.compactMap { prefix in
                record.mapping(of: prefix).map { (prefix, $0) }
            })
    }

    /// Brings what is captured to a listener.
    private func listen(with listener: TCPListener) throws(SystemError) {
        do throws(KernelProgramError) {
            try programs.set(listener: listener, slot: slot)
        } catch {
            throw SystemError(object: "sk_lookup program: \(error)", .ioError)
        }
    }
}

/// Data connections of FTP, past the filter of captured ports.
private struct CapturePinholes: RelayPinholes {
    let pinholes: FaithPinholes

    func open(_ endpoint: IPv6Endpoint) throws(SystemError) {
        do throws(KernelProgramError) {
            try pinholes.open(endpoint)
        } catch {
            throw SystemError(object: "pinhole", .noMemory)
        }
    }

    func close(_ endpoint: IPv6Endpoint) {
        // If it fails, there is a way to a port that nobody listens to.
        try? pinholes.close(endpoint)
    }
}
