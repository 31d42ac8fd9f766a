// SPDX-License-Identifier: BSD-2-Clause
internal import Faith

extension RelayCounters: Codable {
    /// Reasons go by their names: the next version may have others.
    private enum CodingKeys: String, CodingKey {
        case accepted
        case connected
        case bytesToServer
        case bytesToClient
        case pauses
        case latency
        case refusals
        case ends
        case ftpRefusals
    }

    public init(from decoder: any Decoder) throws {
        self.init()
        let values = try decoder.container(keyedBy: CodingKeys.self)
        accepted = try values.decode(UInt64.self, forKey: .accepted)
        connected = try values.decode(UInt64.self, forKey: .connected)
        bytesToServer = try values.decode(UInt64.self, forKey: .bytesToServer)
        bytesToClient = try values.decode(UInt64.self, forKey: .bytesToClient)
        pauses = try values.decode(UInt64.self, forKey: .pauses)
        let latency = try values.decode([UInt64].self, forKey: .latency)
        for place in connectLatency.counts.indices where place < latency.count {
            connectLatency.counts[place] = latency[place]
        }
        let refusals = try values.decode([String: UInt64].self, forKey: .refusals)
        for reason in RelayRefusal.all { self[reason] = refusals[reason.name] ?? 0 }
        let ends = try values.decode([String: UInt64].self, forKey: .ends)
        for end in RelayEnd.allCases { self[end] = ends[end.name] ?? 0 }
        let ftpRefusals = try values.decode([String: UInt64].self, forKey: .ftpRefusals)
        for reason in FTPRefusal.allCases { self[reason] = ftpRefusals[reason.name] ?? 0 }
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(accepted, forKey: .accepted)
        try values.encode(connected, forKey: .connected)
        try values.encode(bytesToServer, forKey: .bytesToServer)
        try values.encode(bytesToClient, forKey: .bytesToClient)
        try values.encode(pauses, forKey: .pauses)
        try values.encode(connectLatency.counts, forKey: .latency)
        try values.encode(Dictionary(RelayRefusal.all.map { ($0.name, self[$0]) }) { $1 }, forKey: .refusals)
        try values.encode(Dictionary(RelayEnd.allCases.map { ($0.name, self[$0]) }) { $1 }, forKey: .ends)
        try values.encode(Dictionary(FTPRefusal.allCases.map { ($0.name, self[$0]) }) { $1 }, forKey: .ftpRefusals)
    }
}
