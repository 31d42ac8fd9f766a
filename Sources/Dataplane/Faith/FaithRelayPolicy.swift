// SPDX-License-Identifier: BSD-2-Clause
import Faith
import Internet
import Relay

/// Decides over captured connections: which server an address stands for, who may reach it, and how.
struct FaithRelayPolicy: RelayPolicy, Equatable {
    private let captured: PrefixMap<FaithPrefix>
    private let record: FaithRecord
    private let access: AccessList

    init(_ captured: PrefixMap<FaithPrefix> = PrefixMap(), _ record: FaithRecord = FaithRecord()) {
        self.captured = captured
        self.record = record
        access = record.access
    }

    func decide(_ request: RelayRequest) -> RelayDecision {
        let asked = request.destination
        guard let service = record.service(of: asked.port) else { return .refuse(.noService) }
        guard let prefix = captured.longest(with: asked.address) else { return .refuse(.policy(.outsidePrefix)) }
        switch FaithPolicy(prefix: prefix, access: access).verdict(client: request.client.address, asked: asked.address)
        {
        case .refuse(let reason, _):
            return .refuse(.policy(reason))
        case .relay(let server, let source, _):
            return .connect(
                RelayServer(
                    IPv4Endpoint(server, port: asked.port), from: source, sendsProxyHeader: service.sendsProxyHeader,
                    application: service.application(of: asked.port),
                    usesReservedPort: service.usesReservedPort(for: asked.port)))
        }
    }
}

/// Serves connections to this host itself.
struct LocalProgramPolicy: RelayPolicy {
    let program: RelayProgram

    func decide(_ request: RelayRequest) -> RelayDecision { .run(program) }
}
