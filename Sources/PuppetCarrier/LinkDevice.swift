// SPDX-License-Identifier: BSD-2-Clause
public import SystemIO
internal import SystemPackage

/// Where an end has its frames from, and brings them to.
public enum LinkDevice: Sendable {
    case tap(Tap)
    case socket(FrameSocket)

    var pollable: PollDescriptor {
        switch self {
        case .tap(let tap): tap.pollable
        case .socket(let socket): socket.pollable
        }
    }

    func fill(_ batch: inout FrameBatch) throws(SystemError) {
        switch self {
        case .tap(let tap): try batch.fill(from: tap)
        case .socket(let socket): try batch.fill(from: socket)
        }
    }

    func send(_ list: inout FrameList, _ sent: inout (frames: UInt64, bytes: UInt64)) -> FrameList.Outcome {
        switch self {
        case .tap(let tap): list.send(to: tap, &sent)
        case .socket(let socket): list.send(to: socket, &sent)
        }
    }
}
