// SPDX-License-Identifier: BSD-2-Clause
import Control
import Faith
import Internet
import Relay
import SystemIO

/// Brings a change to what an interface had before, or says what of it cannot be.
struct FaithPlanner {
    let interface: String
    let isIdempotent: Bool
    private(set) var record: FaithRecord

    init(_ record: FaithRecord, of interface: String, isIdempotent: Bool) {
        self.record = record
        self.interface = interface
        self.isIdempotent = isIdempotent
    }

    mutating func apply(_ change: FaithChange) throws(Refusal) {
        // What maps decides over which prefixes there may be.
        record.last32 = change.last32 ?? record.last32
        for text in change.noprefixes ?? [] { try remove(prefix: text) }
        for text in change.prefixes ?? [] { try add(prefix: text) }
        for prefix in record.prefixes { try checkMapping(of: prefix) }
        for text in change.norelays ?? [] { try remove(service: text) }
        for relay in change.relays ?? [] { try add(relay) }
        for text in change.norules ?? [] { try remove(rule: text) }
        if let access = change.access { record.rules = try access.map { line throws(Refusal) in try rule(line) } }
        for text in change.rules ?? [] { try add(rule: text) }
        guard AccessList(record.rules) != nil else {
            throw refusal("\(record.rules.count) rules", .EINVAL, "at most \(AccessList.limit)")
        }
        try setLimits(change)
        record.isDraining = change.drain ?? record.isDraining
    }

    // MARK: prefixes

    private mutating func add(prefix text: String) throws(Refusal) {
        let prefix = try self.prefix(text, word: "prefix")
        try checkMapping(of: prefix)
        if record.prefixes.contains(prefix) {
            if isIdempotent { return }
            throw refusal("prefix \(text)", .EEXIST)
        }
        record.prefixes.append(prefix)
    }

    private mutating func remove(prefix text: String) throws(Refusal) {
        let prefix = try self.prefix(text, word: "-prefix")
        guard let place = record.prefixes.firstIndex(of: prefix) else {
            if isIdempotent { return }
            throw refusal("-prefix \(text)", .EADDRNOTAVAIL)
        }
        record.prefixes.remove(at: place)
    }

    private func prefix(_ text: String, word: String) throws(Refusal) -> IPv6Prefix {
        guard let prefix = IPv6Prefix(reading: text, hostLength: nil) else { throw refusal("\(word) \(text)", .EINVAL) }
        guard !FaithRoutes.isNeverCaptured(prefix) else {
            throw refusal("\(word) \(text)", .EINVAL, "not a prefix of global unicast addresses")
        }
        return prefix
    }

    private func checkMapping(of prefix: IPv6Prefix) throws(Refusal) {
        do throws(FaithPrefixError) {
            _ = try record.last32 ? FaithPrefix(prefix, mapping: .lastBits) : FaithPrefix(prefix)
        } catch {
            throw refusal("prefix \(prefix)", .EINVAL, error.description)
        }
    }

    // MARK: services

    private mutating func add(_ change: RelayChange) throws(Refusal) {
        let words = "relay \(change.service)"
        var service = FaithService(ports: try ports(change.service, words))
        if let name = change.application {
            guard let application = RelayApplication(rawValue: name) else { throw refusal("\(words) \(name)", .EINVAL) }
            service.application = application
        }
        service.sendsProxyHeader = change.proxy ?? false
        service.usesReservedPort = change.reserved ?? false
        service.program = change.program ?? []
        if let path = service.program.first {
            // What no line can hold, -c could not say again.
            let isLine = service.program.joined().unicodeScalars.allSatisfy {
                $0.properties.generalCategory != .control
            }
            guard path.utf8.first == UInt8(ascii: "/"), isLine else {
                throw refusal("\(words) local \(path)", .EINVAL, "not the path of a program, from / on")
            }
            guard service.ports.count == 1 else {
                throw refusal("\(words) local \(path)", .EINVAL, "a program is for one port")
            }
        }
        // What a port is known for counts as said.
        let isPlain = service.ports.allSatisfy { service.application(of: $0) == .plain }
        if service.sendsProxyHeader, !isPlain { throw refusal("\(words) proxy", .EINVAL, "only with plain") }
        record.services.removeAll { $0.ports == service.ports }
        record.services.append(service)
        record.services.sort {
            ($0.ports.lowerBound, $0.ports.upperBound) < ($1.ports.lowerBound, $1.ports.upperBound)
        }
    }

    private mutating func remove(service text: String) throws(Refusal) {
        let ports = try ports(text, "-relay \(text)")
        guard let place = record.services.firstIndex(where: { $0.ports == ports }) else {
            if isIdempotent { return }
            throw refusal("-relay \(text)", .ENOENT, "no such relay")
        }
        record.services.remove(at: place)
    }

    private func ports(_ text: String, _ words: String) throws(Refusal) -> ClosedRange<UInt16> {
        let path = "/etc/services"
        let ports = ServiceName.ports(text) {
            String(decoding: (try? contents(ofFile: path)) ?? [], as: UTF8.self)
        }
        guard let ports else { throw refusal(words, .EINVAL, "neither a port, low-high, all, nor a name of \(path)") }
        return ports
    }

    // MARK: rules

    private func rule(_ line: String) throws(Refusal) -> AccessRule {
        do throws(AccessRuleError) {
            return try AccessRule(fields: line.split(separator: " ").map(String.init))
        } catch {
            throw refusal(line, .EINVAL, error.reason)
        }
    }

    private mutating func add(rule line: String) throws(Refusal) {
        let rule = try rule(line)
        // Behind its like it would decide over nothing.
        if isIdempotent, record.rules.contains(rule) { return }
        record.rules.append(rule)
    }

    private mutating func remove(rule line: String) throws(Refusal) {
        let rule = try rule(line)
        guard let place = record.rules.firstIndex(of: rule) else {
            if isIdempotent { return }
            throw refusal(line, .ENOENT, "no such rule")
        }
        record.rules.remove(at: place)
    }

    // MARK: limits

    private mutating func setLimits(_ change: FaithChange) throws(Refusal) {
        let second = { (seconds: Int) in Duration.seconds(seconds) }
        try set(\.idleTimeout, change.idle.map { $0 == 0 ? FaithPlanner.never : $0 }, "idle", second)
        try set(\.connectTimeout, change.connecttime, "connecttime", in: 1...3600, second)
        try set(\.keepalive, change.keepalive, "keepalive") { $0 == 0 ? nil : second($0) }
        try set(\.userTimeout, change.usertime, "usertime") { $0 == 0 ? nil : second($0) }
        let count = { (number: Int) in number == 0 ? Int.max : number }
        try set(\.maximumSessions, change.maxsessions, "maxsessions", count)
        try set(\.newSessionsPerSecondInAll, change.maxrate, "maxrate") { $0 == 0 ? nil : $0 }
        try set(\.sessionsPerClient, change.clientsessions, "clientsessions", count)
        try set(\.newSessionsPerSecond, change.clientrate, "clientrate", count)
        // As many at once as in two seconds: a browser opens dozens.
        if let rate = change.clientrate { record.limits.burst = rate == 0 ? Int.max : 2 * rate }
        try set(\.clientPrefixLength, change.clientlen, "clientlen", in: 1...128) { $0 }
    }

    /// Ten years.
    static let never = 315_360_000

    private mutating func set<Value>(
        _ path: WritableKeyPath<RelaySettings, Value>, _ number: Int?, _ word: String,
        in range: ClosedRange<Int> = 0...FaithPlanner.never, _ value: (Int) -> Value
    ) throws(Refusal) {
        guard let number else { return }
        guard range.contains(number) else {
            throw refusal("\(word) \(number)", .EINVAL, "\(range.lowerBound)..\(range.upperBound)")
        }
        record.limits[keyPath: path] = value(number)
    }

    private func refusal(_ value: String, _ errno: BSDErrno, _ detail: String? = nil) -> Refusal {
        Refusal(interface, value, errno, detail)
    }
}
