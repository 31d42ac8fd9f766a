# SPDX-License-Identifier: BSD-2-Clause
# fish completion of inet6ctl(8), which knows its words itself.
function __inet6ctl_candidates
    set -l words (commandline -opc) (commandline -ct)
    set -l candidates ($words[1] --complete $words[2..-1] 2>/dev/null)
    if string match -q '<file>*' -- $candidates
        __fish_complete_path $words[-1]
    else
        printf '%s\n' $candidates
    end
end
complete -c inet6ctl -f -k -a '(__inet6ctl_candidates)'
