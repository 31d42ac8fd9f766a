// SPDX-License-Identifier: BSD-2-Clause
import Stf

extension StfPermissions {
    /// As net.link.stf.permit_* say.
    init(_ mib: MIB) {
        self.init(
            privateNetwork: mib.isOn(.permitPrivate), sharedSpace: mib.isOn(.permitShared),
            linkLocal: mib.isOn(.permitLinkLocal), reserved: mib.isOn(.permitReserved))
    }
}
