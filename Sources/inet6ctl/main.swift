// SPDX-License-Identifier: BSD-2-Clause
import Tool

VariableTool().main(Array(CommandLine.arguments.dropFirst()))
