// SPDX-License-Identifier: BSD-2-Clause
internal import CKernelPrograms
import SystemIO
import SystemPackage

/// The program of stf(4) for frames that the kernel has made no packets of yet, at Ethernet devices that are named for it.
final class StfExpress {
    private let object: KernelObject
    private var ports: MirroredMap<UInt32, UInt32, StfPort>
    private var links: [UInt32: DevicePlace] = [:]

    /// - Parameter other: the programs whose decisions it goes by.
    init(beside other: KernelObject) throws(KernelProgramError) {
        object = try KernelObject(
            loading: stfObject, only: STF_EXPRESS_PROGRAM, needing: .trafficControl, sharing: other)
        ports = MirroredMap(try other.map(STF_PORTS_MAP, UInt32.self, StfPort.self)) { $0 }
    }

    var devices: [UInt32] { links.keys.sorted() }

    /// Makes it be at these devices, and at no others.
    /// - Returns: why it cannot be at some.
    func attach(
        to wanted: [UInt32: StfPort], pins: Pins?
    ) throws(KernelProgramError) -> [UInt32: KernelProgramError] {
        // It looks at nothing that comes in by another device.
        try ports.bring(to: wanted)
        for (device, link) in links where wanted[device] == nil {
            link.end()
            links[device] = nil
        }
        var refusals: [UInt32: KernelProgramError] = [:]
        for device in wanted.keys.sorted() where links[device] == nil {
            do throws(KernelProgramError) {
                links[device] = try DevicePlace(
                    STF_EXPRESS_PROGRAM, of: object, at: .express, of: device, isLink: true, pins: pins)
            } catch {
                refusals[device] = error
            }
        }
        return refusals
    }

    /// Runs it over a frame, as if that came in by a device where it is. Nothing is sent.
    func run(
        over frame: [UInt8], at device: UInt32
    ) throws(KernelProgramError) -> (verdict: Int32, frame: [UInt8]) {
        try object.runExpress(STF_EXPRESS_PROGRAM, over: frame, at: device)
    }

    func detach() {
        for link in links.values { link.end() }
        links = [:]
    }
}

/// `struct stf_port`, that can be compared.
struct StfPort: BitwiseCopyable, Equatable {
    var address: UInt64
    var stripping: UInt64
}

extension StfPrograms {
    /// Has packets of shortcuts between these Ethernet devices taken before the kernel makes packets of frames (XDP).
    /// Requires Linux 6.6, and drivers that do this.
    /// - Parameter devices: of each, which of its features take VLAN tags off frames.
    /// - Returns: why some of them cannot be among them.
    public func setExpress(
        _ devices: [UInt32: UInt64]
    ) throws(KernelProgramError) -> [UInt32: KernelProgramError] {
        guard !devices.isEmpty || express != nil else { return [:] }
        let express: StfExpress
        if let known = self.express { express = known } else { express = try StfExpress(beside: object) }
        self.express = express
        let tunnels = try object.map(STF_TUNNELS_MAP, UInt32.self, UInt64.self)
        var wanted: [UInt32: StfPort] = [:]
        for (device, stripping) in devices {
            // The program that finds interfaces finds devices as well.
            _ = try object.run(STF_FIND_PROGRAM, over: KernelObject.anyFrame, at: device)
            guard let address = try tunnels.value(of: device, or: 0) else { continue }
            wanted[device] = StfPort(address: address, stripping: stripping)
        }
        return try express.attach(to: wanted, pins: pins)
    }

    /// Runs the program for frames; nil if it was never wanted.
    package func runExpress(
        over frame: [UInt8], at device: UInt32
    ) throws(KernelProgramError) -> (verdict: Int32, frame: [UInt8])? {
        try express?.run(over: frame, at: device)
    }

    /// Devices at which frames are taken.
    public var expressDevices: [UInt32] { express?.devices ?? [] }
}
