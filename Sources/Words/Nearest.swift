// SPDX-License-Identifier: BSD-2-Clause

/// The name that was most likely meant: `create` for `crate`. Nil if none is like it.
///
/// A slip of the hand in four letters, and no more than two: one letter left out, one too many, another one, or two in the
/// wrong order.
public func nearest(to text: String, among names: [String]) -> String? {
    let typed = Array(text.utf8.prefix(256))
    var best: (name: String, slips: Int)?
    for name in names {
        let slips = slips(typed, Array(name.utf8))
        // Of the shorter one, so that two letters are not taken for any two others.
        guard slips <= min((min(typed.count, name.utf8.count) + 2) / 4, 2), slips < best?.slips ?? .max else {
            continue
        }
        best = (name, slips)
    }
    return best?.name
}

/// Damerau's distance between two texts, without moving a letter twice.
private func slips(_ one: [UInt8], _ other: [UInt8]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...other.count)
    for (row, left) in one.enumerated() {
        var next = [row + 1]
        for (column, right) in other.enumerated() {
            var least = min(last[column + 1] + 1, next[column] + 1, last[column] + (left == right ? 0 : 1))
            if row > 0, column > 0, left == other[column - 1], one[row - 1] == right {
                least = min(least, beforeLast[column - 1] + 1)
            }
            next.append(least)
        }
        (beforeLast, last) = (last, next)
    }
    return last[other.count]
}
