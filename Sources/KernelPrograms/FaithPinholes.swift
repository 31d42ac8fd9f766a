// SPDX-License-Identifier: BSD-2-Clause
internal import CKernelPrograms
public import Internet
import SystemIO

/// Addresses and ports of captured prefixes for which the kernel looks for a listening socket by itself: one that a relay
/// has bound to exactly that, for the data connection of FTP's passive mode.
///
/// Close the pinhole before the socket: between the two, one of this node that listens at every address would be found.
/// Any thread may do so, and after the end of the capture it does nothing.
public struct FaithPinholes: Sendable {
    private let descriptor: MapDescriptor

    /// So many may be open at once.
    public static let limit = Int(FAITH_PINHOLES_MAX)

    init(duplicating number: Int32) throws(KernelProgramError) {
        do throws(SystemError) {
            descriptor = MapDescriptor(try Descriptor(duplicating: number))
        } catch {
            throw .failed(error)
        }
    }

    private var map: KernelMap<faith_pinhole, UInt32> {
        KernelMap(number: descriptor.descriptor.withNumber { $0 }, owner: descriptor)
    }

    /// Opens one; if it is open, it stays so.
    /// - Throws: E2BIG, if `limit` are.
    public func open(_ endpoint: IPv6Endpoint) throws(KernelProgramError) {
        try map.set(faith_pinhole(endpoint), to: 0)
    }

    /// Closes one; nothing happens if it is not open.
    public func close(_ endpoint: IPv6Endpoint) throws(KernelProgramError) {
        try map.remove(faith_pinhole(endpoint))
    }
}

extension faith_pinhole {
    fileprivate init(_ endpoint: IPv6Endpoint) {
        self.init(address: node_address(endpoint.address), port: UInt32(endpoint.port))
    }
}

/// A descriptor of a map, of its own.
private final class MapDescriptor: Sendable {
    let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor) {
        self.descriptor = descriptor
    }
}
