// SPDX-License-Identifier: BSD-2-Clause
import Glibc
import Inet6Control
import Tool

/// Whether a name is one that a pattern of glob(7) stands for. A `*` is any text, with or without dots.
func matches(_ name: String, _ pattern: String) -> Bool {
    unsafe fnmatch(pattern, name, 0) == 0
}

/// The node that everything is below that fits a pattern: `net.link` for `net.link.s*`. Nil: all may fit.
func node(above pattern: String) -> String? {
    let literal = pattern.prefix { !"*?[\\".contains($0) }
    return literal.lastIndex(of: ".").map { String(literal[..<$0]) }
}
