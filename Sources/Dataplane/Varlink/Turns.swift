// SPDX-License-Identifier: BSD-2-Clause

/// In which order clients are answered, each a little at a time. Those who may change things come first, in the order in
/// which they asked. The others have turns by user, so that nobody gets more of them with more clients.
struct Turns<Client: Hashable> {
    private var first: [Client] = []
    /// Users with clients that wait, in the order of their turns.
    private var users: [UInt32] = []
    private var others: [UInt32: [Client]] = [:]
    private var waiting: Set<Client> = []

    var isEmpty: Bool { waiting.isEmpty }

    /// Nothing happens if the client waits already.
    /// - Parameter user: of one who may only ask; nil: it may change things.
    mutating func add(_ client: Client, of user: UInt32?) {
        guard waiting.insert(client).inserted else { return }
        guard let user else { return first.append(client) }
        if others[user] == nil { users.append(user) }
        others[user, default: []].append(client)
    }

    /// The client whose turn it is; it waits no longer.
    mutating func next() -> Client? {
        if !first.isEmpty { return leave(first.removeFirst()) }
        guard !users.isEmpty else { return nil }
        let user = users.removeFirst()
        guard var clients = others.removeValue(forKey: user), !clients.isEmpty else { return nil }
        let client = clients.removeFirst()
        if !clients.isEmpty {
            users.append(user)
            others[user] = clients
        }
        return leave(client)
    }

    /// The client is gone.
    mutating func remove(_ client: Client) {
        guard waiting.remove(client) != nil else { return }
        first.removeAll { $0 == client }
        for (user, clients) in others where clients.contains(client) {
            others[user] = clients.filter { $0 != client }
            guard others[user]?.isEmpty == true else { continue }
            others[user] = nil
            users.removeAll { $0 == user }
        }
    }

    private mutating func leave(_ client: Client) -> Client {
        waiting.remove(client)
        return client
    }
}
