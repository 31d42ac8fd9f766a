// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
import Puppet
import PuppetCarrier
import SystemIO
import Tool
import Words

/// `serve dev eth0 -inject`: the slave end without a daemon, for whoever has its standard input and output. It ends with
/// them.
struct ServeCommand {
    private let link: NamedLink
    private var settings = CarrierSettings()

    init(_ words: ArraySlice<String>) throws(ToolError) {
        let change: Change
        do throws(WordError) {
            guard case .change(let read) = try InterfaceCommand(parsing: ["serve"] + words, for: .vamp) else {
                throw WordError(object: "serve", reason: "wants dev and an interface")
            }
            change = read
        } catch {
            throw .word(error)
        }
        guard let vamp = change.vamp, let dev = vamp.dev else { throw .usage("serve: wants dev and an interface") }
        link = NamedLink(dev)
        settings.way = .given
        settings.isOnce = true
        settings.offload = vamp.offload ?? true
        settings.isPromiscuous = vamp.promisc ?? true
        settings.injects = vamp.inject ?? true
        settings.direction = vamp.direction.flatMap(FrameDirection.init) ?? .both
        settings.rate = vamp.rate.flatMap { $0 > 0 ? $0 : nil }
        if let words = vamp.filter?.words, !words.isEmpty {
            settings.words = try program(words, "serve").map {
                FilterInstruction(
                    code: UInt16(truncatingIfNeeded: $0 >> 48), jumpTrue: UInt8(truncatingIfNeeded: $0 >> 40),
                    jumpFalse: UInt8(truncatingIfNeeded: $0 >> 32), k: UInt32(truncatingIfNeeded: $0))
            }
        }
        settings.excluded = try ServeCommand.excluded(vamp.exclude ?? ["auto"])
    }

    /// `auto` is the connection of ssh, which its server names (ssh(1)).
    private static func excluded(_ words: [String]) throws(ToolError) -> [TransportPair] {
        var pairs: [TransportPair] = []
        for word in words where word != "none" {
            if word == "auto" || word == "ssh" {
                if let pair = try SSHConnection.pair(for: "serve") { pairs.append(pair) }
                continue
            }
            let ends = word.split(separator: ",").compactMap { SSHConnection.endpoint(String($0)) }
            guard ends.count == 2 else { throw .line("serve: exclude \(word): not a connection") }
            pairs.append(TransportPair(ends[0], ends[1]))
        }
        return pairs
    }

    // MARK: the tunnel

    func run() throws(ToolError) -> ExitStatus {
        do throws(SystemError) {
            return try carry()
        } catch {
            throw .line("serve: \(link.name): \(error)")
        }
    }

    private func carry() throws(SystemError) -> ExitStatus {
        let news = try WakeEvent()
        let shared = try CarrierShared(.slave, software: "puppetctl \(Hydrangea.version)", news: news)
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
        try follower.set(in: ServeCommand.interval)
        while shared.current.state != .ended {
            guard try waitForInput(follower.pollable, unless: news) else {
                news.clear()
                continue
            }
            // What the interface is like may change.
            if follower.hasCome() {
                let state = try? link.state()
                shared.set(state.map(parameters), index: state?.index)
                try follower.set(in: ServeCommand.interval)
            }
        }
        worker.stop()
        if let failure = shared.current.failure { write("puppetctl: serve: \(failure)\n", to: .error) }
        return .success
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
