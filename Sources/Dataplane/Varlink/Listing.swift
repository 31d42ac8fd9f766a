// SPDX-License-Identifier: BSD-2-Clause
import Control

/// Elements that are made a few at a time, when they are asked for: nobody waits until all of them are made, nor are they in
/// memory together. What one says is of one moment; the next may be of a later one.
///
/// It may be held as long as a client takes to read, and must not keep what others would end: names, no interfaces.
struct Listing<Element> {
    /// The next elements, of which there may be none; nil after the last.
    let next: () throws(Refusal) -> [Element]?

    init(_ next: @escaping () throws(Refusal) -> [Element]?) {
        self.next = next
    }

    /// Those that there are now.
    init(_ elements: [Element]) {
        var rest: [Element]? = elements
        next = { () throws(Refusal) in rest.take() }
    }

    /// What becomes of some items, one after another.
    init<Item>(of items: [Item], _ body: @escaping (Item) throws(Refusal) -> [Element]) {
        var rest = items[...]
        next = { () throws(Refusal) in
            guard let item = rest.popFirst() else { return nil }
            return try body(item)
        }
    }

    /// All that are left.
    func all() throws(Refusal) -> [Element] {
        var all: [Element] = []
        while let elements = try next() { all += elements }
        return all
    }
}
