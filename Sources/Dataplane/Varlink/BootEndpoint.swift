// SPDX-License-Identifier: BSD-2-Clause
import Control
import Inet6Control
import Logging

/// `io.hydrangea.boot`: the boot configuration.
final class BootEndpoint: VarlinkEndpoint {
    typealias Method = BootMethod

    static var definition: VarlinkInterface? { .boot }

    private let boot: BootReload

    init(_ boot: BootReload) {
        self.boot = boot
    }

    func reply(to method: BootMethod, _: JSONValue, from caller: Caller) throws(Refusal) -> Reply {
        switch method {
        case .reload:
            caller.log.notice("\(caller.peer): reload")
            return try Reply(encoding: boot.read())
        }
    }

    func words(of _: BootMethod, _: JSONValue) -> String { "reload" }

    // MARK: streams, of which there are none

    func start(_: BootMethod) -> [UInt8] { [] }
    func news(_: BootMethod, isWanted _: Bool) -> [UInt8] { [] }
}
