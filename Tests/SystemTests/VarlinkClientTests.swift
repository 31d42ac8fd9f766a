// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

extension SystemTests {
    /// `inet6d` needs no client of ours: the varlink package of PyPI reads its interfaces and drives it. One host.
    @Suite struct VarlinkClientTests {
        @Test func anotherClientDrivesTheDaemon() throws {
            let script = Executables.package.appending(path: "Tests/SystemTests/varlink_client.py").path
            try Topology.with { net in
                let daemon = try net.daemon(in: try net.namespace("a"))
                let result = try net.start([try python(), script, daemon.socket.path]).wait()
                #expect(result.status == 0 && result.output.isEmpty && result.error.isEmpty, "\(result)")
            }
        }

        /// HYDRANGEA_PYTHON, else that of the environment that `make check` makes.
        private func python() throws -> String {
            let variable = ProcessInfo.processInfo.environment["HYDRANGEA_PYTHON"] ?? ""
            let path =
                variable.isEmpty ? Executables.package.appending(path: ".build/venv/bin/python3").path : variable
            guard FileManager.default.isExecutableFile(atPath: path) else {
                throw MissingCapability("\(path) is not there: run make check, or set HYDRANGEA_PYTHON")
            }
            return path
        }
    }
}
