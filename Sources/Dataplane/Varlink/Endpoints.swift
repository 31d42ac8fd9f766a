// SPDX-License-Identifier: BSD-2-Clause

/// The Varlink interfaces of this service, in the order in which it names them.
func endpoints(of dataplane: Dataplane, _ boot: BootReload) -> [any VarlinkEndpoint] {
    let others: [any VarlinkEndpoint] = [
        Inet6Endpoint(dataplane), MIBEndpoint(dataplane), FaithEndpoint(dataplane), PuppetEndpoint(dataplane),
        BootEndpoint(boot),
    ]
    let all = [IfnetEndpoint(dataplane, beside: others)] + others
    return [ServiceEndpoint(beside: all)] + all
}
