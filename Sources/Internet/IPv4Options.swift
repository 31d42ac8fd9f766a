// SPDX-License-Identifier: BSD-2-Clause

/// The options of an IPv4 header (RFC 791 §3.1), as far as a kernel looks at those of a packet that arrives.
public enum IPv4Options: Equatable, Sendable {
    /// It takes the packet.
    case accepted
    /// It takes it only where source routes are allowed (RFC 7126 §4.3, §4.4; Linux: `accept_source_route`).
    case sourceRoute
    /// It drops it.
    case malformed

    /// - Parameter bytes: what lies between the fixed header and the payload.
    public init(_ bytes: borrowing RawSpan) {
        self = .accepted
        var seen: Set<UInt8> = []
        var at = 0
        while at < bytes.byteCount {
            let kind = bytes.byte(at: at)
            if kind == Kind.end { return }
            if kind == Kind.nothing {
                at += 1
                continue
            }
            let left = bytes.byteCount - at
            guard left >= 2, case let size = Int(bytes.byte(at: at + 1)), size >= 2, size <= left,
                IPv4Options.isWhole(bytes.extracting(at..<at + size), kind)
            else {
                self = .malformed
                return
            }
            // Each at most once; of the two kinds of source route, one (RFC 1122 §3.2.1.8).
            let name = kind == Kind.strictRoute ? Kind.looseRoute : kind
            if Kind.single.contains(name), !seen.insert(name).inserted {
                self = .malformed
                return
            }
            if name == Kind.looseRoute { self = .sourceRoute }
            at += size
        }
    }

    private enum Kind {
        static let end: UInt8 = 0
        static let nothing: UInt8 = 1
        static let recordRoute: UInt8 = 7
        static let timestamp: UInt8 = 68
        static let looseRoute: UInt8 = 131
        static let strictRoute: UInt8 = 137
        static let routerAlert: UInt8 = 148
        static let single: Set<UInt8> = [recordRoute, timestamp, looseRoute]
    }

    /// Whether an option has the room that its pointer says it has. Pointers count from 1.
    private static func isWhole(_ option: borrowing RawSpan, _ kind: UInt8) -> Bool {
        let size = option.byteCount
        switch kind {
        case Kind.looseRoute, Kind.strictRoute: return size >= 3 && option.byte(at: 2) >= 4
        case Kind.recordRoute:
            guard size >= 3, case let pointer = Int(option.byte(at: 2)), pointer >= 4 else { return false }
            return pointer > size || pointer + 3 <= size
        case Kind.timestamp: return size >= 4 && hasRoomForTime(option)
        case Kind.routerAlert: return size >= 4
        default: return true
        }
    }

    private static func hasRoomForTime(_ option: borrowing RawSpan) -> Bool {
        let size = option.byteCount, pointer = Int(option.byte(at: 2))
        guard pointer >= 5 else { return false }
        // Full: the option counts whom it has no room for, up to 15.
        guard pointer <= size else { return option.byte(at: 3) >> 4 != 15 }
        guard pointer + 3 <= size else { return false }
        switch option.byte(at: 3) & 0x0F {
        // With an address in front of the time.
        case 1, 3: return pointer + 7 <= size
        default: return true
        }
    }
}
