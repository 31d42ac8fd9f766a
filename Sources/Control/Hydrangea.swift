// SPDX-License-Identifier: BSD-2-Clause

public enum Hydrangea {
    /// What `-V` and `org.varlink.service.GetInfo` say.
    public static let version = "0.1"
}

extension VarlinkInterface {
    /// `org.varlink.service`, and `io.hydrangea.ifnet`, from the files beside this one.
    public static var common: [VarlinkInterface] {
        [PackageResources.org_varlink_service_varlink, PackageResources.io_hydrangea_ifnet_varlink]
            .compactMap { try? VarlinkInterface(parsing: String(decoding: $0, as: UTF8.self)) }
    }
}
