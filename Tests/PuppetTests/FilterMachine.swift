// SPDX-License-Identifier: BSD-2-Clause
import Puppet

/// What the kernel does with a classic BPF program, as far as ours and libpcap's go: returns how many bytes of the frame
/// are taken. A load beyond the end takes none.
func filtered(_ program: [FilterInstruction], _ frame: [UInt8]) -> UInt32 {
    var (a, x, place): (UInt32, UInt32, Int) = (0, 0, 0)
    var memory = [UInt32](repeating: 0, count: 16)
    let load = { (offset: UInt32, size: Int) -> UInt32? in
        guard Int(offset) + size <= frame.count else { return nil }
        return frame[Int(offset)..<Int(offset) + size].reduce(0) { $0 << 8 | UInt32($1) }
    }
    while program.indices.contains(place) {
        let instruction = program[place]
        let k = instruction.k
        place += 1
        let jump = { (condition: Bool) in Int(condition ? instruction.jumpTrue : instruction.jumpFalse) }
        switch FilterCode(rawValue: instruction.code) {
        case .loadHalf: guard let value = load(k, 2) else { return 0 }; a = value
        case .loadByte: guard let value = load(k, 1) else { return 0 }; a = value
        case .loadWord: guard let value = load(k, 4) else { return 0 }; a = value
        case .loadHalfX: guard let value = load(k &+ x, 2) else { return 0 }; a = value
        case .loadByteX: guard let value = load(k &+ x, 1) else { return 0 }; a = value
        case .loadWordX: guard let value = load(k &+ x, 4) else { return 0 }; a = value
        case .loadLength: a = UInt32(frame.count)
        case .loadXImmediate: x = k
        case .loadXMemory: x = memory[Int(k)]
        case .storeX: memory[Int(k)] = x
        case .subtractX: a = a &- x
        case .addX: a = a &+ x
        case .and: a &= k
        case .shiftLeft: a <<= k
        case .copyToX: x = a
        case .jumpAlways: place += Int(k)
        case .jumpEqual: place += jump(a == k)
        case .jumpSet: place += jump(a & k != 0)
        case .jumpGreaterEqual: place += jump(a >= k)
        case .returnK: return k
        case .returnA: return a
        case let code: preconditionFailure("\(String(describing: code)) is not for this machine")
        }
    }
    preconditionFailure("no return")
}
