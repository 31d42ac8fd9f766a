// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
import Puppet
import PuppetCarrier
import SystemIO
import Tool

/// Why the program ends before there is anything to carry.
enum EtherpuppetError: Error {
    case usage(String)
    /// The value of an option is refused: how options are given is no matter then.
    case value(String)
    /// `-h`
    case answered(String)
    case failed(String)

    var isAnswer: Bool {
        switch self {
        case .answered: true
        case .usage, .value, .failed: false
        }
    }

    var text: String {
        switch self {
        case .usage(let reason): "etherpuppet: \(reason)\n\(Etherpuppet.usage)"
        case .answered(let text): text
        case .value(let reason), .failed(let reason): "etherpuppet: \(reason)\n"
        }
    }

    var status: ExitStatus {
        switch self {
        case .usage, .value: .usage
        case .answered: .success
        case .failed: .refused
        }
    }
}

/// etherpuppet(1): one end of a tunnel without a daemon, by the options of the original.
struct Etherpuppet {
    private var settings = CarrierSettings()
    private let isMaster: Bool
    /// Of a slave, the interface; of a master, the name of its own.
    private let interface: String
    private let comesUp: Bool
    /// Its standard input and output are the connection.
    private let isServing: Bool

    static let usage = """
        usage: etherpuppet [-s port] [-c target:port] [-B] [-S] [-M src:sp,dst:dp] [-C] [-p protocol] -i iface
               etherpuppet -t [-S] [-M src:sp,dst:dp] [-C] -i iface
               etherpuppet -m [-s port] [-c target:port] [-C] [-u] [-p protocol] [-I iface]

        """

    init(arguments: [String]) throws(EtherpuppetError) {
        let options: Options
        do throws(UsageError) {
            options = try Options(parsing: arguments, known: "Bc:Chi:I:mM:p:s:Stuv")
        } catch {
            throw .usage(error.reason)
        }
        if options.has("h") { throw .answered(Etherpuppet.usage) }
        if options.has("v") { throw .answered("etherpuppet of Hydrangea \(Hydrangea.version)\n") }
        if let word = options.words.first { throw .usage("\(word): takes no words") }
        isMaster = options.has("m")
        comesUp = options.has("u")
        if isMaster {
            interface = options.value("I") ?? "puppet%d"
        } else if let name = options.value("i") {
            interface = name
        } else {
            throw .usage("-i: which interface?")
        }
        guard interface.utf8.count <= 15 else { throw .value("\(interface): name too long") }
        settings.isOnce = true
        settings.copies = !options.has("C")
        settings.excludesItself = !options.has("B")
        // The originals have no promiscuous mode; without it, a doll hears nothing for addresses of its own.
        isServing = options.has("t")
        if isServing {
            for letter: Character in ["c", "I", "m", "p", "s", "u"]
            where options.has(letter) || options.value(letter) != nil {
                throw .usage("-t goes not with -\(letter)")
            }
            settings.way = .given
        } else {
            settings.way = try Etherpuppet.way(options)
            settings.wire = try Etherpuppet.wire(options.value("p"), settings.way)
        }
        if options.has("S") { settings.excluded.append(try Etherpuppet.sshConnection()) }
        if let text = options.value("M") {
            guard let pair = TransportPair(ends: text.split(separator: ",", omittingEmptySubsequences: false)) else {
                throw .value("-M \(text): wants source:port,destination:port")
            }
            settings.excluded.append(pair)
        }
    }

    private static func way(_ options: Options) throws(EtherpuppetError) -> CarrierWay {
        switch (options.value("s"), options.value("c")) {
        case (let text?, nil):
            // A port, as the original has it, or an address too.
            if let port = UInt16(text), port != 0 {
                return .listen(IPv6Endpoint(IPv6Address(mapped: IPv4Address(bits: 0)), port: port))
            }
            guard let endpoint = IPv6Endpoint(either: text) else { throw .value("-s \(text): not a port") }
            return .listen(endpoint)
        case (nil, let text?):
            guard let endpoint = IPv6Endpoint(either: text) else {
                throw .value("-c \(text): wants address:port, of IPv6 [address]:port")
            }
            return .connect(endpoint)
        case (nil, nil): throw .usage("one of -s and -c is missing")
        case (_?, _?): throw .usage("-s and -c go not together")
        }
    }

    /// Who listens hears what is spoken; who connects says what Debian's etherpuppet understands.
    private static func wire(_ text: String?, _ way: CarrierWay?) throws(EtherpuppetError) -> PuppetProtocol {
        switch text {
        case nil:
            if case .connect = way { return .legacy(.v1_3) }
            return .auto
        case "modern": return .modern
        case "1.3": return .legacy(.v1_3)
        case "1.4": return .legacy(.v1_4)
        case let text?: throw .value("-p \(text): modern, 1.3 or 1.4")
        }
    }

    /// `192.0.2.1 50000 198.51.100.7 22`: the client and the server (ssh(1)).
    private static func sshConnection() throws(EtherpuppetError) -> TransportPair {
        let words = (environment("SSH_CONNECTION") ?? "").split(separator: " ")
        guard words.count == 4,
            let pair = TransportPair(
                ends: [(words[0], words[1]), (words[2], words[3])].map { address, port in
                    Substring(address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)")
                })
        else { throw .failed("-S: SSH_CONNECTION does not say what connection this is") }
        return pair
    }

    // MARK: the tunnel

    /// Returns when the peer has gone.
    func run() throws(EtherpuppetError) {
        let failure: String?
        do throws(SystemError) {
            failure = try isServing ? serve() : carry()
        } catch {
            throw .failed("\(error)")
        }
        if let failure { throw .failed(failure) }
    }

    /// Returns why it ended, if it was not to.
    private func serve() throws(SystemError) -> String? {
        try ServedEnd(interface, settings, software: "etherpuppet \(Hydrangea.version)").run()
    }

    /// Returns why nobody ever was there, if so.
    private func carry() throws(SystemError) -> String? {
        let news = try WakeEvent()
        let shared = try CarrierShared(
            isMaster ? .master : .slave, software: "etherpuppet \(Hydrangea.version)", news: news)
        let tap = isMaster ? try Tap(name: interface, address: Etherpuppet.newAddress()) : nil
        let link = NamedLink(try tap?.name() ?? interface)
        if tap != nil {
            write("Interface \(link.name)\n", to: .output)
            if comesUp { try link.bringUp() }
        } else {
            shared.set(try parameters(of: link), index: try link.state().index)
        }
        shared.set(settings, isUp: true)
        let worker = try Worker("etherpuppet") { wake in
            var carrier = Carrier(shared, tap: tap)
            carrier.run(until: wake)
        }
        var last = CarrierReport()
        var isReached = false
        while last.state != .ended {
            try news.wait()
            news.clear()
            let report = shared.current
            if report.state == .connected, last.state != .connected {
                write("Communication established!\n", to: .output)
                isReached = true
            }
            if tap != nil, settings.copies, let parameters = report.parameters, parameters != last.parameters {
                try make(link, parameters, report.wire)
            }
            last = report
        }
        worker.stop()
        guard isReached else { return last.failure ?? "nobody came" }
        if let failure = last.failure { write("\(failure)\n", to: .output) }
        return nil
    }

    private static func newAddress() -> [UInt8] { [0x02] + (0..<5).map { _ in UInt8.random(in: 0...255) } }

    private func parameters(of link: NamedLink) throws(SystemError) -> Parameters {
        let state = try link.state()
        var parameters = Parameters(name: link.name, address: HardwareAddress(state.address), mtu: state.mtu)
        if let ipv4 = state.ipv4 {
            parameters.ipv4 = [Parameters.IPv4Prefix(ipv4.address, length: ipv4.length)]
        }
        return parameters
    }

    /// The address of the link is made already.
    private func make(_ link: NamedLink, _ parameters: Parameters, _ wire: PuppetProtocol?) throws(SystemError) {
        if let mtu = parameters.mtu {
            // A slave of version 0.3 adds four bytes to what it emits, and dies of a frame that is too long then.
            try link.set(mtu: wire == .legacy(.v1_3) ? max(mtu - 4, Parameters.mtus.lowerBound) : mtu)
        }
        if let ipv4 = parameters.ipv4.first { try link.set(ipv4.address, length: ipv4.length) }
    }
}

extension TransportPair {
    fileprivate init?(ends: [Substring]) {
        let ends = ends.compactMap { IPv6Endpoint(either: $0) }
        guard ends.count == 2 else { return nil }
        self.init(ends[0], ends[1])
    }
}
