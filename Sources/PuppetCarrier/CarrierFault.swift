// SPDX-License-Identifier: BSD-2-Clause
internal import Puppet
internal import SystemIO

/// Why a connection ends.
enum CarrierFault: Error, CustomStringConvertible {
    case ended
    case silent
    case wire(WireFault)
    case system(SystemError)
    /// It is not secret, or whoever is there is not the peer.
    case channel(ChannelFault)
    /// Nobody has said in time who he is.
    case unknown
    /// The device that frames come from is gone, and nothing is left to do.
    case noDevice
    /// Somebody wants it otherwise.
    case told

    var description: String {
        switch self {
        case .ended: "the peer has closed the connection"
        case .silent: "the peer is silent"
        case .wire(let fault): fault.description
        case .system(let error): "\(error)"
        case .channel(let fault): "TLS: \(fault.reason)"
        case .unknown: "TLS: nothing is said"
        case .noDevice: "the device is gone"
        case .told: "ended here"
        }
    }

    static func system<Result>(_ body: () throws(SystemError) -> Result) throws(CarrierFault) -> Result {
        do throws(SystemError) {
            return try body()
        } catch {
            throw .system(error)
        }
    }
}
