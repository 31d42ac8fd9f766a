// SPDX-License-Identifier: BSD-2-Clause

/// What a command line does to an stf interface beyond what it does to any: a view of the fields that lie flat in
/// `Change`. A nil field stays as it is.
public struct StfChange: Equatable, Sendable {
    public var link0: Bool?
    public var link1: Bool?
    public var link2: Bool?
    /// `192.0.2.1/16`, of 6rd.
    public var stfv4net: String?
    /// `192.0.2.254`, or several with commas; 0.0.0.0 removes them.
    public var stfv4br: String?
    /// Lets the address follow the IPv4 address of the default route.
    public var auto: Bool?
    /// `auto`, `kernel` or `user`.
    public var engine: String?
    /// Whether programs may take packets past the interface.
    public var shortcut: Bool?
    /// `eth0,eth1`: between these, frames are taken before the kernel makes packets of them. Empty: nowhere.
    public var xdp: String?
    /// Whether the programs inside the kernel let pass only what the firewall would.
    public var ask: Bool?
    /// `default via ::192.88.99.1`
    public var routes: [String]?
    /// `default`
    public var noroutes: [String]?

    init(_ change: Change) {
        link0 = change.link0
        link1 = change.link1
        link2 = change.link2
        stfv4net = change.stfv4net
        stfv4br = change.stfv4br
        auto = change.auto
        engine = change.engine
        shortcut = change.shortcut
        xdp = change.xdp
        ask = change.ask
        routes = change.routes
        noroutes = change.noroutes
    }

    /// Whether nothing is said.
    var isEmpty: Bool { self == StfChange(Change(interface: "")) }

    /// The first word that is said.
    var word: String {
        let words = [
            ("link0", link0 != nil), ("link1", link1 != nil), ("link2", link2 != nil), ("stfv4net", stfv4net != nil),
            ("stfv4br", stfv4br != nil), ("auto", auto != nil), ("engine", engine != nil),
            ("shortcut", shortcut != nil),
            ("xdp", xdp != nil), ("ask", ask != nil),
        ]
        return words.first(where: \.1)?.0 ?? (routes != nil ? "route" : "-route")
    }
}
