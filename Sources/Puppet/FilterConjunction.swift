// SPDX-License-Identifier: BSD-2-Clause

extension FilterProgram {
    /// A program that takes what both take: the second one is asked about what the first one does not drop. Without any
    /// instruction, a program takes everything.
    public static func both(_ one: [FilterInstruction], _ other: [FilterInstruction]) -> [FilterInstruction] {
        guard !one.isEmpty, !other.isEmpty else { return one + other }
        // Behind the first one: where A decides, and then the second one.
        let decision = one.count
        let second = decision + 2
        let asked = one.enumerated().map { place, instruction in
            switch FilterCode(rawValue: instruction.code) {
            case .returnK where instruction.k != 0: jump(from: place, to: second)
            case .returnA: jump(from: place, to: decision)
            case _: instruction
            }
        }
        let decide = [
            FilterInstruction(code: FilterCode.jumpEqual.rawValue, jumpTrue: 0, jumpFalse: 1, k: 0),
            FilterInstruction(code: FilterCode.returnK.rawValue, k: 0),
        ]
        return asked + decide + other
    }

    private static func jump(from place: Int, to target: Int) -> FilterInstruction {
        FilterInstruction(code: FilterCode.jumpAlways.rawValue, k: UInt32(target - place - 1))
    }
}
