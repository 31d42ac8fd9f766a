// SPDX-License-Identifier: BSD-2-Clause
public import Internet
public import Puppet
internal import Synchronization
public import SystemIO

/// What somebody asks of the thread of an end.
struct CarrierOrders: ~Copyable {
    var settings = CarrierSettings()
    var isUp = false
    /// Of a slave: the interface that it is to sniff, if that is there, and what it is like.
    var index: UInt32?
    var parameters: Parameters?
    /// A connection that somebody else has made.
    var given: ByteStream?
    /// Changes with each of these.
    var number = 0
}

/// What the thread of an end has to tell.
public struct CarrierReport: Equatable, Sendable {
    public var state = CarrierState.down
    /// Over IPv4 mapped ones.
    public var endpoints: TransportPair?
    public var peer: Hello?
    public var wire: PuppetProtocol?
    /// What the slave says of its interface.
    public var parameters: Parameters?
    /// Of a slave: connections that were found to carry the tunnel, and are not sniffed any more.
    public var found: [TransportPair] = []
    /// Why there is no connection, or nothing is sniffed.
    public var failure: String?
    /// The key that the peer has shown.
    public var key: KeyFingerprint?
    /// Who came last and is not the peer; not each of many.
    public var stranger: Stranger?
    /// The peer was not heard for a while, or until it was given up: what was done in its name is to be undone.
    public var isSilent = false
    /// Nanoseconds there and back, and how much the peer's clock is ahead.
    public var roundTrip: UInt64?
    public var clockOffset: Int64?

    public init() {}
}

/// Who came, and is not the peer.
public struct Stranger: Equatable, Sendable {
    /// Over IPv4 a mapped one.
    public let endpoint: IPv6Endpoint
    /// What he has shown, if anything.
    public let key: KeyFingerprint?
    public let reason: String
}

/// What the thread of an end and others share.
public final class CarrierShared: Sendable {
    public let role: PuppetRole
    let software: String
    private let orders: Mutex<CarrierOrders>
    private let report: Mutex<CarrierReport>
    private let counts: Mutex<CarrierCounters>
    /// Tells the thread of orders.
    let wake: WakeEvent
    /// Tells somebody else of the report.
    private let news: WakeEvent?
    let tag: UInt64

    /// - Parameters:
    ///   - software: who speaks, for the peer.
    ///   - news: is signalled when there is another report.
    public init(
        _ role: PuppetRole, software: String, counters: CarrierCounters = CarrierCounters(), news: WakeEvent? = nil
    ) throws(SystemError) {
        self.role = role
        self.software = software
        self.news = news
        wake = try WakeEvent()
        orders = Mutex(CarrierOrders())
        report = Mutex(CarrierReport())
        counts = Mutex(counters)
        tag = UInt64.random(in: 1...UInt64.max)
    }

    // MARK: for others

    public func set(_ settings: CarrierSettings, isUp: Bool) {
        let isNew = orders.withLock { orders in
            guard orders.settings != settings || orders.isUp != isUp else { return false }
            (orders.settings, orders.isUp) = (settings, isUp)
            orders.number += 1
            return true
        }
        if isNew { wake.signal() }
    }

    /// - Parameter index: nil: the interface is not there.
    public func set(_ parameters: Parameters?, index: UInt32?) {
        let isNew = orders.withLock { orders in
            guard orders.parameters != parameters || orders.index != index else { return false }
            (orders.parameters, orders.index) = (parameters, index)
            orders.number += 1
            return true
        }
        if isNew { wake.signal() }
    }

    /// Goes on with a connection that somebody has made, in place of what there is.
    public func give(_ stream: consuming ByteStream) {
        var stream: ByteStream? = consume stream
        orders.withLock { orders in
            orders.given = stream.take()
            orders.number += 1
        }
        wake.signal()
    }

    public var current: CarrierReport { report.withLock { $0 } }
    public var counters: CarrierCounters { counts.withLock { $0 } }

    // MARK: for the thread

    func withOrders<Result>(_ body: (inout CarrierOrders) -> Result) -> Result {
        orders.withLock { body(&$0) }
    }

    func tell(_ change: (inout CarrierReport) -> Void) {
        let isNew = report.withLock { report in
            let old = report
            change(&report)
            return report != old
        }
        if isNew { news?.signal() }
    }

    /// A time there and back is no news.
    func note(_ change: (inout CarrierReport) -> Void) { report.withLock { change(&$0) } }

    func count(_ change: (inout CarrierCounters) -> Void) { counts.withLock { change(&$0) } }
}
