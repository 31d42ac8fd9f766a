// SPDX-License-Identifier: BSD-2-Clause
import Control
import Dataplane
import Inet6Control
import Words

/// What must hold of a boot configuration, whatever is in its files: each line is used, or named as a fault; what is used
/// reads the same when it is written down again.
enum BootTarget {
    private static let names = ["sysctl.conf", "faith0.if", "stf0.if", "stf1.if"]

    /// - Parameter bytes: of the files one after the other, parted by NUL.
    static func run(_ bytes: [UInt8]) throws(Violation) {
        var files: [String: [UInt8]] = [:]
        for (name, part) in zip(names, bytes.split(separator: 0, omittingEmptySubsequences: false)) {
            files[name] = Array(part)
        }
        let boot = read(files)
        for fault in boot.faults { try check(fault, files) }
        for file in boot.files {
            let isWhole = !boot.faults.contains { $0.place.hasPrefix(file.path) }
            try require(isWhole, "\(file.path) is used beside its faults")
        }
        var written: [String: [UInt8]] = [:]
        for name in files.keys { written[name] = [] }
        for variable in boot.variables {
            let assignment = variable.assignment
            guard let line = VariableWords.line(setting: assignment.name, to: assignment.value) else {
                try require(false, "\(assignment) cannot be written")
                continue
            }
            written["sysctl.conf", default: []] += Array("\(line)\n".utf8)
        }
        for command in boot.files.flatMap(\.commands) {
            // A line of a boot file is without the name.
            let line = command.change.line.drop { $0 != " " }
            written["\(command.change.interface).if", default: []] += Array("\(line)\n".utf8)
        }
        let again = read(written)
        try require(again.faults.isEmpty, "\(again.faults) of what was used")
        try require(again.assignments == boot.assignments, "\(boot.assignments) read otherwise")
        try require(again.changes == boot.changes, "\(boot.changes) read otherwise")
    }

    private static func read(_ files: [String: [UInt8]]) -> BootConfiguration {
        BootConfiguration(of: "etc", names: files.keys.sorted()) { path in
            files[String(path.dropFirst(4))] ?? []
        }
    }

    /// `etc/stf0.if:3` is one of its lines.
    private static func check(_ fault: BootFault, _ files: [String: [UInt8]]) throws(Violation) {
        let parts = fault.place.split(separator: ":")
        let name = parts.first.map { String($0.dropFirst(4)) } ?? ""
        let lines = (files[name] ?? []).split(separator: 0x0A, omittingEmptySubsequences: false).count
        let number = parts.count == 2 ? Int(parts[1]) ?? 0 : 0
        try require((1...max(lines, 1)).contains(number), "\(fault) is about no line")
        try require(!fault.reason.isEmpty, "a fault without a reason")
    }
}
