// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import TestSupport
import Testing

/// What the peers of a control connection say to announce a data connection.
extension RelayNetwork {
    /// The client asks for passive mode: the port that it is told, and where the server really waits.
    func passive(
        _ client: TestSocket, _ server: TestSocket, _ command: String = "EPSV"
    ) throws -> (port: UInt16, data: TestListener) {
        try client.send(command + "\r\n")
        #expect(try server.line() == "PASV")
        let data = try TestListener("192.0.2.1")
        try server.send("227 Entering Passive Mode (192,0,2,1,\(data.port >> 8),\(data.port & 255)).\r\n")
        let reply = try client.line()
        if command == "LPSV" {
            let numbers = reply.split { !$0.isNumber }.compactMap { UInt16($0) }
            #expect(
                Array(numbers.dropLast(2))
                    == [228, 6, 16, 0x20, 1, 0x0D, 0xB8, 0, 0x64, 0, 0, 0, 0, 0, 0, 0xC0, 0, 2, 1, 2])
            return (numbers.suffix(2).reduce(0) { $0 << 8 | $1 }, data)
        }
        #expect(reply.hasPrefix("229 "))
        return (try #require(reply.split(separator: "|").dropFirst().first.flatMap { UInt16($0) }), data)
    }

    /// The client asks for active mode: where it waits, and where the server is told to connect to.
    func active(
        _ client: TestSocket, _ server: TestSocket, _ command: String = "EPRT"
    ) throws -> (data: TestListener, address: String, port: UInt16) {
        let data = try TestListener(RelayNetwork.client)
        let (address, port) = try active(client, server, at: data.port, command)
        return (data, address, port)
    }

    /// The same with a port where the client waits already.
    func active(
        _ client: TestSocket, _ server: TestSocket, at port: UInt16, _ command: String = "EPRT"
    ) throws -> (address: String, port: UInt16) {
        if command == "LPRT" {
            try client.send("LPRT 6,16,32,1,13,184,0,0,0,0,0,0,0,0,0,0,0,1,2,\(port >> 8),\(port & 255)\r\n")
        } else {
            try client.send("EPRT |2|\(RelayNetwork.client)|\(port)|\r\n")
        }
        let line = try server.line()
        #expect(line.hasPrefix("PORT "))
        let numbers = line.dropFirst(5).split(separator: ",").compactMap { UInt16($0) }
        guard numbers.count == 6 else { throw CommandFailure(description: line) }
        try server.send("200 PORT command successful.\r\n")
        #expect(try client.line() == "200 \(command) command successful.")
        return (numbers[..<4].map(String.init).joined(separator: "."), numbers[4] << 8 | numbers[5])
    }
}
