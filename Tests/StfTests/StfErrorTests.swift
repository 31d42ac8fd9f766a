// SPDX-License-Identifier: BSD-2-Clause
import Internet
import Stf
import StfPackets
import Testing

/// An ICMPv4 error that is not whole is none. What becomes of others is in the table.
@Suite struct StfErrorTests {
    private let rules = StfPacket.Site().rules

    @Test func `a damaged error is ignored`() throws {
        var routes = SiteRoutes(native: 3)
        let whole = StfPacket.wholeError
        #expect(try rules.error(whole.span.bytes, routes: &routes)?.meaning == .unreachable(.address))
        for at in 20..<whole.count {
            var damaged = whole
            damaged[at] ^= 0x10
            #expect(try rules.error(damaged.span.bytes, routes: &routes) == nil, "byte \(at)")
        }
    }

    @Test func `no part of an error traps`() {
        var routes = SiteRoutes(native: 3)
        let whole = StfPacket.wholeError
        for length in 0..<whole.count {
            _ = try? rules.error(Array(whole.prefix(length)).span.bytes, routes: &routes)
        }
    }
}
