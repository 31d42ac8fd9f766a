// SPDX-License-Identifier: BSD-2-Clause
public import Inet6Control
public import Control
import SystemIO
import SystemPackage
import Words

/// The configuration directory: `stf0.if` holds, one command a line, what would follow `stfctl stf0`; `sysctl.conf` holds
/// assignments, `net.link.stf.permit_rfc1918=1`.
public struct BootConfiguration: Sendable {
    public private(set) var variables: [Assignment] = []
    public private(set) var changes: [Change] = []

    /// A line or file that cannot be used.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// Reads the variables, and the changes of all files in the order of their names, which could be made on a node without
    /// interfaces. A directory that does not exist holds none.
    public init(reading directory: String) throws(Failure) {
        let names = try BootConfiguration.fileNames(in: directory)
        var variables = MIBTransaction(MIB(), interfaces: [])
        if names.contains("sysctl.conf") { try readVariables("\(directory)/sysctl.conf", &variables) }
        var planner = Planner(interfaces: [], otherNames: [], PlanContext(variables: variables.mib))
        for name in names where name.hasSuffix(".if") {
            let path = "\(directory)/\(name)"
            for (number, words) in try BootConfiguration.lines(of: path) {
                let place = "\(path):\(number)"
                let change = try BootConfiguration.change([String(name.dropLast(3))] + words, at: place)
                try BootConfiguration.refusing(at: place) { () throws(Refusal) in _ = try planner.plan([change]) }
                changes.append(change)
            }
        }
    }

    private mutating func readVariables(
        _ path: String, _ transaction: inout MIBTransaction
    ) throws(Failure) {
        for words in VariableWords.lines(of: try BootConfiguration.text(of: path)) {
            let place = "\(path):\(words.line ?? 0)"
            guard let value = words.value else { throw Failure(description: "\(place): not an assignment") }
            let assignment = Assignment(words.name, value)
            try BootConfiguration.refusing(at: place) { () throws(Refusal) in try transaction.assign(assignment) }
            variables.append(assignment)
        }
        let assignments = variables
        try BootConfiguration.refusing(at: path) { () throws(Refusal) in try transaction.check(assignments) }
    }

    private static func refusing(at place: String, _ body: () throws(Refusal) -> Void) throws(Failure) {
        do throws(Refusal) {
            try body()
        } catch {
            throw Failure(description: "\(place): \(error.line)")
        }
    }

    private static func fileNames(in directory: String) throws(Failure) -> [String] {
        do throws(SystemError) {
            return try SystemIO.fileNames(inDirectory: directory).sorted()
        } catch  where error.errno == .noSuchFileOrDirectory {
            return []
        } catch {
            throw Failure(description: "\(directory): \(BSDErrno(error.errno).text)")
        }
    }

    private static func lines(of path: String) throws(Failure) -> [(number: Int, words: [String])] {
        let text = try BootConfiguration.text(of: path)
        do throws(LineError) {
            return try CommandFile.lines(of: text)
        } catch {
            throw Failure(description: "\(path):\(error.line): \(error.reason)")
        }
    }

    private static func text(of path: String) throws(Failure) -> String {
        do throws(SystemError) {
            return String(decoding: try contents(ofFile: path), as: UTF8.self)
        } catch {
            throw Failure(description: "\(path): \(BSDErrno(error.errno).text)")
        }
    }

    private static func change(_ words: [String], at place: String) throws(Failure) -> Change {
        guard let kind = words.first.flatMap({ InterfaceKind.parse($0)?.kind }) else {
            throw Failure(description: "\(place): \(words[0]): Invalid argument (no cloner makes this name)")
        }
        let command: InterfaceCommand
        do throws(WordError) {
            command = try InterfaceCommand(parsing: words, for: kind)
        } catch {
            throw Failure(description: "\(place): \(error.line)")
        }
        guard case .change(let change) = command else { throw Failure(description: "\(place): changes nothing") }
        return change
    }
}
