// SPDX-License-Identifier: BSD-2-Clause
import NodeTool

VariableTool().main(Array(CommandLine.arguments.dropFirst()))
