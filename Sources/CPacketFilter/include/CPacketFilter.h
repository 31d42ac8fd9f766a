/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CPACKETFILTER_H
#define CPACKETFILTER_H

#include <stdint.h>

enum { CPACKETFILTER_ERROR_SIZE = 256 };

/*
 * pcap_compile(3PCAP) for frames of an Ethernet: an instruction of struct bpf_insn in each number, its code in the highest
 * 16 bits, then both jumps, then the constant. Returns how many there are, at most `room`; or -1 and why.
 */
int cpacketfilter_compile(const char *words, uint64_t *program, unsigned room, char error[CPACKETFILTER_ERROR_SIZE]);

#endif
