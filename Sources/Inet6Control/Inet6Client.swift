// SPDX-License-Identifier: BSD-2-Clause
public import Control

extension VarlinkInterface {
    /// `io.hydrangea.boot`
    public static var boot: VarlinkInterface? {
        VarlinkInterface(resource: PackageResources.io_hydrangea_boot_varlink)
    }

    /// `io.hydrangea.inet6`
    public static var inet6: VarlinkInterface? {
        VarlinkInterface(resource: PackageResources.io_hydrangea_inet6_varlink)
    }

    /// `io.hydrangea.mib`
    public static var mib: VarlinkInterface? {
        VarlinkInterface(resource: PackageResources.io_hydrangea_mib_varlink)
    }
}

extension ControlClient {
    /// The addresses of one interface, or of all.
    public func inet6(_ interface: String?) throws(ControlError) -> Inet6ListReply {
        try call(Inet6Method.list.name, interface.map { ["interface": $0] })
    }

    public func apply(_ changes: [Inet6Change], idempotent: Bool) throws(ControlError) -> ApplyReply {
        try call(Inet6Method.apply.name, Inet6ApplyParameters(changes: changes, idempotent: idempotent ? true : nil))
    }

    public func read(_ name: String?) throws(ControlError) -> ReadReply {
        try call(MIBMethod.read.name, name.map { ["name": $0] })
    }

    /// - Parameter check: nothing is set.
    public func write(_ assignments: [Assignment], check: Bool = false) throws(ControlError) -> WriteReply {
        try call(MIBMethod.write.name, WriteParameters(assignments: assignments, check: check ? true : nil))
    }

    /// Calls `body` with each event of variables until the daemon goes away.
    public func monitorVariables(_ body: (VariableEvent) -> Void) throws(ControlError) -> Never {
        try follow(MIBMethod.monitor.name, body)
    }
}
