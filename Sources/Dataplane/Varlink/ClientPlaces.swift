// SPDX-License-Identifier: BSD-2-Clause

/// Who has to go so that somebody else can be a client.
struct ClientPlaces {
    /// More clients than this wait in the kernel's queue until one of these goes.
    static let limit = 256
    /// Of these, users who may only ask have at most this many, and one of them at most a third of it.
    private static let othersLimit = 192
    private static let userLimit = 64

    /// Users who may only ask have at most this many here.
    private let othersLimit: Int

    /// - Parameter descriptors: that the process may have: a quarter of them is for those who may only ask.
    init(descriptors: Int) {
        othersLimit = min(max((descriptors - 64) / 4, 8), ClientPlaces.othersLimit)
    }

    struct Client<ID> {
        var id: ID
        /// Of one who may only ask; nil: it may change things.
        var user: UInt32?
        var lastCall: ContinuousClock.Instant
    }

    /// The client that makes place for one more of a user who may only ask; nil: there is place.
    ///
    /// A user's next client takes the place of theirs that called longest ago; if all users together have too many, that of
    /// whoever has most.
    func successor<ID>(among clients: [Client<ID>], for user: UInt32) -> ID? {
        let others = clients.filter { $0.user != nil }
        let theirs = others.filter { $0.user == user }
        if theirs.count >= min(ClientPlaces.userLimit, othersLimit) { return ClientPlaces.oldest(of: theirs) }
        return others.count >= othersLimit ? expendable(among: clients) : nil
    }

    /// The client that those need least who may change things; nil: there is none but theirs.
    func expendable<ID>(among clients: [Client<ID>]) -> ID? {
        let users = Dictionary(grouping: clients.filter { $0.user != nil }) { $0.user }
        return users.values.max { $0.count < $1.count }.flatMap { ClientPlaces.oldest(of: $0) }
    }

    private static func oldest<ID>(of clients: [Client<ID>]) -> ID? {
        clients.min { $0.lastCall < $1.lastCall }?.id
    }
}
