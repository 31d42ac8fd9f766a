// SPDX-License-Identifier: BSD-2-Clause
import Stf
import Control
import Internet

/// What can be fuzzed. Each has its corpus in `Tests/Fuzz/corpus`.
enum FuzzTarget: String, CaseIterable, Sendable {
    case input, output, error, words, access, wire, ftp, capture, boot, netlink, puppet

    /// Does with `bytes` what the daemon would.
    /// - Parameter heap: how often this thread has asked for memory so far; a constant does if nobody counts.
    /// - Returns: why the packet was dropped, if it was.
    func run(_ bytes: borrowing RawSpan, heap: () -> UInt) throws(Violation) -> StfDrop? {
        switch self {
        case .input: return try InputTarget.run(bytes, heap: heap)
        case .output: return try OutputTarget.run(bytes, heap: heap)
        case .error: return try ErrorTarget.run(bytes, heap: heap)
        case .words: try WordsTarget.run(Array(copying: bytes))
        case .access: try AccessTarget.run(Array(copying: bytes))
        case .wire: try WireTarget.run(Array(copying: bytes))
        case .ftp: try FTPTarget.run(Array(copying: bytes))
        case .capture: try CaptureTarget.run(Array(copying: bytes))
        case .boot: try BootTarget.run(Array(copying: bytes))
        case .netlink: try NetlinkTarget.run(Array(copying: bytes))
        case .puppet: try PuppetTarget.run(Array(copying: bytes))
        }
        return nil
    }
}

extension [UInt8] {
    fileprivate init(copying bytes: borrowing RawSpan) {
        self = []
        for at in 0..<bytes.byteCount { append(bytes.byte(at: at)) }
    }
}
