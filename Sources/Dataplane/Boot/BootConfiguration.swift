// SPDX-License-Identifier: BSD-2-Clause
public import Control
public import Inet6Control
public import SystemIO
import SystemPackage
import Words

/// The configuration directory: `stf0.if` holds, one command a line, what would follow `stfctl stf0`; `sysctl.conf` holds
/// assignments, `net.link.stf.permit_rfc1918=1`.
///
/// Each file stands alone. Of `sysctl.conf` each line that can be used is, as sysctl(8) has it; the file of an interface is
/// used whole or not at all, since what one line leaves out may be what the others rely on: a `deny`.
public struct BootConfiguration: Sendable {
    /// What `sysctl.conf` sets.
    public private(set) var variables: [BootVariable] = []
    /// The files of interfaces without a fault.
    public private(set) var files: [BootFile] = []
    /// What cannot be used, in the order of the files and their lines.
    public private(set) var faults: [BootFault] = []
    /// What was found, each file in a line: `/etc/inet6d/stf0.if: 2 commands`.
    public private(set) var found: [String] = []

    private static let variableFile = "sysctl.conf"
    private static let suffix = ".if"
    /// Bytes. As much as anybody writes, rules for each customer included.
    static let sizeLimit = 4 << 20
    /// Of one file: a wrong file is told from a right one by less.
    static let faultLimit = 1000

    public var assignments: [Assignment] { variables.map(\.assignment) }
    public var changes: [Change] { files.flatMap(\.changes) }

    /// What was refused of all changes, or of all assignments.
    public func fault(_ refusal: Refusal, in directory: String) -> BootFault {
        let commands = files.flatMap(\.commands)
        let variable = variables.last { $0.assignment.name == refusal.object && $0.assignment.value == refusal.value }
        let named = refusal.index.map { commands[$0].place } ?? variable?.place
        let place = named ?? files.first { $0.changes.contains { $0.interface == refusal.object } }?.path
        return BootFault(place ?? directory, refusal)
    }

    /// The directory cannot be read.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// Reads the variables, and the files in the order of their names, and plans what could be made on a node without
    /// interfaces. A directory that does not exist holds none.
    public init(reading directory: String) throws(Failure) {
        let names: [String]
        do throws(SystemError) {
            names = try fileNames(inDirectory: directory).sorted()
        } catch  where error.errno == .noSuchFileOrDirectory {
            self.init(of: directory, names: []) { _ in [] }
            found = ["\(directory): not there"]
            return
        } catch {
            throw Failure(description: "\(directory): \(BSDErrno(error.errno).text)")
        }
        self.init(of: directory, names: names) { path throws(RegularFileError) in
            try contents(ofRegularFile: path, limit: BootConfiguration.sizeLimit)
        }
    }

    /// How the bytes of a file are read.
    public typealias Reader = (_ path: String) throws(RegularFileError) -> [UInt8]

    /// The same of files that need not be there.
    public init(of directory: String, names: [String], reading read: Reader) {
        let mib =
            names.contains(BootConfiguration.variableFile)
            ? readVariables("\(directory)/\(BootConfiguration.variableFile)", read) : MIB()
        var planner = Planner(interfaces: [], otherNames: [], PlanContext(variables: mib))
        for name in names where name != BootConfiguration.variableFile {
            let path = "\(directory)/\(name)"
            if let reason = BootConfiguration.reasonToPassOver(name) {
                found.append("\(path): not read: \(reason)")
            } else {
                readInterface(String(name.dropLast(BootConfiguration.suffix.count)), path, read, &planner)
            }
        }
    }

    private static func reasonToPassOver(_ name: String) -> String? {
        if name.hasPrefix(".") { return "a hidden file" }
        if name.hasSuffix(suffix), !name.hasPrefix("#") { return nil }
        let isVersion =
            name.hasSuffix("~") || name.hasPrefix("#") || name.contains("\(suffix).")
            || name.hasPrefix("\(variableFile).")
        return isVersion ? "another version of a file" : "neither \(variableFile) nor NAME\(suffix)"
    }

    // MARK: variables

    private mutating func readVariables(_ path: String, _ read: Reader) -> MIB {
        let before = faults.count
        var transaction = MIBTransaction(MIB(), interfaces: [])
        for words in VariableWords.lines(of: text(of: path, read)) {
            let place = "\(path):\(words.line ?? 0)"
            guard let value = words.value else {
                note(BootFault(place, "\(words.text): not an assignment"), since: before)
                continue
            }
            let assignment = Assignment(words.name, value)
            do throws(Refusal) {
                try transaction.assign(assignment)
                variables.append(BootVariable(place: place, assignment: assignment))
            } catch {
                note(BootFault(place, error, of: assignment), since: before)
            }
        }
        dropConflicts(since: before)
        sayFound(path, variables.count, "variable", faults.count - before)
        return BootConfiguration.transaction(of: assignments).mib
    }

    /// What does not go together is left out; perhaps something else needed it.
    private mutating func dropConflicts(since before: Int) {
        while true {
            let conflicts = BootConfiguration.transaction(of: assignments).conflicts(among: assignments)
            if conflicts.isEmpty { return }
            // The last one first, so that the places of the others stay.
            let found = conflicts.map { place, refusal in
                let variable = variables.remove(at: place)
                return BootFault(variable.place, refusal, of: variable.assignment)
            }
            for fault in found.reversed() { note(fault, since: before) }
        }
    }

    /// Of assignments that can be, each for itself.
    private static func transaction(of assignments: [Assignment]) -> MIBTransaction {
        var transaction = MIBTransaction(MIB(), interfaces: [])
        try? transaction.assign(assignments)
        return transaction
    }

    // MARK: interfaces

    /// - Parameter planner: knows the interfaces of the files before.
    private mutating func readInterface(
        _ name: String, _ path: String, _ read: Reader, _ planner: inout Planner
    ) {
        let before = faults.count
        guard let (kind, unit) = InterfaceKind.parse(name), unit != nil else {
            note(BootFault(path, .noCloner(name)), since: before)
            return
        }
        var commands: [BootCommand] = []
        var trial = planner
        for line in CommandFile.read(text(of: path, read)) {
            do throws(LineFault) {
                let change = try BootConfiguration.change(line.words, of: name, kind, &trial)
                commands.append(BootCommand(place: "\(path):\(line.number)", change: change))
            } catch {
                note(BootFault("\(path):\(line.number)", error.reason), since: before)
                trial.suppose(name, kind)
            }
        }
        sayFound(path, commands.count, "command", faults.count - before)
        guard faults.count == before else { return }
        planner = trial
        files.append(BootFile(path: path, commands: commands))
    }

    /// Why a line is no command.
    private struct LineFault: Error {
        let reason: String
    }

    private static func change(
        _ words: [String]?, of name: String, _ kind: InterfaceKind, _ planner: inout Planner
    ) throws(LineFault) -> Change {
        guard let words else { throw LineFault(reason: CommandFile.unclosed) }
        let command: InterfaceCommand
        do throws(WordError) {
            command = try InterfaceCommand(parsing: [name] + words, for: kind)
        } catch {
            throw LineFault(reason: error.line)
        }
        guard case .change(let change) = command else { throw LineFault(reason: "changes nothing") }
        do throws(Refusal) {
            _ = try planner.plan([change])
        } catch {
            throw LineFault(reason: error.line)
        }
        return change
    }

    // MARK: what is said

    /// Nothing, and that is noted, if there is nothing to read.
    private mutating func text(of path: String, _ read: Reader) -> String {
        do throws(RegularFileError) {
            return String(decoding: try read(path), as: UTF8.self)
        } catch {
            let reason =
                switch error {
                case .failed(let error): BSDErrno(error.errno).text
                case .notRegular: "not a regular file"
                case .tooLarge(let limit): "larger than \(limit) bytes"
                }
            faults.append(BootFault(path, reason))
            return ""
        }
    }

    /// - Parameter before: how many there were before the file.
    private mutating func note(_ fault: BootFault, since before: Int) {
        let count = faults.count - before
        if count < BootConfiguration.faultLimit {
            faults.append(fault)
        } else if count == BootConfiguration.faultLimit {
            faults.append(BootFault(fault.place, "and more"))
        }
    }

    private mutating func sayFound(_ path: String, _ count: Int, _ noun: String, _ faults: Int) {
        let what = "\(count) \(noun)\(count == 1 ? "" : "s")"
        found.append("\(path): \(what)" + (faults == 0 ? "" : ", \(faults) fault\(faults == 1 ? "" : "s")"))
    }
}

/// A line of `sysctl.conf`.
public struct BootVariable: Equatable, Sendable {
    /// `/etc/inet6d/sysctl.conf:3`
    public let place: String
    public let assignment: Assignment
}

/// The file of an interface.
public struct BootFile: Equatable, Sendable {
    public let path: String
    public let commands: [BootCommand]
    public var changes: [Change] { commands.map(\.change) }

    /// What was refused of its changes.
    func fault(_ refusal: Refusal) -> BootFault {
        let place = commands.count == 1 ? commands.first?.place : refusal.index.map { commands[$0].place }
        return BootFault(place ?? path, refusal)
    }
}

/// A line of it.
public struct BootCommand: Equatable, Sendable {
    /// `/etc/inet6d/stf0.if:1`
    public let place: String
    public let change: Change
}
