// SPDX-License-Identifier: BSD-2-Clause
public import Control
import SystemIO
import SystemPackage
import Words

/// The configuration directory: `stf0.if` holds, one command a line, what would follow `stfctl stf0`.
public enum BootConfiguration {
    /// A line or file that cannot be used.
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// The changes of all files in the order of their names, which could be made on a node without interfaces. A directory
    /// that does not exist holds none.
    public static func read(_ directory: String) throws(Failure) -> [Change] {
        var changes: [Change] = []
        var planner = Planner(interfaces: [], otherNames: [], isIdempotent: false)
        for name in try fileNames(in: directory) where name.hasSuffix(".if") {
            let path = "\(directory)/\(name)"
            for (number, words) in try lines(of: path) {
                let place = "\(path):\(number)"
                let change = try change([String(name.dropLast(3))] + words, at: place)
                do throws(Refusal) {
                    _ = try planner.plan([change])
                } catch {
                    throw Failure(description: "\(place): \(error.line)")
                }
                changes.append(change)
            }
        }
        return changes
    }

    private static func fileNames(in directory: String) throws(Failure) -> [String] {
        do throws(SystemError) {
            return try SystemIO.fileNames(inDirectory: directory).sorted()
        } catch where error.errno == .noSuchFileOrDirectory {
            return []
        } catch {
            throw Failure(description: "\(directory): \(BSDErrno(error.errno).text)")
        }
    }

    private static func lines(of path: String) throws(Failure) -> [(number: Int, words: [String])] {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try contents(ofFile: path)
        } catch {
            throw Failure(description: "\(path): \(BSDErrno(error.errno).text)")
        }
        do throws(LineError) {
            return try CommandFile.lines(of: String(decoding: bytes, as: UTF8.self))
        } catch {
            throw Failure(description: "\(path):\(error.line): \(error.reason)")
        }
    }

    private static func change(_ words: [String], at place: String) throws(Failure) -> Change {
        let command: InterfaceCommand
        do throws(WordError) {
            command = try InterfaceCommand(parsing: words)
        } catch {
            throw Failure(description: "\(place): \(error.line)")
        }
        guard case .change(let change) = command else { throw Failure(description: "\(place): changes nothing") }
        return change
    }
}
