// SPDX-License-Identifier: BSD-2-Clause
import Control
import Tool

InterfaceTool(name: "faithctl", kind: .faith, commands: FaithCommands())
    .main(Array(CommandLine.arguments.dropFirst()))
