// SPDX-License-Identifier: BSD-2-Clause

/// What is to be done after bytes came in on a control connection.
public struct FTPOutput: Equatable, Sendable {
    public var toClient: [UInt8] = []
    public var toServer: [UInt8] = []
    /// What was not passed on, for the counters.
    public var refusals: [FTPRefusal] = []

    public init() {}

    mutating func reply(_ text: String) {
        toClient += Array(text.utf8) + [0x0D, 0x0A]
    }

    mutating func command(_ text: String) {
        toServer += Array(text.utf8) + [0x0D, 0x0A]
    }
}
