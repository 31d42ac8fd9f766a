// SPDX-License-Identifier: BSD-2-Clause
import CFuzzer
import CHeap
import Glibc
import Stf

/// `stf-fuzz --input -runs=100000 Tests/Fuzz/corpus/input`: libFuzzer with one of the targets. It leaves options with two
/// dashes alone, and gives them to the processes that it starts.
@main enum Fuzzer {
    static func main() {
        var count = CommandLine.argc
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
        exit(
            LLVMFuzzerRunDriver(&count, &arguments) { start, count in
                Fuzzer.run(UnsafeRawBufferPointer(start: start, count: count))
                return 0
            })
    }

    private static let target: FuzzTarget? =
        CommandLine.arguments.lazy.compactMap { FuzzTarget(rawValue: String($0.dropFirst(2))) }.first

    private static func run(_ bytes: UnsafeRawBufferPointer) {
        guard let target else {
            preconditionFailure("choose one of \(FuzzTarget.allCases.map { "--\($0.rawValue)" })")
        }
        do throws(Violation) {
            let drop = try target.run(bytes.bytes) { heap_requests() }
            if let drop { fuzz_reached(UInt8(truncatingIfNeeded: drop.number)) }
        } catch {
            let line = Array("\(target.rawValue): \(error)\n".utf8)
            write(STDERR_FILENO, line, line.count)
            // libFuzzer keeps the input, and ends.
            abort()
        }
    }
}
