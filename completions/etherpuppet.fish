# SPDX-License-Identifier: BSD-2-Clause
# fish completion of etherpuppet(1).
complete -c etherpuppet -f
complete -c etherpuppet -s B -d 'sniff also the connection of the tunnel'
complete -c etherpuppet -s C -d 'do not copy what the interface is like'
complete -c etherpuppet -s c -x -d 'connect to the other end'
complete -c etherpuppet -s h -d 'usage'
complete -c etherpuppet -s I -x -d 'the name of the device'
complete -c etherpuppet -s i -x -a '(command ls /sys/class/net)' -d 'the interface to sniff and inject at'
complete -c etherpuppet -s M -x -d 'do not sniff this connection'
complete -c etherpuppet -s m -d 'be the master'
complete -c etherpuppet -s p -x -a '1.3 1.4 modern' -d 'what to speak'
complete -c etherpuppet -s S -d 'do not sniff the connection of this ssh session'
complete -c etherpuppet -s s -x -d 'wait for the other end'
complete -c etherpuppet -s u -d 'bring the device up'
complete -c etherpuppet -s v -d 'version'
