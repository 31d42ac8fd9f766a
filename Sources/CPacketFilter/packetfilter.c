/* SPDX-License-Identifier: BSD-2-Clause */
#include "CPacketFilter.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

/* As much of a frame as there can be. */
enum { SNAPSHOT = 0x40000 };

int cpacketfilter_compile(const char *words, uint64_t *program, unsigned room, char error[CPACKETFILTER_ERROR_SIZE])
{
    struct bpf_program compiled;
    error[0] = '\0';
    pcap_t *handle = pcap_open_dead(DLT_EN10MB, SNAPSHOT);
    if (handle == NULL) {
        strcpy(error, "out of memory");
        return -1;
    }
    if (pcap_compile(handle, &compiled, words, 1, PCAP_NETMASK_UNKNOWN) == -1) {
        snprintf(error, CPACKETFILTER_ERROR_SIZE, "%s", pcap_geterr(handle));
        pcap_close(handle);
        return -1;
    }
    int count = -1;
    if (compiled.bf_len <= room) {
        count = (int)compiled.bf_len;
        for (unsigned i = 0; i < compiled.bf_len; i++) {
            const struct bpf_insn *one = &compiled.bf_insns[i];
            program[i] = (uint64_t)one->code << 48 | (uint64_t)one->jt << 40 | (uint64_t)one->jf << 32 | one->k;
        }
    } else {
        snprintf(error, CPACKETFILTER_ERROR_SIZE, "a program of %u instructions", compiled.bf_len);
    }
    pcap_freecode(&compiled);
    pcap_close(handle);
    return count;
}
