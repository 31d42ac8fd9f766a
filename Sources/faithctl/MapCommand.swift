// SPDX-License-Identifier: BSD-2-Clause
import Control
import Faith
import Internet
import SystemIO
import Tool
import Words

/// `map 2001:db8:64::/96 192.0.2.1`, and `map 2001:db8:64::/96 2001:db8:64::c000:201` back. Asks nobody.
struct MapCommand {
    private let prefix: String
    private let address: String
    private let last32: Bool

    /// The word of faith(4) for the same.
    static let lastBits = "last32"

    init(_ words: ArraySlice<String>) throws(ToolError) {
        var words = Array(words)
        last32 = words.last == MapCommand.lastBits
        if last32 { words.removeLast() }
        guard words.count == 2 else { throw .usage("map: wants prefix/length address [last32]") }
        (prefix, address) = (words[0], words[1])
    }

    struct Answer: Encodable, Equatable {
        var ipv4: String
        var ipv6: String
    }

    func run(_ options: Options, _ tool: InterfaceTool) throws(ToolError) -> ExitStatus {
        let answer = try answer()
        let text = address.contains(":") ? answer.ipv4 : answer.ipv6
        write(options.has("j") ? (try? json(answer)) ?? "" : "\(text)\n", to: .output)
        return .success
    }

    /// Both addresses, whichever was asked for.
    func answer() throws(ToolError) -> Answer {
        do throws(FaithPrefixError) {
            guard let read = IPv6Prefix(reading: prefix, hostLength: nil) else { throw .notPrefix }
            return try answer(last32 ? FaithPrefix(read, mapping: .lastBits) : FaithPrefix(read))
        } catch {
            throw .line("map: \(prefix): \(address): \(error.description)")
        }
    }

    private func answer(_ prefix: FaithPrefix) throws(FaithPrefixError) -> Answer {
        if let ipv4 = IPv4Address(address) {
            return Answer(ipv4: ipv4.description, ipv6: try prefix.map(ipv4).description)
        }
        guard let ipv6 = IPv6Address(address) else { throw .notAddress }
        return Answer(ipv4: try prefix.embedded(in: ipv6).description, ipv6: ipv6.description)
    }
}
