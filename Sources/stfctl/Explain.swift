// SPDX-License-Identifier: BSD-2-Clause
import Captures
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
        let capture = try capture()
        var isDropped = false
        try tool.show(options) { client throws(ControlError) in
            var replies: [ExplainReply] = []
            for packet in capture.packets { replies.append(try explain(packet, by: client)) }
            isDropped = replies.contains { $0.verdict == .dropped }
            if options.has("j") { return try json(Explained(packets: replies)) }
            return replies.enumerated().reduce("") { text, reply in
                let number = digits == nil ? "\(reply.offset + 1): " : ""
                let reason = reply.element.reason.map { "\($0): " } ?? ""
                return text
                    + "\(interface): \(number)\(reply.element.verdict): \(reason)\(reply.element.text)\n"
            }
        }
        if let flaw = capture.flaw { throw .noInput("\(packet): \(flaw)") }
        return isDropped ? .refused : .success
    }

    private func capture() throws(ToolError) -> (packets: [CapturedPacket?], flaw: String?) {
        if let bytes = digits.flatMap({ [UInt8](hexadecimal: $0) }) {
            return ([CapturedPacket(bytes: bytes[...], length: bytes.count)], nil)
        }
        let bytes = try contents(ofNamedFile: packet)
        do throws(CaptureError) {
            let capture = try Capture(reading: bytes)
            return (capture.packets, capture.flaw)
        } catch {
            throw .noInput("\(packet): \(error.reason)")
        }
    }

    private func explain(
        _ packet: CapturedPacket?, by client: ControlClient
    ) throws(ControlError) -> ExplainReply {
        guard let packet else { return ExplainReply(.ignored, "not an IP packet") }
        if packet.isOutgoing, direction == .input { return ExplainReply(.ignored, "sent by this host") }
        // Digits do not say how long the packet was that they begin; it does.
        let length = digits == nil ? packet.length : nil
        return try client.explain(
            ExplainParameters(
                interface: interface, direction: direction, packet: packet.bytes.hexadecimal, length: length,
                arrival: arrival))
    }
}
