# SPDX-License-Identifier: BSD-2-Clause
# fish completion of puppetctl(8), which knows its words itself.
function __puppetctl_candidates
    set -l words (commandline -opc) (commandline -ct)
    set -l candidates ($words[1] --complete $words[2..-1] 2>/dev/null)
    if string match -q '<file>*' -- $candidates
        __fish_complete_path $words[-1]
    else
        printf '%s\n' $candidates
    end
end
complete -c puppetctl -f -k -a '(__puppetctl_candidates)'
