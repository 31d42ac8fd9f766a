// SPDX-License-Identifier: BSD-2-Clause
import Faith

/// What is said so that the relay finds other commands in it than the server, or the client another reply.
extension FTPDialogue {
    static let hidden: [FTPDialogue] =
        [
            hiding("a subnegotiation without end", [255, 250] + said("PORT 9,9,9,9,4,1"), telnet),
            hiding("one that ends in another line", said("NOOP") + [255, 250, 1, 0x0A, 255, 240], telnet),
            hiding(
                "one with an end that is none", [255, 250, 255, 1] + said("PORT 9,9,9,9,4,1") + [255, 240], telnet),
            hiding("one in the midst of a command", said("NOOP") + [255, 250] + said(" x"), telnet),
            hiding("a Telnet command without end", said("NOOP") + [255], telnet),
            hiding("an option without end", said("NOOP") + [255, 253], telnet),
            hiding("what is no Telnet command", [255] + said("PORT 9,9,9,9,4,1"), telnet),
            hiding("a name with a lone 255", said("CWD a") + [255, 0x62], telnet),
            hiding("two bytes 255 in a verb", said("PO") + [255, 255] + said("RT 9,9,9,9,4,1"), badVerb),
            hiding("a carriage return", said("NOOP\rPORT 127,0,0,1,0,25"), control),
            hiding("a line that only says so", said("\rPORT 127,0,0,1,0,25"), control),
            hiding("two carriage returns", said("NOOP\r"), control),
            hiding("NUL", said("NOOP\0PORT 127,0,0,1,0,25"), control),
            hiding("NUL at the beginning", said("\0PORT 127,0,0,1,0,25"), control),
            hiding("a name with an end of line, as RFC 2640 has it", said("STOR a\r\0"), control),
            hiding("a tab for a blank", said("PORT\t127,0,0,1,0,25"), control),
            hiding("a tab at the beginning", said("\tPORT 127,0,0,1,0,25"), control),
            hiding("form feed and vertical tab", said("NOOP\u{B}PORT 1,1,1,1,4,1\u{C}"), control),
            hiding("escape", said("NOOP \u{1B}[A"), control),
            hiding("a verb that no RFC has", said("P@SW"), badVerb),
            hiding("a verb in quotes", said("\"PORT\" 1,1,1,1,4,1"), badVerb),
            hiding("a mark of Unicode's", said("\u{FEFF}PORT 1,1,1,1,4,1"), badVerb),
            hiding("a blank of Unicode's", said("PORT\u{A0}1,1,1,1,4,1"), badVerb),
        ]
        + [255, 511, 512, 1023].map { length in
            hiding(
                "PORT behind \(length) bytes",
                said("CWD " + String(repeating: "x", count: length - 4) + "PORT 9,9,9,9,4,1"),
                ("501 One command a line.", "hidden-command"))
        } + [
            hiding(
                "EPRT in a long line", said("STOR " + String(repeating: "/", count: 600) + "eprt  |1|9.9.9.9|25|"),
                ("501 One command a line.", "hidden-command")),
            FTPDialogue(
                name: "long names that hide nothing",
                steps: [greeting]
                    + unchanged("CWD PORT 9,9,9,9,4,1\r\n", "550 no\r\n")
                    + unchanged("SITE PORT 9,9,9,9,4,1\r\n", "500 no\r\n")
                    + unchanged(
                        "RETR " + String(repeating: "x/", count: 300) + "Report 2024, Airport\r\n", "550 no\r\n")),
            FTPDialogue(
                name: "Telnet's commands are taken out",
                steps: [
                    greeting,
                    Step(
                        speaker: .client, bytes: [255, 244, 255, 242] + said("AB") + [255, 241] + said("OR\r\n"),
                        toServer: said("ABOR\r\n")),
                    Step(speaker: .client, bytes: [255, 241, 255, 252, 1, 255, 254, 1, 0x0A]),
                    Step(
                        speaker: .client, bytes: [255, 253, 1, 255, 251, 3] + said("NOOP\r\n"),
                        toClient: [255, 252, 1, 255, 254, 3], toServer: said("NOOP\r\n")),
                    Step(
                        speaker: .client, bytes: said("NO") + [255, 250, 1, 11, 255, 255, 255, 240] + said("OP\r\n"),
                        toServer: said("NOOP\r\n")),
                ]),
            FTPDialogue(
                name: "a name may have a byte 255, written as Telnet has it",
                steps: [
                    greeting,
                    Step(
                        speaker: .client, bytes: said("CWD ") + [255, 255, 0xFE, 255, 255] + said("\n"),
                        toServer: said("CWD ") + [255, 255, 0xFE, 255, 255] + said("\r\n")),
                    Step(
                        speaker: .server, bytes: said("550 ") + [255, 255, 255, 251, 1, 0xFF, 0x61, 0xFF, 0x0D, 0x0A],
                        toClient: said("550 ") + [255, 255, 255, 0x61, 255, 0x0D, 0x0A]),
                ]),
        ] + unasked

    private static let telnet = ("501 Telnet command not understood.", "bad-telnet")
    private static let control = ("501 No control characters in a command.", "control-character")
    private static let badVerb = ("500 Command not understood.", "bad-verb")

    /// A command of which nothing reaches the server, and the next, which does.
    private static func hiding(
        _ name: String, _ line: [UInt8], _ refusal: (reply: String, reason: String)
    ) -> FTPDialogue {
        FTPDialogue(
            name: "hidden by \(name)",
            steps: [
                greeting,
                Step(
                    speaker: .client, bytes: line + said("\r\n"),
                    toClient: said(refusal.reply + "\r\n")),
            ] + unchanged("NOOP\r\n", "200 ok\r\n"), events: [refusal.reason])
    }

    /// A client goes by these to a data connection: with LPSV, to that of another host.
    private static let unasked: [FTPDialogue] =
        ["227 (192,0,2,1,4,1)", "228 (6,16,0)", "229 (|||22|)", "229"].flatMap {
            announced in
            [
                FTPDialogue(
                    name: "\(announced) that nobody asked for",
                    steps: [
                        greeting, client("CPSV\r\n", toServer: "CPSV\r\n"),
                        server(announced + "\r\n", toClient: "425 Cannot open data connection.\r\n"),
                        client("EPRT |2|2001:db8::1|1025|\r\n", toServer: "PORT 198,51,100,1,195,80\r\n"),
                        server(
                            announced.prefix(3) + "-x\r\n y\r\n" + announced + "\r\n",
                            toClient: "425 Cannot open data connection.\r\n"),
                    ],
                    events: [
                        "active to [2001:db8::1]:1025", "close 198.51.100.1:50000", "unasked-port", "unasked-port",
                    ]),
                FTPDialogue(
                    name: "\(announced) at the end of the connection",
                    steps: [greeting, server(announced)]),
            ]
        }
        + ["228 (6,16,0)", "229 (|||22|)", "200 ok"].map { announced in
            FTPDialogue(
                name: "\(announced) to PASV",
                steps: [
                    greeting, client("LPSV\r\n", toServer: "PASV\r\n"),
                    server(announced + "\r\n", toClient: "425 Cannot open data connection.\r\n"),
                ], events: ["bad-reply"])
        }

    /// AUTH, and what is said before anybody could know what comes of it.
    static let secured: [FTPDialogue] =
        [
            FTPDialogue(
                name: "TLS",
                steps: [greeting] + unchanged("AUTH TLS\r\n", "500 no\r\n") + [
                    client("auth ssl \r\n", toServer: "AUTH SSL\r\n"),
                    server("234-x\r\n234 go\r\n\u{16}\u{3}", toClient: "234-x\r\n234 go\r\n\u{16}\u{3}"),
                    client("\u{16}\u{1}EPSV\r\nPORT\r\n", toServer: "\u{16}\u{1}EPSV\r\nPORT\r\n"),
                    server("227 (192,0,2,1,4,1)\r\n", toClient: "227 (192,0,2,1,4,1)\r\n"),
                ], isTransparent: true),
            FTPDialogue(
                name: "TLS drops what was said in the clear",
                steps: [
                    greeting, client("AUTH TLS\r\nUSER x\r\nPORT 9,9,9,9,4,1\r\nNO", toServer: "AUTH TLS\r\n"),
                    client("OP\r\nEPSV\r\n"), server("234 go\r\n", toClient: "234 go\r\n"),
                    client("\u{16}\u{3}", toServer: "\u{16}\u{3}"),
                ], events: ["clear-text"], isTransparent: true),
            FTPDialogue(
                name: "without TLS it is as any other",
                steps: [
                    greeting,
                    client(
                        "AUTH TLS\r\nNOOP\r\nPORT 9,9,9,9,4,1\r\nAUTH TLS\r\nTYPE I\r\nSY", toServer: "AUTH TLS\r\n"),
                    server("500-no\r\n", toClient: "500-no\r\n"),
                    server("500 no\r\n", toClient: "500 no\r\n", toServer: "NOOP\r\nAUTH TLS\r\n"),
                    server(
                        "200 ok\r\n500 no\r\n", toClient: "200 ok\r\n502 PORT not implemented.\r\n500 no\r\n",
                        toServer: "TYPE I\r\n"),
                    client("ST\r\n", toServer: "SYST\r\n"),
                ], events: ["not-for-ipv6"]),
            FTPDialogue(
                name: "a server that left a command before AUTH unanswered",
                steps: [
                    greeting, client("NOOP\r\nAUTH TLS\r\n", toServer: "NOOP\r\nAUTH TLS\r\n"),
                    server("234 go\r\n", toClient: "234 go\r\n"), client("\0\r", toServer: "\0\r"),
                ], isTransparent: true),
        ]
        + ["AUTH", "AUTH GSSAPI", "AUTH KERBEROS_V4", "AUTH TLSX"].map { command in
            FTPDialogue(
                name: command,
                steps: [greeting, client("\(command)\r\n", toClient: "504 Only AUTH TLS is understood.\r\n")]
                    + unchanged("NOOP\r\n", "200 ok\r\n"), events: ["unknown-mechanism"])
        }
        + ["MIC", "CONF", "enc"].map { verb in
            FTPDialogue(
                name: verb,
                steps: [
                    greeting,
                    client("\(verb) UE9SVA==\r\n", toClient: "502 \(verb.uppercased()) not implemented.\r\n"),
                ] + unchanged("CCC\r\n", "533 no\r\n"), events: ["encoded-command"])
        }
}
