// SPDX-License-Identifier: BSD-2-Clause
import Glibc

/// Whether a name is one that a pattern of glob(7) stands for. A `*` is any text, with or without dots.
func matches(_ name: String, _ pattern: String) -> Bool {
    unsafe fnmatch(pattern, name, 0) == 0
}
