// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
import Puppet
import PuppetCarrier

/// What can be said about an end of a tunnel with words, whichever of the two it is.
struct TunnelRecord: Equatable, Sendable {
    /// How to come to the peer, as it was said.
    var way: Way?
    /// The keys that the peer may have; with any, the connection is TLS.
    var peers: [KeyFingerprint] = []
    var isInsecure = false
    var wire = PuppetProtocol.modern
    var offloads = true
    /// The words, and the program that a tool has made of them.
    var filter: FilterChange?
    var program: [FilterInstruction] = []
    /// Seconds.
    var keepalive = [10, 60]
    var reconnect = [1, 30]
    var copies: Set<Copy>
    /// Bytes a second; 0: any number.
    var rate = 0

    init(copies: Set<Copy>) {
        self.copies = copies
    }

    enum Way: Equatable, Sendable {
        case listen(String)
        case connect(String)
    }

    /// What is made alike at the other end.
    enum Copy: String, CaseIterable, Sendable {
        case link, mtu, inet, inet6
    }

    // MARK: changes

    /// - Throws: what cannot be; words of the other kind are for this kind to refuse.
    mutating func apply(_ change: PuppetChange, of name: String) throws(Refusal) {
        if let text = change.listen { way = text.isEmpty ? (way?.isListening == true ? nil : way) : .listen(text) }
        if let text = change.connect { way = text.isEmpty ? (way?.isListening == false ? nil : way) : .connect(text) }
        if let keys = change.peer { peers = try TunnelRecord.peers(keys, of: name) }
        isInsecure = change.insecure ?? isInsecure
        offloads = change.offload ?? offloads
        if let text = change.proto {
            guard let wire = PuppetProtocol(word: text) else { throw Refusal(name, "proto \(text)", .EINVAL) }
            self.wire = wire
        }
        if let filter = change.filter { try set(filter, of: name) }
        keepalive = try TunnelRecord.seconds(change.keepalive, "keepalive", name) ?? keepalive
        reconnect = try TunnelRecord.seconds(change.reconnect, "reconnect", name) ?? reconnect
        if let words = change.copy {
            copies = []
            for word in words where word != "none" {
                guard let copy = Copy(rawValue: word) else { throw Refusal(name, "copy \(word)", .EINVAL) }
                copies.insert(copy)
            }
        }
        if let rate = change.rate {
            guard rate >= 0 else { throw Refusal(name, "rate \(rate)", .EINVAL) }
            self.rate = rate
        }
        try checkWay(of: name)
    }

    private static func peers(_ texts: [String], of name: String) throws(Refusal) -> [KeyFingerprint] {
        guard texts.count <= mostPeers else { throw Refusal(name, "peer", .EINVAL, "more than \(mostPeers) keys") }
        var peers: [KeyFingerprint] = []
        for text in texts {
            guard let key = KeyFingerprint(text) else { throw Refusal(name, "peer \(text)", .EINVAL, "not a key") }
            if !peers.contains(key) { peers.append(key) }
        }
        return peers
    }

    private static let mostPeers = 64

    private mutating func set(_ filter: FilterChange, of name: String) throws(Refusal) {
        guard !filter.words.isEmpty else {
            (self.filter, program) = (nil, [])
            return
        }
        let words = "filter \(filter.words)"
        guard let program = [FilterInstruction](digits: filter.program) else {
            throw Refusal(name, words, .EINVAL, "its program is missing: say it to puppetctl")
        }
        do throws(FilterFault) {
            try FilterProgram.check(program)
        } catch {
            throw Refusal(name, words, .EINVAL, error.description)
        }
        self.filter = filter
        self.program = program
    }

    private static func seconds(_ numbers: [Int]?, _ word: String, _ name: String) throws(Refusal) -> [Int]? {
        guard let numbers else { return nil }
        guard numbers.count == 2, numbers[0] <= numbers[1], numbers.allSatisfy({ (1...86_400).contains($0) }) else {
            throw Refusal(
                name, "\(word) \(numbers.map(String.init).joined(separator: " "))", .EINVAL,
                "two numbers of seconds, the second not less than the first")
        }
        return numbers
    }

    /// Whoever reads along reads frames, and whoever comes by may have the interface: that must be meant.
    private func checkWay(of name: String) throws(Refusal) {
        guard let way else { return }
        guard let endpoint = way.endpoint else { throw Refusal(name, way.words, .EINVAL, "wants address:port") }
        guard endpoint.isLoopback || isInsecure || !peers.isEmpty else {
            throw Refusal(
                name, way.words, .EINVAL, "plain TCP with other hosts: say peer and a key, or say insecure, or use ssh")
        }
    }

    func say(in change: inout PuppetChange) {
        switch way {
        case .listen(let text): change.listen = text
        case .connect(let text): change.connect = text
        case nil: break
        }
        change.peer = peers.map(\.description)
        change.insecure = isInsecure
        change.proto = wire.word
        change.offload = offloads
        change.filter = filter
        (change.keepalive, change.reconnect) = (keepalive, reconnect)
        change.copy = copyWords
        change.rate = rate
    }

    var copyWords: [String] {
        copies.isEmpty ? ["none"] : Copy.allCases.filter { copies.contains($0) }.map(\.rawValue)
    }

    // MARK: for the thread

    /// - Parameter identity: without one, who wants to know the peer's key goes nowhere.
    func settings(_ identity: (any CarrierIdentity)?) -> CarrierSettings {
        var settings = CarrierSettings()
        settings.security = peers.isEmpty ? nil : identity.map { CarrierSecurity($0, peers: peers) }
        settings.way = peers.isEmpty || identity != nil ? way?.carrierWay : nil
        settings.wire = wire
        settings.offload = offloads
        settings.words = program
        settings.copies = copies.contains(.link)
        (settings.keepalive, settings.dead) = (.seconds(keepalive[0]), .seconds(keepalive[1]))
        settings.pause = .seconds(reconnect[0]) ... .seconds(reconnect[1])
        settings.rate = rate > 0 ? rate : nil
        return settings
    }
}

extension TunnelRecord.Way {
    var isListening: Bool {
        switch self {
        case .listen: true
        case .connect: false
        }
    }

    var text: String {
        switch self {
        case .listen(let text), .connect(let text): text
        }
    }

    /// `listen [::1]:7113`
    fileprivate var words: String { "\(isListening ? "listen" : "connect") \(text)" }

    /// Over IPv4 the address is a mapped one.
    fileprivate var endpoint: IPv6Endpoint? { IPv6Endpoint(either: text) }

    fileprivate var carrierWay: CarrierWay? {
        endpoint.map { isListening ? .listen($0) : .connect($0) }
    }
}

extension PuppetProtocol {
    init?(word: String) {
        switch word {
        case "modern": self = .modern
        case "auto": self = .auto
        case "1.3": self = .legacy(.v1_3)
        case "1.4": self = .legacy(.v1_4)
        case _: return nil
        }
    }

    var word: String {
        switch self {
        case .modern: "modern"
        case .auto: "auto"
        case .legacy(.v1_3): "1.3"
        case .legacy(.v1_4): "1.4"
        }
    }
}

extension [FilterInstruction] {
    /// Sixteen hexadecimal digits each: `struct sock_filter`, each number as it is written.
    init?(digits: String) {
        let digits = Array<UInt8>(digits.utf8)
        guard !digits.isEmpty, digits.count % 16 == 0, digits.count / 16 <= FilterProgram.longest else { return nil }
        self = []
        for start in stride(from: 0, to: digits.count, by: 16) {
            let text = String(decoding: digits[start..<start + 16], as: UTF8.self)
            guard let number = UInt64(text, radix: 16), !text.hasPrefix("+") else { return nil }
            append(
                FilterInstruction(
                    code: UInt16(number >> 48), jumpTrue: UInt8(truncatingIfNeeded: number >> 40),
                    jumpFalse: UInt8(truncatingIfNeeded: number >> 32), k: UInt32(truncatingIfNeeded: number)))
        }
    }
}
