// SPDX-License-Identifier: BSD-2-Clause
import Internet
import KernelPrograms
import Netlink
import Relay
import SystemIO
import SystemPackage

/// The programs inside the kernel that give captured connections to relays, and which interface has which of their places.
final class FaithCapturing {
    let programs: FaithCapture
    /// Of the errors that are sent.
    let hops = HopLimit()
    private var slots: [UInt32: Int] = [:]
    private var worker: Worker?

    /// - Parameter limit: of the errors that are sent.
    init(limit: ErrorLimit) throws(KernelProgramError) {
        programs = try FaithCapture()
        guard let untold = programs.untold else { return }
        let hops = hops
        do throws(SystemError) {
            let socket = try RawIPv6Socket()
            worker = try Worker("faith-untold") { wake in
                UntoldWorker(packets: untold, socket: socket, hops: hops, limit: limit).run(until: wake)
            }
        } catch {
            throw .failed(error)
        }
    }

    func stop() {
        worker?.stop()
    }

    /// Takes a place for an interface; nil if there is none.
    func takeSlot(for index: UInt32) -> Int? {
        let taken = Set(slots.values)
        guard let slot = (0..<FaithCapture.slots).first(where: { !taken.contains($0) }) else { return nil }
        slots[index] = slot
        return slot
    }

    /// Brings what a place captures to a listener.
    func listen(with listener: TCPListener, slot: Int) throws(SystemError) {
        do throws(KernelProgramError) {
            try programs.set(listener: listener, slot: slot)
        } catch {
            throw SystemError(object: "sk_lookup program: \(error)", .ioError)
        }
    }

    /// Gives the place back. True: there is no interface left.
    func release(_ index: UInt32) throws(KernelProgramError) -> Bool {
        if let slot = slots.removeValue(forKey: index) {
            try programs.clear(slot: slot)
        }
        return slots.isEmpty
    }

    /// What is captured follows the routes out of an interface, whoever made them: for each, in its table and preferred to
    /// it, there is a route that makes what it is for local. A longer route to elsewhere is longer still.
    ///
    /// - Returns: the local routes that there should be.
    static func routes(for unicast: [IPv6Route], capturing isCaptured: (IPv6Prefix) -> Bool) -> Set<IPv6Route> {
        Set(
            unicast
                .filter { !isNeverCaptured($0.destination) && isCaptured($0.destination) && $0.metric > metric }
                .map {
                    IPv6Route(
                        destination: $0.destination, index: $0.index, metric: metric, table: $0.table, type: .local)
                })
    }

    /// Of our local routes. Below it only those can be that ask for it; others have 1024, or 256 from the kernel.
    static let metric: UInt32 = 1

    /// Link-local addresses and groups have an interface of their own meaning; `::1`, `::192.0.2.1` and
    /// `::ffff:192.0.2.1` are on no wire (RFC 4291 §2.5).
    static func isNeverCaptured(_ prefix: IPv6Prefix) -> Bool {
        let high = prefix.address.high
        return high >> 54 == 0xFE80 >> 6 || high >> 56 == 0xFF || high == 0 && prefix.length >= 64
    }
}

/// Data connections of FTP, past the filter of captured ports.
struct CapturePinholes: RelayPinholes {
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
