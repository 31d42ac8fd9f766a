// SPDX-License-Identifier: BSD-2-Clause
import Control
import Logging
import SystemIO

/// Who calls: what they may do, and where it is written that they did.
struct Caller {
    let peer: Peer
    let authorization: Authorization
    let log: Logger
    let refusals: RefusalLog
    /// What they have handed over with the call.
    let passed = PassedDescriptor()

    /// - Parameter words: what is asked for.
    /// - Throws: EPERM, unless they may change things.
    func authorize(_ words: @autoclosure () -> String) throws(Refusal) {
        guard !authorization.mayChange(peer) else { return }
        let refusal = Refusal("inet6d", nil, .EPERM, "changes are for root and group \(Authorization.group)")
        if let others = refusals.note(peer.userID) {
            log.notice(
                "\(peer): \(words()): refused: \(refusal.line)\(others > 0 ? " (and \(others) others before)" : "")")
        }
        throw refusal
    }

    /// Makes a change, and logs whether it was made, by whom, and in which words.
    /// - Parameter words: what was asked for.
    /// - Parameter outcome: what became of it, one line each, where the words do not say.
    func logging<Results>(
        _ words: String, outcome: (Results) -> [String]? = { _ in nil }, _ body: () throws(Refusal) -> Results
    ) throws(Refusal) -> Results {
        do throws(Refusal) {
            let results = try body()
            for line in outcome(results) ?? [words] { log.notice("\(peer): \(line)") }
            return results
        } catch {
            log.notice("\(peer): \(words): refused: \(error.line)")
            throw error
        }
    }
}
