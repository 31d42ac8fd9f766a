// SPDX-License-Identifier: BSD-2-Clause
import Foundation
import Internet
import KernelPrograms
import SystemIO
import SystemPackage
import NodeBed
import TestSupport
import Testing

/// Sockets that are bound to a captured address on purpose.
@Suite struct PinholeTests {
    private func endpoint(_ text: String, _ port: UInt16) throws -> IPv6Endpoint {
        IPv6Endpoint(try address(text), port: port)
    }

    @Test func itLetsOneConnectionThrough() throws {
        try FaithBed.withRelay { bed, capture, relay throws in
            let name = try endpoint(FaithBed.inWide, 5000)
            let plain = { try bed.node.inside { _ = try TCPListener(name) } }
            #expect(throws: SystemError("bind", .addressNotAvailable)) { try plain() }
            let listener = try bed.node.inside { try TCPListener(name, captured: true) }
            let service = try bed.service(port: 5001)
            #expect(try bed.failure(to: FaithBed.inWide, port: 5000) == ECONNREFUSED)
            try capture.pinholes.open(name)
            #expect(try bed.failure(to: FaithBed.inWide, port: 5000) == 0)
            #expect(try bed.accept(listener)?.local == name)
            // Neither the next port nor the next address.
            #expect(try bed.failure(to: FaithBed.inWide, port: 5001) == ECONNREFUSED)
            #expect(try bed.failure(to: FaithBed.inNarrow, port: 5000) == ECONNREFUSED)
            try capture.pinholes.close(name)
            #expect(try bed.failure(to: FaithBed.inWide, port: 5000) == ECONNREFUSED)
            #expect(try bed.refused() == ["no-relay": 4])
            withExtendedLifetime((service, relay)) {}
        }
    }

    /// UDP has no data connections.
    @Test func datagramsDoNotGoThrough() throws {
        try FaithBed.withRelay { bed, capture, relay throws in
            let service = try bed.service(port: 5000, type: SOCK_DGRAM)
            try capture.pinholes.open(try endpoint(FaithBed.inWide, 5000))
            let socket = try TestSocket(in: bed.client, type: SOCK_DGRAM)
            _ = socket.connect(FaithBed.inWide, port: 5000)
            #expect(send(socket.number, "x", 1, 0) == 1)
            #expect(eventually { socket.receive() == nil && errno == ECONNREFUSED })
            #expect(service.receive() == nil)
            withExtendedLifetime(relay) {}
        }
    }

    @Test func thereAreSoManyAndNoMore() throws {
        try FaithBed.with { bed, capture throws in
            let pinholes = capture.pinholes
            for number in 0..<FaithPinholes.limit {
                let name = try endpoint(FaithBed.inWide, UInt16(truncatingIfNeeded: number))
                try pinholes.open(name)
            }
            // The same once more is no other.
            try pinholes.open(try endpoint(FaithBed.inWide, 1))
            let next = try endpoint(FaithBed.inNarrow, 5000)
            #expect(throws: KernelProgramError.failed(SystemError("BPF_MAP_UPDATE_ELEM", .argListTooLong))) {
                try pinholes.open(next)
            }
            try pinholes.close(try endpoint(FaithBed.inWide, 1))
            try pinholes.close(try endpoint(FaithBed.inWide, 1))
            try pinholes.open(next)
            withExtendedLifetime(bed) {}
        }
    }

    @Test func anyThreadMayOpenThem() throws {
        try FaithBed.withRelay { bed, capture, relay throws in
            let pinholes = capture.pinholes
            let name = try endpoint(FaithBed.inWide, 5000)
            let listener = try bed.node.inside { try TCPListener(name, captured: true) }
            let isOpen = DispatchSemaphore(value: 0)
            Thread {
                // Waiting ends here or with the test's time.
                if (try? pinholes.open(name)) != nil { isOpen.signal() }
            }.start()
            #expect(isOpen.wait(timeout: .now() + 10) == .success)
            #expect(try bed.failure(to: FaithBed.inWide, port: 5000) == 0)
            withExtendedLifetime((listener, relay)) {}
        }
    }
}
