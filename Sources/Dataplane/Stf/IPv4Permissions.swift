// SPDX-License-Identifier: BSD-2-Clause
import Internet

extension IPv4Rule {
    /// The rule that the address breaks by itself, wherever this host is, and that is not waived by a variable
    /// `net.link.stf.permit_*`: `10.0.0.1` breaks none with `permit_rfc1918`.
    static func broken(by address: IPv4Address, permits: StfPermissions) -> IPv4Rule? {
        broken(by: address).flatMap { permits.waive($0) ? nil : $0 }
    }
}
