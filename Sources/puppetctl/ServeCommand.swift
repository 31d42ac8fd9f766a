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
    private let interface: String
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
        interface = dev
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
            let ends = word.split(separator: ",").compactMap { IPv6Endpoint(either: $0) }
            guard ends.count == 2 else { throw .line("serve: exclude \(word): not a connection") }
            pairs.append(TransportPair(ends[0], ends[1]))
        }
        return pairs
    }

    // MARK: the tunnel

    func run() throws(ToolError) -> ExitStatus {
        do throws(SystemError) {
            let end = ServedEnd(interface, settings, software: "puppetctl \(Hydrangea.version)")
            if let failure = try end.run() { write("puppetctl: serve: \(failure)\n", to: .error) }
            return .success
        } catch {
            throw .line("serve: \(interface): \(error)")
        }
    }
}
