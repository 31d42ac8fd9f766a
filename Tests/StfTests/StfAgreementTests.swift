// SPDX-License-Identifier: BSD-2-Clause
import StfPackets
import Testing

@Suite struct StfAgreementTests {
    /// Seeded, so a failure comes again. `StfBench agree` tries as many as one has the time for.
    @Test func `engines agree over packets that nobody thought of`() throws {
        let agreement = try StfAgreement(packets: 15_000, seed: 5969)
        #expect(agreement.disagreements.prefix(10) == [])
        // The sides of the table are all there, and the programs decide most of what comes.
        #expect(agreement.decided > 2 * agreement.left, "\(agreement.decided) decided, \(agreement.left) left")
        #expect(agreement.reasons.count > 40, "\(agreement.reasons.count) reasons")
    }
}
