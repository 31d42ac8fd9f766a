// SPDX-License-Identifier: BSD-2-Clause

public enum Hydrangea {
    /// What `-V` and `org.varlink.service.GetInfo` say.
    public static let version = "0.1"
}

extension VarlinkInterface {
    /// Nil if it cannot be read, which no file that is shipped is.
    public init?(resource bytes: [UInt8]) {
        do throws(VarlinkSyntaxError) {
            try self.init(parsing: String(decoding: bytes, as: UTF8.self))
        } catch {
            return nil
        }
    }

    /// `org.varlink.service`
    public static var service: VarlinkInterface? {
        VarlinkInterface(resource: PackageResources.org_varlink_service_varlink)
    }

    /// `io.hydrangea.ifnet`
    public static var ifnet: VarlinkInterface? {
        VarlinkInterface(resource: PackageResources.io_hydrangea_ifnet_varlink)
    }
}
