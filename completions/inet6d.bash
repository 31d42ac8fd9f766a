# SPDX-License-Identifier: BSD-2-Clause
# bash completion of inet6d(8).
_inet6d() {
    local current=${COMP_WORDS[COMP_CWORD]}
    case ${COMP_WORDS[COMP_CWORD - 1]} in
        -*[bc]) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
        -*[mst]) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
        *) mapfile -t COMPREPLY < <(compgen -W "-b -c --cleanup -d -h --import-rc -m -n --probe --reload -s -t -V" -- "$current") ;;
    esac
}
complete -F _inet6d inet6d
