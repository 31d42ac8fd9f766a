#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-2-Clause
# Prints what bash would offer, one a line: bash.sh 'stfctl stf0 ' completions/stfctl.bash
# readline itself cuts the line into COMP_WORDS: an interactive bash on a pseudo-terminal, whose completion function is
# wrapped to write what it left in COMPREPLY.
tool=${1%% *} out=$(mktemp) rc=$(mktemp)
cat > "$rc" <<RC
source "$2"
bind 'set enable-bracketed-paste off'
wrapped() { _$tool "\$@"; printf '%s\n' "\${COMPREPLY[@]}" > "$out"; printf done > "$out.done"; COMPREPLY=(); }
complete -o nosort -F wrapped $tool
PS1=
printf ready > "$out.ready"
RC
wait_for() { for _ in {1..200}; do [[ -e $1 ]] && break; sleep 0.05; done; }
{ wait_for "$out.ready"; printf '%s\t' "$1"; wait_for "$out.done"; printf '\025exit\n'; } |
    script -qec "bash --noprofile --rcfile $rc -i" /dev/null > /dev/null 2>&1
grep . "$out"
rm -f "$out" "$out".* "$rc"
