// SPDX-License-Identifier: BSD-2-Clause
import Control
import Tool

InterfaceTool(name: "puppetctl", kind: .puppet, and: [.vamp], commands: PuppetCommands())
    .main(Array(CommandLine.arguments.dropFirst()))
