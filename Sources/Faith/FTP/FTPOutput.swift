// SPDX-License-Identifier: BSD-2-Clause

/// What is to be done after bytes came in on a control connection.
public struct FTPOutput: Equatable, Sendable {
    public var toClient: [UInt8] = []
    public var toServer: [UInt8] = []
    /// Which byte of `toServer` is to be sent as urgent data, if any.
    public var urgent: Int?
    /// What was not passed on, for the counters.
    public var refusals: [FTPRefusal] = []

    private static let end: [UInt8] = [0x0D, 0x0A]

    public init() {}

    mutating func reply(_ text: String) {
        line(Array(text.utf8))
    }

    /// Says no to a command whose turn it is.
    mutating func refuse(_ refusal: FTPRefusal, _ verb: FTPVerb?) {
        if let text = refusal.reply(to: verb) { reply(text) }
        refusals.append(refusal)
    }

    /// A line to the client.
    mutating func line(_ text: [UInt8]) {
        toClient += text + FTPOutput.end
    }

    /// - Parameter isUrgent: the server is to look at it at once, though it may be busy with a transfer. Then CR is the
    ///   urgent byte: who does not want urgent data in the stream gets the line without, and still finds its end.
    mutating func command(_ text: [UInt8], isUrgent: Bool) {
        if isUrgent { urgent = toServer.count + text.count }
        toServer += text + FTPOutput.end
    }
}
