// SPDX-License-Identifier: BSD-2-Clause
internal import Internet

/// One instruction of a classic BPF program: `struct sock_filter` of linux/filter.h.
public struct FilterInstruction: Equatable, Sendable {
    public var code: UInt16
    public var jumpTrue: UInt8
    public var jumpFalse: UInt8
    public var k: UInt32

    public init(code: UInt16, jumpTrue: UInt8 = 0, jumpFalse: UInt8 = 0, k: UInt32 = 0) {
        self.code = code
        self.jumpTrue = jumpTrue
        self.jumpFalse = jumpFalse
        self.k = k
    }

    static let size = 8

    /// In the order of the structure, each number in network byte order.
    static func read(_ bytes: borrowing RawSpan, _ range: Range<Int>) throws(WireFault) -> [FilterInstruction] {
        guard range.count % size == 0, range.count / size <= FilterProgram.longest else { throw .malformed(.program) }
        var program: [FilterInstruction] = []
        for place in stride(from: range.lowerBound, to: range.upperBound, by: size) {
            program.append(
                FilterInstruction(
                    code: bytes.uint16(at: place), jumpTrue: bytes.byte(at: place + 2),
                    jumpFalse: bytes.byte(at: place + 3), k: bytes.uint32(at: place + 4)))
        }
        return program
    }

    /// The record.
    public static func bytes(_ program: [FilterInstruction]) -> [UInt8] {
        program.reduce(RecordHeader(.program, length: program.count * size).bytes) {
            $0 + Bytes.of($1.code) + [$1.jumpTrue, $1.jumpFalse] + Bytes.of($1.k)
        }
    }
}

/// Why a program from outside is not given to the kernel.
public enum FilterFault: Error, Equatable, Sendable, CustomStringConvertible {
    case length(Int)
    case unknown(Int, code: UInt16)
    case jump(Int)
    case memory(Int)
    case division(Int)
    case ancillary(Int)
    case noReturn

    public var description: String {
        switch self {
        case .length(let count): "a program of \(count) instructions, 1..\(FilterProgram.longest)"
        case .unknown(let place, let code): "instruction \(place): unknown code \(String(code, radix: 16))"
        case .jump(let place): "instruction \(place): a jump beyond the end"
        case .memory(let place): "instruction \(place): memory beyond M[15]"
        case .division(let place): "instruction \(place): a division by zero"
        case .ancillary(let place): "instruction \(place): a load of what is no part of a frame"
        case .noReturn: "the last instruction returns nothing"
        }
    }
}

/// What the kernel would check too (bpf_check_classic() in net/core/filter.c), so that a refusal can say why.
public enum FilterProgram {
    public static let longest = 2048

    /// - Throws: what is wrong with the program first.
    public static func check(_ program: [FilterInstruction]) throws(FilterFault) {
        guard (1...longest).contains(program.count) else { throw .length(program.count) }
        for (place, instruction) in program.enumerated() {
            guard let kind = FilterCode(rawValue: instruction.code) else {
                throw .unknown(place, code: instruction.code)
            }
            let rest = UInt64(program.count - place - 1)
            switch kind {
            case .jumpAlways:
                guard UInt64(instruction.k) < rest else { throw .jump(place) }
            case .jumpEqual, .jumpEqualX, .jumpGreater, .jumpGreaterX, .jumpGreaterEqual, .jumpGreaterEqualX,
                .jumpSet, .jumpSetX:
                guard UInt64(instruction.jumpTrue) < rest, UInt64(instruction.jumpFalse) < rest else {
                    throw .jump(place)
                }
            case .loadMemory, .loadXMemory, .store, .storeX:
                guard instruction.k < 16 else { throw .memory(place) }
            case .divide, .modulo:
                guard instruction.k != 0 else { throw .division(place) }
            case .shiftLeft, .shiftRight:
                guard instruction.k < 32 else { throw .unknown(place, code: instruction.code) }
            case .loadWord, .loadHalf, .loadByte:
                guard FilterProgram.isReadable(instruction.k) else { throw .ancillary(place) }
            case .loadWordX, .loadHalfX, .loadByteX, .loadImmediate, .loadLength, .loadXImmediate, .loadXLength,
                .loadXHeader, .add, .addX, .subtract, .subtractX, .multiply, .multiplyX, .divideX, .moduloX, .and,
                .andX,
                .or, .orX, .xor, .xorX, .shiftLeftX, .shiftRightX, .negate, .returnK, .returnA, .copyToX, .copyToA:
                break
            }
        }
        guard
            program.last.map({ [FilterCode.returnA.rawValue, FilterCode.returnK.rawValue].contains($0.code) }) == true
        else { throw .noReturn }
    }

    /// What libpcap asks of a frame besides its bytes: its type, and its VLAN tag, which the kernel keeps beside it
    /// (SKF_AD_PROTOCOL, SKF_AD_PKTTYPE, SKF_AD_VLAN_TAG, SKF_AD_VLAN_TAG_PRESENT, SKF_AD_VLAN_TPID of linux/filter.h).
    private static func isReadable(_ offset: UInt32) -> Bool {
        let ancillary: UInt32 = 0xFFFF_F000
        guard offset >= 0x8000_0000 else { return true }
        return [0, 4, 44, 48, 60].contains(offset &- ancillary)
    }
}

/// The codes that there are: class, size, mode and operation of linux/bpf_common.h.
public enum FilterCode: UInt16, Sendable {
    case loadWord = 0x20, loadHalf = 0x28, loadByte = 0x30
    case loadWordX = 0x40, loadHalfX = 0x48, loadByteX = 0x50
    case loadImmediate = 0x00, loadLength = 0x80, loadMemory = 0x60
    case loadXImmediate = 0x01, loadXLength = 0x81, loadXMemory = 0x61, loadXHeader = 0xB1
    case store = 0x02, storeX = 0x03
    case add = 0x04, addX = 0x0C, subtract = 0x14, subtractX = 0x1C, multiply = 0x24, multiplyX = 0x2C
    case divide = 0x34, divideX = 0x3C, modulo = 0x94, moduloX = 0x9C
    case or = 0x44, orX = 0x4C, and = 0x54, andX = 0x5C, xor = 0xA4, xorX = 0xAC
    case shiftLeft = 0x64, shiftLeftX = 0x6C, shiftRight = 0x74, shiftRightX = 0x7C, negate = 0x84
    case jumpAlways = 0x05, jumpEqual = 0x15, jumpEqualX = 0x1D, jumpGreater = 0x25, jumpGreaterX = 0x2D
    case jumpGreaterEqual = 0x35, jumpGreaterEqualX = 0x3D, jumpSet = 0x45, jumpSetX = 0x4D
    case returnK = 0x06, returnA = 0x16
    case copyToX = 0x07, copyToA = 0x87
}
