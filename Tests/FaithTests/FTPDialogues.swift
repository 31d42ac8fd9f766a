// SPDX-License-Identifier: BSD-2-Clause
import Faith

/// Dialogues with data connections, and what stays as it is.
extension FTPDialogue {
    static let all = plain + passive + active + pipelined + refused + hidden + secured

    private static let longAddress = "32,1,13,184,0,0,0,0,0,0,0,0,0,0,0,1"

    static let plain: [FTPDialogue] = [
        FTPDialogue(
            name: "nothing to translate",
            steps: [greeting] + unchanged("USER anonymous\r\n", "331 password\r\n")
                + unchanged("pass a@example\r\n", "230-Welcome\r\n 230 to\r\n230-the\r\n230 archive\r\n")
                + unchanged("TYPE I\r\n", "200 binary\r\n") + unchanged("QUIT\r\n", "221 bye\r\n")),
        FTPDialogue(
            name: "a line may end with LF only, and a path have any letter",
            steps: [
                greeting, client("CWD \u{7F}ü |x|~ y\n", toServer: "CWD \u{7F}ü |x|~ y\r\n"),
                server("250 done\n", toClient: "250 done\r\n"),
            ]),
        FTPDialogue(
            name: "blanks belong to a name, but to no verb",
            steps: [greeting] + unchanged("PASS  x \r\n", "230 in\r\n") + unchanged("PASS \r\n", "530 no\r\n") + [
                client("  NOOP\r\n", toServer: "NOOP\r\n"), server("200 ok\r\n", toClient: "200 ok\r\n"),
            ]),
        FTPDialogue(
            name: "what only looks like one of our commands",
            steps: [greeting] + unchanged("EPSVX\r\n", "500 what\r\n") + unchanged("EPS\r\n", "500 what\r\n")
                + unchanged("SITE EPSV\r\n", "500 what\r\n")),
        FTPDialogue(
            name: "an empty line gets no answer from anyone",
            steps: [greeting, client("\r\n"), client("\n"), client("  \r\n")]
                + unchanged("NOOP\r\n", "200 ok\r\n")),
        FTPDialogue(
            name: "120, then 220",
            steps: [
                server("120 wait\r\n", toClient: "120 wait\r\n"), greeting, client("EPSV\r\n", toServer: "PASV\r\n"),
                server("530 not logged in\r\n", toClient: "530 not logged in\r\n"),
            ]),
        FTPDialogue(
            name: "what is no reply is passed on, and does not look like one",
            steps: [
                greeting,
                server(
                    "hello\r\n99 x\r\n2200 y\r\n220x\r\n999 z\r\n",
                    toClient: "hello\r\n99 x\r\n 2200 y\r\n 220x\r\n 999 z\r\n"),
                client("NOOP\r\n", toServer: "NOOP\r\n"), server("200\r\n", toClient: "200 \r\n"),
            ]),
        FTPDialogue(
            name: "nothing within a reply looks like the end of it, or like another",
            steps: [
                greeting, client("STAT\r\n", toServer: "STAT\r\n"),
                server(
                    "211-a\r\n229 (|||22|)\r\n227-b\r\n211x\r\n211 c\r\n",
                    toClient: "211-a\r\n 229 (|||22|)\r\n 227-b\r\n 211x\r\n211 c\r\n"),
                client("NOOP\r\n", toServer: "NOOP\r\n"),
                server("200 a\r229 (|||22|)\0b\r\r\n", toClient: "200 a?229 (|||22|)?b\r\n"),
            ]),
        FTPDialogue(
            name: "234 to something else is no TLS",
            steps: [greeting] + unchanged("NOOP\r\n", "234 go\r\n") + [
                client("PASV\r\n", toClient: "502 PASV not implemented.\r\n")
            ], events: ["not-for-ipv6"]),
    ]

    static let passive: [FTPDialogue] = [
        FTPDialogue(
            name: "EPSV",
            steps: [
                greeting, client("EPSV\r\n", toServer: "PASV\r\n"),
                server(
                    "227 Entering Passive Mode (192,0,2,1,4,1).\r\n",
                    toClient: "229 Entering Extended Passive Mode (|||50000|)\r\n"),
            ] + unchanged("RETR x\r\n", "150 opening\r\n226 done\r\n") + [
                client("epsv 2\n", toServer: "PASV\r\n"),
                server(
                    "227 =192,0,2,1,255,255\r\n", toClient: "229 Entering Extended Passive Mode (|||50001|)\r\n"),
            ], events: ["passive to 192.0.2.1:1025", "passive to 192.0.2.1:65535"]),
        FTPDialogue(
            name: "LPSV",
            steps: [
                greeting, client("LPSV\r\n", toServer: "PASV\r\n"),
                server(
                    "227 Entering Passive Mode (192,0,2,1,4,0)\r\n",
                    toClient: "228 Entering Long Passive Mode "
                        + "(6,16,32,1,13,184,0,100,0,0,0,0,0,0,192,0,2,1,2,195,80)\r\n"),
            ], events: ["passive to 192.0.2.1:1024"]),
        FTPDialogue(
            name: "227 on several lines",
            steps: [
                greeting, client("EPSV\r\n", toServer: "PASV\r\n"),
                server(
                    "227-Entering\r\n 227 nothing\r\n227 (192,0,2,1,4,1)\r\n",
                    toClient: "229 Entering Extended Passive Mode (|||50000|)\r\n"),
            ], events: ["passive to 192.0.2.1:1025"]),
        FTPDialogue(
            name: "EPSV ALL is for us, and binds the client",
            steps: [
                greeting, client("EPSV ALL\r\n", toClient: "200 EPSV ALL command successful.\r\n"),
                client("EPRT |2|2001:db8::1|1025|\r\n", toClient: "501 EPRT disallowed in EPSV ALL.\r\n"),
                client("LPRT x\r\n", toClient: "501 LPRT disallowed in EPSV ALL.\r\n"),
                client("LPSV\r\n", toClient: "501 LPSV disallowed in EPSV ALL.\r\n"),
                client("EPSV\r\n", toServer: "PASV\r\n"),
                server(
                    "227 (192,0,2,1,4,1)\r\n", toClient: "229 Entering Extended Passive Mode (|||50000|)\r\n"),
            ], events: ["passive to 192.0.2.1:1025", "after-epsv-all", "after-epsv-all", "after-epsv-all"]),
    ]

    static let active: [FTPDialogue] = [
        FTPDialogue(
            name: "EPRT",
            steps: [
                greeting, client("EPRT |2|2001:db8::1|1025|\r\n", toServer: "PORT 198,51,100,1,195,80\r\n"),
                server("200 PORT command successful.\r\n", toClient: "200 EPRT command successful.\r\n"),
                client("eprt !2!2001:0DB8:0:0::0001!65535! \r\n", toServer: "PORT 198,51,100,1,195,81\r\n"),
                server(
                    "200-PORT\r\n200-2\r\n2000\r\n200 ok\r\n",
                    toClient: "200-PORT\r\n200-2\r\n 2000\r\n200 EPRT command successful.\r\n"),
            ], events: ["active to [2001:db8::1]:1025", "active to [2001:db8::1]:65535"]),
        FTPDialogue(
            name: "LPRT",
            steps: [
                greeting, client("LPRT 6,16,\(longAddress),2,4,0\r\n", toServer: "PORT 198,51,100,1,195,80\r\n"),
                server("200 ok\r\n", toClient: "200 LPRT command successful.\r\n"),
            ], events: ["active to [2001:db8::1]:1024"]),
        FTPDialogue(
            name: "the server does not want to",
            steps: [
                greeting, client("EPRT |2|2001:db8::1|1025|\r\n", toServer: "PORT 198,51,100,1,195,80\r\n"),
                server("500-no\r\n500 never\r\n", toClient: "500-no\r\n500 never\r\n"),
            ], events: ["active to [2001:db8::1]:1025", "close 198.51.100.1:50000"]),
    ]

    static let pipelined: [FTPDialogue] = [
        FTPDialogue(
            name: "all at once, and replies in the order of the commands",
            steps: [
                client(
                    "USER x\r\nPASV\r\nEPSV\r\nEPSV ALL\r\nLIST\r\nEPSV 1\r\n",
                    toServer: "USER x\r\nPASV\r\nLIST\r\n"),
                server(
                    "220 ready\r\n230 in\r\n227 (192,0,2,1,4,1)\r\n150 list\r\n226 done\r\n",
                    toClient: "220 ready\r\n230 in\r\n502 PASV not implemented.\r\n"
                        + "229 Entering Extended Passive Mode (|||50000|)\r\n200 EPSV ALL command successful.\r\n"
                        + "150 list\r\n226 done\r\n522 Network protocol not supported, use (2)\r\n"),
            ], events: ["passive to 192.0.2.1:1025", "not-for-ipv6", "unknown-family"]),
        FTPDialogue(
            name: "a server that left a command unanswered",
            steps: [
                greeting, client("NOOP\r\nPORT 1\r\nEPSV\r\n", toServer: "NOOP\r\nPASV\r\n"),
                server(
                    "227 (192,0,2,1,4,1)\r\n",
                    toClient: "502 PORT not implemented.\r\n229 Entering Extended Passive Mode (|||50000|)\r\n"),
            ], events: ["passive to 192.0.2.1:1025", "not-for-ipv6"]),
    ]

    static let refused: [FTPDialogue] =
        clientRefusals + serverRefusals + [
            FTPDialogue(
                name: "no socket",
                steps: [
                    greeting, client("EPRT |2|2001:db8::1|1025|\r\n", toClient: "425 Cannot open data connection.\r\n"),
                    client("EPSV\r\n", toServer: "PASV\r\n"),
                    server("227 (192,0,2,1,4,1)\r\n", toClient: "425 Cannot open data connection.\r\n"),
                ],
                events: [
                    "active to [2001:db8::1]:1025", "passive to 192.0.2.1:1025", "no-data-port", "no-data-port",
                ], hasSockets: false)
        ]

    /// What the client says, what it is told, and the reason.
    private static let clientRefusals: [FTPDialogue] = [
        ("PORT 192,0,2,1,4,1", "502 PORT not implemented.", "not-for-ipv6"),
        ("  port  192,0,2,1,4,1", "502 PORT not implemented.", "not-for-ipv6"),
        ("PASV", "502 PASV not implemented.", "not-for-ipv6"),
        ("EPSV 1", "522 Network protocol not supported, use (2)", "unknown-family"),
        ("EPSV 22", "522 Network protocol not supported, use (2)", "unknown-family"),
        ("EPSV x", "501 Illegal parameter to EPSV.", "bad-argument"),
        ("EPSV ALL 2", "501 Illegal parameter to EPSV.", "bad-argument"),
        ("LPSV 6", "501 Illegal parameter to LPSV.", "bad-argument"),
        ("EPRT", "501 Illegal parameter to EPRT.", "bad-argument"),
        ("EPRT |1|192.0.2.1|1025|", "522 Network protocol not supported, use (2)", "unknown-family"),
        ("EPRT |3|x|1025|", "522 Network protocol not supported, use (2)", "unknown-family"),
        ("EPRT ||2001:db8::1|1025|", "501 Illegal parameter to EPRT.", "bad-argument"),
        ("EPRT |2|2001:db8::1|1025", "501 Illegal parameter to EPRT.", "bad-argument"),
        ("EPRT |2|2001:db8::1|1025|x", "501 Illegal parameter to EPRT.", "bad-argument"),
        ("EPRT |2|2001:db8::1||", "501 Illegal parameter to EPRT.", "bad-argument"),
        ("EPRT |2|2001:db8::1|65536|", "501 Illegal parameter to EPRT.", "bad-argument"),
        ("EPRT |2|192.0.2.1|1025|", "501 Illegal parameter to EPRT.", "bad-argument"),
        ("EPRT |2|fe80::1%eth0|1025|", "501 Illegal parameter to EPRT.", "bad-argument"),
        ("EPRT |2|2001:db8::2|1025|", "504 EPRT only to your own address.", "foreign-client"),
        ("EPRT |2|::1|1025|", "504 EPRT only to your own address.", "foreign-client"),
        ("EPRT |2|2001:db8::1|1023|", "504 EPRT not to a port below 1024.", "client-port"),
        ("EPRT |2|2001:db8::1|0|", "504 EPRT not to a port below 1024.", "client-port"),
        ("LPRT 4,4,192,0,2,1,2,4,1", "521 Supported address families are (6)", "unknown-family"),
        ("LPRT 6,16,\(longAddress),2,4", "501 Illegal parameter to LPRT.", "bad-argument"),
        ("LPRT 6,16,\(longAddress),2,4,0,0", "501 Illegal parameter to LPRT.", "bad-argument"),
        ("LPRT 6,15,\(longAddress),2,4,0", "501 Illegal parameter to LPRT.", "bad-argument"),
        ("LPRT 6,16,\(longAddress),3,4,0", "501 Illegal parameter to LPRT.", "bad-argument"),
        ("LPRT 6,16,\(longAddress),2,4,256", "501 Illegal parameter to LPRT.", "bad-argument"),
        ("LPRT 6,16,\(longAddress),2,3,255", "504 LPRT not to a port below 1024.", "client-port"),
        ("LPRT 6,16,\(longAddress.dropLast())2,2,4,0", "504 LPRT only to your own address.", "foreign-client"),
    ].map { command, reply, reason in
        FTPDialogue(
            name: command, steps: [greeting, client(command + "\r\n", toClient: reply + "\r\n")], events: [reason])
    }

    /// What the server says to PASV, and the reason why the client gets 425.
    private static let serverRefusals: [FTPDialogue] = [
        ("(192,0,2,2,4,1)", "foreign-server"),
        ("(127,0,0,1,4,1)", "foreign-server"),
        ("(10,0,0,1,4,1), not (192,0,2,1,4,1)", "foreign-server"),
        ("(192,0,2,1,3,255)", "server-port"),
        ("(192,0,2,1,0,0)", "server-port"),
        ("(192,0,2,1,4,256)", "bad-reply"),
        ("(192,0,2,1,4)", "bad-reply"),
        ("(192,0,2,1,4,1,1)", "bad-reply"),
        ("(1922,0,2,1,4,1)", "bad-reply"),
        ("", "bad-reply"),
    ].map { text, reason in
        FTPDialogue(
            name: "227 \(text)",
            steps: [
                greeting, client("EPSV\r\n", toServer: "PASV\r\n"),
                server("227 \(text)\r\n", toClient: "425 Cannot open data connection.\r\n"),
            ] + unchanged("NOOP\r\n", "200 ok\r\n"), events: [reason])
    }
}
