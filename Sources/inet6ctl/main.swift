// SPDX-License-Identifier: BSD-2-Clause
VariableTool().main(Array(CommandLine.arguments.dropFirst()))
