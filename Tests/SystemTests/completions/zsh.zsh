#!/usr/bin/env -S zsh -f
# SPDX-License-Identifier: BSD-2-Clause
# Prints what zsh would offer, one a line: zsh.zsh 'stfctl stf0 ' completions/_stfctl
# An interactive zsh on a pseudo-terminal, with compadd wrapped to write what it would add.
zmodload zsh/zpty
local out=$(mktemp)
zpty z zsh -f -i
zpty -w z "PS1= PS2=; stty -echo; fpath=(${2:h} \$fpath); autoload -Uz compinit; compinit -u -D
compadd() {
    if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd \"\$@\"; return; fi
    local -a hits; builtin compadd -A hits \"\$@\"; print -rl -- \$hits >> $out
    builtin compadd \"\$@\"
}
finish() { zle complete-word; print > $out.done }
zle -N finish; bindkey '^I' finish; print > $out.ready"
integer i
for ((i = 0; i < 200; i++)); do [[ -e $out.ready ]] && break; sleep 0.05; done
zpty -w -n z "$1"$'\t'
for ((i = 0; i < 200; i++)); do [[ -e $out.done ]] && break; sleep 0.05; done
zpty -d z
grep . $out
rm -f $out $out.*
