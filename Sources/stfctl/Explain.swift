// SPDX-License-Identifier: BSD-2-Clause
import Control
import Internet
import SystemIO
import Tool
import Words

extension ExplainCommand {
    /// All packets of one question, for `-j`.
    struct Explained: Codable {
        var packets: [ExplainReply]
    }

    /// A packet that is dropped makes the status that of a refusal.
    func run(_ options: Options, of tool: InterfaceTool) throws(ToolError) -> ExitStatus {
        let packets = try packets()
        var isDropped = false
        try tool.show(options) { client throws(ControlError) in
            var replies: [ExplainReply] = []
            for packet in packets { replies.append(try explain(packet, by: client)) }
            isDropped = replies.contains { $0.verdict == .dropped }
            if options.has("j") { return try json(Explained(packets: replies)) }
            return replies.enumerated().reduce("") { text, reply in
                let number = digits == nil ? "\(reply.offset + 1): " : ""
                let reason = reply.element.reason.map { "\($0): " } ?? ""
                return text
                    + "\(interface): \(number)\(reply.element.verdict): \(reason)\(reply.element.text)\n"
            }
        }
        return isDropped ? .refused : .success
    }

    private func packets() throws(ToolError) -> [CapturedPackets.Packet?] {
        if let bytes = digits.flatMap({ [UInt8](hexadecimal: $0) }) {
            return [CapturedPackets.Packet(bytes: bytes[...], length: bytes.count)]
        }
        let bytes = try contents(ofNamedFile: packet)
        do throws(CapturedPackets.Failure) {
            return try CapturedPackets(reading: bytes).packets
        } catch {
            throw .line("\(packet): \(error.reason)")
        }
    }

    /// No rule looks farther into a packet than this; and a question has to be short.
    private static let bytesThatMatter = 512

    private func explain(
        _ packet: CapturedPackets.Packet?, by client: ControlClient
    ) throws(ControlError) -> ExplainReply {
        guard let packet else { return ExplainReply(.ignored, "not an IP packet") }
        let digits = packet.bytes.prefix(ExplainCommand.bytesThatMatter).hexadecimal
        return try client.explain(
            ExplainParameters(
                interface: interface, direction: direction, packet: digits, length: packet.length, arrival: arrival))
    }
}
