// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
import SystemIO
import Tool
import Words

/// `map 192.0.2.1`, which is 2002:c000:201::/48, and `map 2002:c000:201::1` back; or the same in a 6rd domain, which an
/// interface has or words describe: `map inet6 2001:db8::/32 stfv4net 10.0.0.1/8 10.1.2.3`.
struct MapCommand: Equatable {
    private let interface: String?
    private let prefix: IPv6Prefix?
    private let net: SixRD
    private let address: String

    init(_ words: ArraySlice<String>) throws(ToolError) {
        let usage = ToolError.usage("map: wants [interface | inet6 address/length [stfv4net address/length]] address")
        var rest = words
        guard let address = rest.popLast() else { throw usage }
        self.address = address
        var (prefix, net, interface) = (IPv6Prefix?.none, SixRD(), String?.none)
        while let word = rest.popFirst() {
            switch word {
            case "inet6":
                guard let text = rest.popFirst() else { throw usage }
                prefix = try MapCommand.prefix(text)
            case "stfv4net":
                guard let text = rest.popFirst() else { throw usage }
                guard let read = SixRD(net: text) else {
                    throw .line("map: stfv4net \(text): bad value (address/length, 1..32; 32 is no common bits)")
                }
                net = read
            default:
                guard interface == nil, rest.isEmpty, prefix == nil else { throw usage }
                interface = word
            }
        }
        guard prefix != nil || net == SixRD() else { throw .usage("map: stfv4net: needs inet6 address/length") }
        (self.prefix, self.net, self.interface) = (prefix, net, interface)
    }

    private static func prefix(_ text: String) throws(ToolError) -> IPv6Prefix {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPv6Address(String(parts[0])), let length = decimal(String(parts[1])),
            (0...128).contains(length)
        else { throw .line("map: inet6 \(text): bad value (prefix/length)") }
        return IPv6Prefix(address, length: length)
    }

    struct Answer: Encodable, Equatable {
        var ipv4: String
        var ipv6: String
    }

    func run(_ options: Options, of tool: InterfaceTool) throws(ToolError) -> ExitStatus {
        let answer = try answer(in: try domain(options, of: tool))
        let text = address.contains(":") ? answer.ipv4 : answer.ipv6
        write(options.has("j") ? (try? json(answer)) ?? "" : "\(text)\n", to: .output)
        return .success
    }

    /// Asks the daemon only for that of an interface.
    private func domain(_ options: Options, of tool: InterfaceTool) throws(ToolError) -> TunnelDomain {
        if let domain = try described() { return domain }
        let interface = interface ?? ""
        let status: InterfaceStatus?
        do throws(ControlError) {
            status = try ControlClient(path: InterfaceTool.socket(options)).list(interface).interfaces.first
        } catch {
            throw .control(error)
        }
        guard let status, let first = status.inet6.first, let own = IPv6Address(first.address) else {
            throw .line("map: \(interface): it has no inet6 address")
        }
        return try domain(of: own, first.prefixlen, status.stfv4net.flatMap { SixRD(net: $0) } ?? SixRD())
    }

    /// The domain that the words describe, 6to4 without any; nil if it is an interface's.
    func described() throws(ToolError) -> TunnelDomain? {
        if let prefix { return try domain(of: prefix.address, prefix.length, net) }
        return interface == nil ? SixToFour.domain : nil
    }

    private func domain(of address: IPv6Address, _ length: Int, _ net: SixRD) throws(ToolError) -> TunnelDomain {
        let described: TunnelDomain? = net.domain(of: address, prefixLength: length)
        guard let domain = described else {
            throw .line("map: \(address)/\(length): prefix length + \(32 - net.commonLength) exceeds 64")
        }
        return domain
    }

    /// Both, whichever was asked for.
    func answer(in domain: TunnelDomain) throws(ToolError) -> Answer {
        if let ipv4 = IPv4Address(address) {
            guard domain.common.contains(ipv4) else { throw .line("map: \(ipv4): not in \(domain.common)") }
            return Answer(ipv4: ipv4.description, ipv6: domain.site(of: ipv4).description)
        }
        let parts = address.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let length = parts.count == 2 ? decimal(String(parts[1])) : 128
        guard let ipv6 = parts.first.flatMap({ IPv6Address(String($0)) }), let length, length <= 128 else {
            throw .line("map: \(address): bad value")
        }
        guard let ipv4 = domain.embedded(in: ipv6) else { throw .line("map: \(ipv6): not in \(domain.prefix)") }
        let site = domain.site(of: ipv4)
        guard length >= site.length else {
            throw .line("map: \(address): more than one site, each with a /\(site.length)")
        }
        return Answer(ipv4: ipv4.description, ipv6: site.description)
    }

    static func candidates(after words: ArraySlice<String>, interfaces: () -> [Candidate]) -> [Candidate] {
        let domain = [Candidate(text: "inet6", help: "the prefix of a domain")]
        switch words.last {
        case nil: return interfaces() + domain
        case "inet6", "stfv4net": return []
        default:
            let isDescribed = words.contains("inet6") && !words.contains("stfv4net")
            return isDescribed ? [Candidate(text: "stfv4net", help: "how many leading bits are common")] : []
        }
    }
}
