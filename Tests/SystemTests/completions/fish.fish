#!/usr/bin/env fish
# SPDX-License-Identifier: BSD-2-Clause
# Prints what fish would offer, one a line: fish.fish 'stfctl stf0 ' completions/stfctl.fish
source $argv[2]
complete -C "$argv[1]" | string replace -r '\t.*' ''
