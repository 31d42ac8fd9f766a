# SPDX-License-Identifier: BSD-2-Clause
# fish completion of stfctl(8), which knows its words itself.
function __stfctl_candidates
    set -l words (commandline -opc) (commandline -ct)
    set -l candidates ($words[1] --complete $words[2..-1] 2>/dev/null)
    if string match -q '<file>*' -- $candidates
        __fish_complete_path $words[-1]
    else
        printf '%s\n' $candidates
    end
end
complete -c stfctl -f -k -a '(__stfctl_candidates)'
