// SPDX-License-Identifier: BSD-2-Clause
internal import Internet
internal import SystemIO

/// A port at which one data connection is waited for, on behalf of a session. It counts as a session from the beginning,
/// so that what is announced can be had.
final class DataPort {
    /// What becomes of the connection.
    enum Purpose: Codable {
        /// FTP, passive: it comes from the client, and goes to the server.
        case passive(server: IPv4Endpoint)
        /// FTP, active: it comes from the server, and goes to the client.
        case active(client: IPv6Endpoint)
        /// rsh: the same between reserved ports, for the standard error of a command.
        case errors(client: IPv6Endpoint)
    }

    let purpose: Purpose
    let listener: TCPListener
    /// What it listens on; an IPv4 address is a mapped one.
    let name: IPv6Endpoint
    /// For `kill`, as that of a session.
    var number: UInt64 = 0
    let began: UInt64
    /// Of one that is a reserved port.
    var reserved: ReservedPlace?
    private let peer: IPv6Address
    private let prefix: IPv6Address
    private let shared: RelayShared
    private var hasPinhole = false
    private var isAdmitted = true

    /// Takes over the admission of `opener`.
    fileprivate init(
        _ purpose: Purpose, _ listener: TCPListener, _ name: IPv6Endpoint, for peer: IPv6Address,
        _ opener: DataPortOpener
    ) {
        self.purpose = purpose
        self.listener = listener
        self.name = name
        self.peer = peer
        (prefix, shared, began) = (opener.prefix, opener.shared, opener.now)
    }

    /// Goes on with one that was left, and that `prefix` has been admitted for again. Nil: there is no way to it any more.
    init?(_ record: DataPortRecord, _ listener: TCPListener, prefix: IPv6Address, shared: RelayShared) {
        purpose = record.purpose
        self.listener = listener
        name = record.name
        peer = record.peer
        number = record.number
        began = record.began
        self.prefix = prefix
        self.shared = shared
        if case .errors = purpose { reserved = shared.reserved.inherit(prefix) }
        // If its pinhole was left too, it is open, and stays so.
        guard (try? openPinhole()) != nil else { return nil }
    }

    /// Leaves the socket and the pinhole; this does not count any more.
    func leave(to estate: Estate, as name: String) throws(SystemError) -> DataPortRecord {
        try listener.leave(to: estate, as: name)
        hasPinhole = false
        return DataPortRecord(purpose: purpose, name: self.name, peer: peer, number: number, began: began)
    }

    deinit {
        if hasPinhole { shared.pinholes.close(name) }
        if isAdmitted { shared.dismiss(prefix) }
    }

    /// Lets the client through to it, if it is the client that is waited for.
    fileprivate func openPinhole() throws(SystemError) {
        guard case .passive = purpose else { return }
        try shared.pinholes.open(name)
        hasPinhole = true
    }

    /// A session has the connection now, and counts instead.
    func handOn() {
        isAdmitted = false
    }

    /// Whether it is the one that is waited for.
    func awaits(_ peer: IPv6Endpoint) -> Bool {
        guard peer.address == self.peer else { return false }
        // rcmd(3) takes nothing but reserved ports for the word of the server's kernel, and we are about to use one.
        if case .errors = purpose { return (512...1023).contains(peer.port) }
        return true
    }
}

/// Opens data ports for one session.
struct DataPortOpener {
    let shared: RelayShared
    let settings: RelaySettings
    let tally: RelayTally
    /// Whose limits they count for.
    let prefix: IPv6Address
    let now: UInt64

    /// Nil: there may be none, or can be none. That is counted.
    func open(
        _ purpose: DataPort.Purpose, for peer: IPv6Address, _ listen: () throws(SystemError) -> TCPListener
    ) -> DataPort? {
        if let reason = shared.admit(prefix, settings, now: now) {
            tally.count(reason)
            return nil
        }
        let port: DataPort
        do throws(SystemError) {
            let listener = try listen()
            port = DataPort(purpose, listener, try listener.localName(), for: peer, self)
        } catch {
            shared.dismiss(prefix)
            tally.count(RelayRefusal(connecting: error.errno))
            return nil
        }
        do throws(SystemError) {
            try port.openPinhole()
            return port
        } catch {
            tally.count(RelayRefusal(connecting: error.errno))
            return nil
        }
    }
}
