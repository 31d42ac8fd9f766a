// SPDX-License-Identifier: BSD-2-Clause

/// Places for elements that cannot be copied, such as sessions with their sockets. A place keeps its number and its
/// memory; what is removed leaves room for the next, so that a slab which has grown allocates no more.
///
/// The only file of this module with `unsafe` in it: each access is checked.
@safe
struct Slab<Element: ~Copyable>: ~Copyable {
    private static var blockSize: Int { 256 }

    private var blocks: [UnsafeMutablePointer<Element>] = unsafe []
    private var free: [Int] = []
    /// Odd while an element is there, so that a number from before does not fit the next element of a place.
    private var generations: [UInt32] = []
    private(set) var count = 0

    init() {}

    deinit {
        for slot in 0..<generations.count where holds(slot) { unsafe address(slot).deinitialize(count: 1) }
        unsafe blocks.forEach { block in unsafe block.deallocate() }
    }

    /// Places that there are, with or without an element.
    var slots: Int { generations.count }

    func holds(_ slot: Int) -> Bool {
        slot >= 0 && slot < generations.count && generations[slot] & 1 == 1
    }

    /// Changes with each element that comes to this place.
    func generation(_ slot: Int) -> UInt32 { generations[slot] }

    mutating func insert(_ element: consuming Element) -> Int {
        if free.isEmpty { grow() }
        let slot = free.removeLast()
        unsafe address(slot).initialize(to: element)
        generations[slot] &+= 1
        count += 1
        return slot
    }

    mutating func remove(_ slot: Int) -> Element {
        precondition(holds(slot), "no element in this place")
        generations[slot] &+= 1
        count -= 1
        free.append(slot)
        return unsafe address(slot).move()
    }

    subscript(_ slot: Int) -> Element {
        _read {
            precondition(holds(slot), "no element in this place")
            yield unsafe address(slot).pointee
        }
        _modify {
            precondition(holds(slot), "no element in this place")
            yield unsafe &address(slot).pointee
        }
    }

    private func address(_ slot: Int) -> UnsafeMutablePointer<Element> {
        unsafe blocks[slot / Slab.blockSize] + slot % Slab.blockSize
    }

    private mutating func grow() {
        unsafe blocks.append(.allocate(capacity: Slab.blockSize))
        let first = generations.count
        generations += repeatElement(0, count: Slab.blockSize)
        free += (first..<first + Slab.blockSize).reversed()
        // Room for all places, so that giving one back never allocates.
        free.reserveCapacity(generations.count)
    }
}
