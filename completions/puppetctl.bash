# SPDX-License-Identifier: BSD-2-Clause
# bash completion of puppetctl(8), which knows its words itself.
_puppetctl() {
    local rest=${COMP_LINE:0:COMP_POINT} words=() piece candidate current
    # COMP_WORDS is cut at ":" too; blanks in the line tell which pieces are one word.
    for piece in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
        if [[ ${#words[@]} -eq 0 || $rest == [[:blank:]]* ]]; then words+=(""); fi
        rest=${rest#"${rest%%[![:blank:]]*}"}
        words[-1]+=${rest:0:${#piece}} rest=${rest:${#piece}}
    done
    current=${words[-1]} COMPREPLY=()
    while IFS=$'\t' read -r candidate _; do
        if [[ $candidate == "<file>" ]]; then
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
        elif [[ $candidate == "$current"* ]]; then
            COMPREPLY+=("$candidate")
        fi
    done < <("$1" --complete "${words[@]:1}" 2>/dev/null)
    # bash replaces only what follows the last ":".
    if [[ $COMP_WORDBREAKS == *:* ]]; then COMPREPLY=("${COMPREPLY[@]#"${current%"${current##*:}"}"}"); fi
}
complete -o nosort -F _puppetctl puppetctl
