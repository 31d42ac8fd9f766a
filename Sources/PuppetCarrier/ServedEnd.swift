// SPDX-License-Identifier: BSD-2-Clause
internal import Internet
internal import Puppet
public import SystemIO

/// The slave end without a daemon, for whoever has the other ends of standard input and output. It ends with them.
public struct ServedEnd {
    private let link: NamedLink
    private let settings: CarrierSettings
    private let software: String

    /// - Parameter software: who speaks, for the peer.
    public init(_ interface: String, _ settings: CarrierSettings, software: String) {
        link = NamedLink(interface)
        self.settings = settings
        self.software = software
    }

    /// Returns why it ended; nil: it was to.
    /// - Throws: ENODEV if there is no such interface.
    public func run() throws(SystemError) -> String? {
        let news = try WakeEvent()
        let shared = try CarrierShared(.slave, software: software, news: news)
        let state = try link.state()
        shared.set(parameters(state), index: state.index)
        shared.set(settings, isUp: true)
        shared.give(
            try ByteStream(reading: Descriptor(duplicating: 0), writing: Descriptor(duplicating: 1)))
        let worker = try Worker("puppetctl") { wake in
            var carrier = Carrier(shared, tap: nil)
            carrier.run(until: wake)
        }
        let follower = try Alarm()
        try follower.set(in: ServedEnd.interval)
        while shared.current.state != .ended {
            guard try waitForInput(follower.pollable, unless: news) else {
                news.clear()
                continue
            }
            // What the interface is like may change.
            if follower.hasCome() {
                let state = try? link.state()
                shared.set(state.map(parameters), index: state?.index)
                try follower.set(in: ServedEnd.interval)
            }
        }
        worker.stop()
        return shared.current.failure
    }

    private static let interval = Duration.seconds(1)

    private func parameters(_ state: NamedLink.State) -> Parameters {
        var parameters = Parameters(
            name: link.name, address: HardwareAddress(state.address), mtu: state.mtu, isRunning: state.isRunning)
        if let ipv4 = state.ipv4 {
            parameters.ipv4 = [Parameters.IPv4Prefix(ipv4.address, length: ipv4.length)]
        }
        return parameters
    }
}
