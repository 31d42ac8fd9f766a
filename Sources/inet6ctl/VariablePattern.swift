// SPDX-License-Identifier: BSD-2-Clause
import Inet6Control
import Tool

/// The node that everything is below that fits a pattern: `net.link` for `net.link.s*`. Nil: all may fit.
func node(above pattern: String) -> String? {
    let literal = pattern.prefix { !"*?[\\".contains($0) }
    return literal.lastIndex(of: ".").map { String(literal[..<$0]) }
}
