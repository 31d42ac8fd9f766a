// SPDX-License-Identifier: BSD-2-Clause
import Control
import Tool

InterfaceTool(name: "stfctl", kind: .stf, commands: StfCommands()).main(Array(CommandLine.arguments.dropFirst()))
