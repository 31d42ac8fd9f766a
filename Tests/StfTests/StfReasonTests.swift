// SPDX-License-Identifier: BSD-2-Clause
import CKernelPrograms
import Internet
import KernelPrograms
import Stf
import Testing

/// What stf.h says of reasons is what Swift makes of them.
@Suite struct StfReasonTests {
    @Test func `every reason has a name of its own, and words`() {
        #expect(Set(StfDrop.all.map { "\($0.isOfInput) \($0.name)" }).count == StfDrop.count)
        #expect(StfDrop.all.allSatisfy { !$0.name.isEmpty && !$0.description.isEmpty })
    }

    @Test func `output comes before input`() throws {
        let firstOfInput = try #require(StfDrop.all.firstIndex { $0.isOfInput })
        #expect(StfDrop.all[..<firstOfInput].allSatisfy { !$0.isOfInput })
        #expect(StfDrop.all[firstOfInput...].allSatisfy { $0.isOfInput })
        #expect(StfDrop.all[firstOfInput] == .inputDown)
    }

    /// The header has the rules once more, for a program that has no Swift; here each is held against its rule.
    @Test(
        arguments: [
            (StfDrop.outputSource, "outer-source", "the IPv4 source would be"),
            (StfDrop.outputDestination, "outer-destination", "the IPv4 destination would be"),
            (
                StfDrop.outputInnerDestinationEmbeds, "inner-destination-embeds",
                "the IPv6 destination embeds an IPv4 address"
            ),
            (StfDrop.outerDestination, "outer-destination", "the IPv4 destination is"),
            (StfDrop.outerSource, "outer-source", "the IPv4 source is"),
            (StfDrop.innerDestinationEmbeds, "inner-destination-embeds", "the IPv6 destination embeds an IPv4 address"),
            (StfDrop.innerSourceEmbeds, "inner-source-embeds", "the IPv6 source embeds an IPv4 address"),
        ] as [(@Sendable (IPv4Rule) -> StfDrop, String, String)])
    func `each rule of IPv4 has its reason`(
        family: @Sendable (IPv4Rule) -> StfDrop, name: String, words: String
    ) {
        for rule in IPv4Rule.allCases {
            #expect(family(rule).name == "\(name)-\(rule.name)")
            #expect(family(rule).description == "\(words) \(rule.description)")
        }
    }

    @Test(
        arguments: [
            (StfDrop.outputInnerDestination, "inner-destination", "the IPv6 destination is"),
            (StfDrop.innerDestination, "inner-destination", "the IPv6 destination is"),
            (StfDrop.innerSource, "inner-source", "the IPv6 source is"),
        ] as [(@Sendable (IPv6Rule) -> StfDrop, String, String)])
    func `each rule of IPv6 has its reason`(
        family: @Sendable (IPv6Rule) -> StfDrop, name: String, words: String
    ) {
        for rule in IPv6Rule.allCases {
            #expect(family(rule).name == "\(name)-\(rule.name)")
            #expect(family(rule).description == "\(words) \(rule.description)")
        }
    }

    @Test func `the header has no other rules`() {
        #expect(IPv4Rule.allCases.count == Int(STF_IPV4_RULE_COUNT))
        #expect(IPv6Rule.allCases.count == Int(STF_IPV6_RULE_COUNT))
    }

    @Test func `only a packet that goes out has a sender to tell`() {
        #expect(StfDrop.all.filter { $0.error != nil }.allSatisfy { !$0.isOfInput })
        #expect(StfDrop.noNextHop.error == .unreachable(.address))
        #expect(StfDrop.outputDestination(.loopback).error == .unreachable(.address))
        #expect(StfDrop.outputNativeToNative.error == .unreachable(.prohibited))
        #expect(StfDrop.outputSourceMismatch.error == .unreachable(.sourceFailedPolicy))
        #expect(StfDrop.outputDown.error == nil)
    }
}
