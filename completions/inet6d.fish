# SPDX-License-Identifier: BSD-2-Clause
# fish completion of inet6d(8).
complete -c inet6d -f
complete -c inet6d -s b -x -a '(__fish_complete_directories)' -d 'where a BPF file system is'
complete -c inet6d -l cleanup -d 'remove what one that was killed has left'
complete -c inet6d -s c -x -a '(__fish_complete_directories)' -d 'directory of the boot configuration'
complete -c inet6d -s d -d 'log debugging messages too'
complete -c inet6d -l import-rc -F -d 'make a boot configuration of files of BSD'
complete -c inet6d -s h -d usage
complete -c inet6d -s m -r -F -d 'where Prometheus may ask'
complete -c inet6d -s n -d 'check the boot configuration and exit'
complete -c inet6d -l probe -d 'say what this kernel is enough for'
complete -c inet6d -l reload -d 'have the one that runs read its configuration again'
complete -c inet6d -s s -r -F -d 'where to listen'
complete -c inet6d -s t -r -F -d 'a file of metrics'
complete -c inet6d -s V -d version
