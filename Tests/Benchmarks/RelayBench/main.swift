// SPDX-License-Identifier: BSD-2-Clause
import Glibc
import SystemIO

signal(SIGPIPE, SIG_IGN)
let words = Array(CommandLine.arguments.dropFirst())

/// The words after the first, as they must be.
func number(_ index: Int) -> Int {
    guard index < words.count, let number = Int(words[index]) else { usage() }
    return number
}

func usage() -> Never {
    say(
        """
        usage: RelayBench relay PORT [LOCALPORT]        relays to the last 32 bits, or to 127.0.0.1 LOCALPORT
               RelayBench serve PORT                    the server of those below
               RelayBench load ADDRESS PORT COUNT PARALLEL
               RelayBench trips ADDRESS PORT COUNT      one connection, request and reply
               RelayBench idle ADDRESS PORT COUNT       holds connections until standard input ends
               RelayBench up|down ADDRESS PORT MEGABYTES STREAMS
        """)
    exit(64)
}

switch words.first {
case "relay": try runRelay(port: UInt16(number(1)), localPort: words.count > 2 ? UInt16(number(2)) : nil)
case "serve": try BenchServer(port: UInt16(number(1))).run()
case "load": runLoad(Peer(words[1], port: number(2)), count: number(3), parallel: number(4))
case "trips": try runTrips(Peer(words[1], port: number(2)), count: number(3))
case "idle": try runIdle(Peer(words[1], port: number(2)), count: number(3))
case "up": try runBulk(Peer(words[1], port: number(2)), megabytes: number(3), streams: number(4), isUpload: true)
case "down": try runBulk(Peer(words[1], port: number(2)), megabytes: number(3), streams: number(4), isUpload: false)
default: usage()
}
