// SPDX-License-Identifier: BSD-2-Clause
import Inet6Control
import Control
import Faith
import FaithControl
import Internet

/// What can be monitored.
enum MonitorSubject: CaseIterable {
    case interfaces, variables, sessions
}

/// What those who monitor have been told.
struct Monitor {
    private var told: [String: Told] = [:]

    /// An interface, and what of it only its own kind's tool shows.
    private struct Told: Equatable {
        var status: InterfaceStatus
        var faith: FaithRecord?
        var captured: [IPv6Prefix]?
    }

    /// The replies that a new call starts with: every interface as it is; of variables none.
    ///
    /// It is as those have it who monitor already, since news go out before each call is answered.
    mutating func start(_ subject: MonitorSubject, of dataplane: Dataplane) -> [UInt8] {
        switch subject {
        case .interfaces: return startInterfaces(of: dataplane)
        case .variables:
            dataplane.host.variables.lookAtKernel(isWanted: true)
            return Monitor.encoded([VariableEvent(.current)])
        case .sessions:
            dataplane.kinds.faith.watchSessions(isWanted: true)
            return Monitor.encoded([SessionEvent(.current)])
        }
    }

    private mutating func startInterfaces(of dataplane: Dataplane) -> [UInt8] {
        let interfaces = Monitor.interfaces(of: dataplane)
        told = Dictionary(interfaces.map { ($0.status.name, $0) }) { $1 }
        return Monitor.encoded(
            interfaces.map { MonitorReply(.interface, interface: $0.status) } + [MonitorReply(.current)])
    }

    /// The replies about what is not as it was when asked last.
    mutating func news(_ subject: MonitorSubject, of dataplane: Dataplane) -> [UInt8] {
        switch subject {
        case .interfaces: interfaceNews(of: dataplane)
        case .sessions: Monitor.encoded(dataplane.kinds.faith.takeSessionNews())
        case .variables: Monitor.encoded(dataplane.host.variables.takeNews().map { VariableEvent(.changed, $0) })
        }
    }

    private mutating func interfaceNews(of dataplane: Dataplane) -> [UInt8] {
        let interfaces = Monitor.interfaces(of: dataplane)
        let names = Set(interfaces.map(\.status.name))
        let removed = told.keys.filter { !names.contains($0) }.sorted()
        let changed = interfaces.filter { told[$0.status.name] != $0 }.map(\.status)
        told = Dictionary(interfaces.map { ($0.status.name, $0) }) { $1 }
        return Monitor.encoded(
            removed.map { MonitorReply(.removed, name: $0) } + changed.map { MonitorReply(.interface, interface: $0) })
    }

    /// Lifetimes that run down are no event.
    private static func interfaces(of dataplane: Dataplane) -> [Told] {
        ((try? dataplane.list(nil, counters: false)) ?? []).map { interface in
            var interface = interface
            for place in interface.inet6.indices {
                interface.inet6[place].pltime = nil
                interface.inet6[place].vltime = nil
            }
            let faith = dataplane.kinds.faith[interface.name]
            return Told(status: interface, faith: faith?.record, captured: faith?.captured.map(\.prefix))
        }
    }

    private static func encoded(_ replies: [some Codable]) -> [UInt8] {
        replies.flatMap { event in
            var reply = VarlinkReply(parameters: event)
            reply.continues = true
            return (try? VarlinkWire.encode(reply)) ?? []
        }
    }
}
