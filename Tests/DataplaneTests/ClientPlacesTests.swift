// SPDX-License-Identifier: BSD-2-Clause
import Testing

@testable import Dataplane

@Suite struct ClientPlacesTests {
    private typealias Client = ClientPlaces.Client<String>

    private let start = ContinuousClock.now

    /// - Parameter user: nil: it may change things.
    private func clients(_ user: UInt32?, _ count: Int, since seconds: Int = 0) -> [Client] {
        (0..<count).map {
            Client(
                id: "\(user.map(String.init) ?? "root")/\($0)", user: user,
                lastCall: start + .seconds(seconds) + .milliseconds($0))
        }
    }

    @Test func `while there is place, nobody goes`() {
        let places = ClientPlaces(descriptors: 8192)
        #expect(places.successor(among: [Client](), for: 1000) == nil)
        #expect(places.successor(among: clients(1000, 63) + clients(nil, 100), for: 1000) == nil)
        #expect(places.successor(among: clients(1000, 64) + clients(1001, 1), for: 1001) == nil)
    }

    @Test func `a user with too many loses the one that called longest ago`() {
        let places = ClientPlaces(descriptors: 8192)
        #expect(places.successor(among: clients(1001, 5, since: -9) + clients(1000, 64), for: 1000) == "1000/0")
    }

    @Test func `where all users have too many, whoever has most loses one`() {
        let places = ClientPlaces(descriptors: 8192)
        let all = clients(1000, 60) + clients(1001, 61, since: 5) + clients(1002, 60) + clients(1003, 11)
        #expect(places.successor(among: all, for: 1004) == "1001/0")
        #expect(places.successor(among: all.dropLast(), for: 1004) == nil)
    }

    /// With 64 descriptors, the daemon has a third of them for itself.
    @Test(arguments: [(64, 8), (80, 8), (128, 16), (256, 48), (832, 64)])
    func `few descriptors are shared with few`(_ descriptors: Int, _ limit: Int) {
        let places = ClientPlaces(descriptors: descriptors)
        #expect(places.successor(among: clients(1000, limit - 1), for: 1000) == nil)
        #expect(places.successor(among: clients(1000, limit), for: 1000) == "1000/0")
    }

    @Test func `who may change things is never expendable`() {
        let places = ClientPlaces(descriptors: 64)
        #expect(places.expendable(among: clients(nil, 30)) == nil)
        #expect(places.expendable(among: clients(nil, 30) + clients(1000, 1)) == "1000/0")
        #expect(places.successor(among: clients(nil, 300), for: 1000) == nil)
    }
}
