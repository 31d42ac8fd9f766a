// SPDX-License-Identifier: BSD-2-Clause
import Glibc

/// Whether a text is one that a pattern of glob(7) stands for: `net.link.stf.ttl` and `net.*.t?l`. A `*` is any text, with
/// dots or slashes in it.
public func matches(_ text: String, _ pattern: String) -> Bool {
    unsafe fnmatch(pattern, text, 0) == 0
}
