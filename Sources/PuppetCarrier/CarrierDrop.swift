// SPDX-License-Identifier: BSD-2-Clause
public import SystemPackage

/// Why a frame of a tunnel died. What is sniffed is input, and what is injected is output, at either end.
public enum CarrierDrop: Int, CaseIterable, Sendable {
    case late
    case offload
    case tooLong
    case short
    case queueFull
    case down
    case failed
    case kernel
    case recursive
    case looped
    case unwanted
    case rate
    case cut

    /// What the kernel says of a frame that it does not take.
    public init(_ errno: Errno) {
        switch errno {
        case .messageTooLong: self = .tooLong
        case .invalidArgument: self = .short
        case .noBufferSpace, .noMemory: self = .queueFull
        case .networkDown, .ioError, .noSuchAddressOrDevice: self = .down
        case _: self = .failed
        }
    }

    /// A name that scripts may rely on.
    public var name: String {
        switch self {
        case .late: "late"
        case .offload: "offload"
        case .tooLong: "too-long"
        case .short: "short"
        case .queueFull: "queue-full"
        case .down: "down"
        case .failed: "failed"
        case .kernel: "kernel"
        case .recursive: "recursive"
        case .looped: "looped"
        case .unwanted: "unwanted"
        case .rate: "rate"
        case .cut: "cut"
        }
    }

    public var description: String {
        switch self {
        case .late: "the connection took too long to take it"
        case .offload: "it cannot be cut or summed as was left to do for it"
        case .tooLong: "it is longer than the interface, or the peer, takes"
        case .short: "it is no whole frame"
        case .queueFull: "the queue of the interface is full"
        case .down: "the interface is down"
        case .failed: "the kernel did not take it"
        case .kernel: "it found no room in the kernel before it was read"
        case .recursive: "it belongs to the connection that carries the tunnel"
        case .looped: "the tunnel sniffs itself: see exclude"
        case .unwanted: "this direction was not asked for"
        case .rate: "there were more than the rate permits"
        case .cut: "the connection ended before it was sent, or emitted"
        }
    }
}

/// Frames, and their bytes.
public struct FrameCount: Equatable, Sendable {
    public var frames: UInt64 = 0
    public var bytes: UInt64 = 0

    public init() {}
}

/// What an end has counted.
public struct CarrierCounters: Equatable, Sendable {
    public var sniffed = FrameCount()
    public var injected = FrameCount()
    private var inputDrops = [UInt64](repeating: 0, count: CarrierDrop.allCases.count)
    private var outputDrops = [UInt64](repeating: 0, count: CarrierDrop.allCases.count)
    /// Connections that there were.
    public var sessions: UInt64 = 0
    /// Who came, and did not show a key of the peer's.
    public var strangers: UInt64 = 0

    public init() {}

    public subscript(sniffed drop: CarrierDrop) -> UInt64 {
        get { inputDrops[drop.rawValue] }
        set { inputDrops[drop.rawValue] = newValue }
    }

    public subscript(injected drop: CarrierDrop) -> UInt64 {
        get { outputDrops[drop.rawValue] }
        set { outputDrops[drop.rawValue] = newValue }
    }
}
