// SPDX-License-Identifier: BSD-2-Clause
import SystemIO
import Tool

do throws(EtherpuppetError) {
    try Etherpuppet(arguments: Array(CommandLine.arguments.dropFirst())).run()
} catch {
    write(error.text, to: error.isAnswer ? .output : .error)
    error.status.exit()
}
