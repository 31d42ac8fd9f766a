// SPDX-License-Identifier: BSD-2-Clause
import Glibc

/// The number of this process.
public func processID() -> Int32 { getpid() }

/// Ends this process, after what exit(3) does before: 0 to 255.
public func endProcess(_ status: Int32) -> Never {
    exit(status)
}
