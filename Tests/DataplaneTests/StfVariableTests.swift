// SPDX-License-Identifier: BSD-2-Clause
import Stf
import Testing

@testable import Dataplane

/// The rules know no variables, but their defaults are those of the variables.
@Suite struct StfVariableTests {
    @Test func `nothing is permitted unless a variable says so`() {
        #expect(StfPermissions(MIB()) == StfPermissions())
        let rules = StfRules(), mib = MIB()
        #expect(rules.checksPairing == mib.isOn(.pairing))
        #expect(rules.checksLoops == mib.isOn(.loopCheck))
        #expect(Int(rules.timeToLive) == mib[.ttl])
        #expect(Int(rules.hopLimit) == mib[.gifhlim])
    }
}
