// SPDX-License-Identifier: BSD-2-Clause
import Control

@testable import Tool
@testable import stfctl

extension InterfaceTool {
    static let stfctl = InterfaceTool(name: "stfctl", kind: .stf, commands: StfCommands())
}

extension InterfaceStatus {
    /// What stfctl prints.
    func text(_ detail: InterfaceDetail) -> String {
        let details = StfDetails()
        return text(
            detail, settings: details.settings(of: self),
            details.lines(of: self, counters: detail.contains(.counters)))
    }

    /// `stf0` as `stfctl create stf0` leaves it, with what is different about it.
    static func sample(_ change: (inout InterfaceStatus) -> Void = { _ in }) -> InterfaceStatus {
        var status = InterfaceStatus(name: "stf0", kind: .stf, index: 7)
        status.mtu = 1280
        change(&status)
        return status
    }
}

extension AddressStatus {
    /// `2002:c000:201::1/16` for ever, with what is different about it.
    static func sample(_ change: (inout AddressStatus) -> Void = { _ in }) -> AddressStatus {
        var status = AddressStatus(
            address: "2002:c000:201::1", prefixlen: 16, anycast: false, tentative: false, duplicated: false,
            deprecated: false, pltime: nil, vltime: nil)
        change(&status)
        return status
    }
}
