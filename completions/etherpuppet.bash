# SPDX-License-Identifier: BSD-2-Clause
# bash completion of etherpuppet(1).
_etherpuppet() {
    local current=${COMP_WORDS[COMP_CWORD]}
    case ${COMP_WORDS[COMP_CWORD - 1]} in
    -i) mapfile -t COMPREPLY < <(compgen -W "$(ls /sys/class/net 2>/dev/null)" -- "$current") ;;
    -p) mapfile -t COMPREPLY < <(compgen -W "1.3 1.4 modern" -- "$current") ;;
    -[cIMs]) COMPREPLY=() ;;
    *) mapfile -t COMPREPLY < <(compgen -W "-B -C -c -h -I -i -M -m -p -S -s -u -v" -- "$current") ;;
    esac
}
complete -F _etherpuppet etherpuppet
