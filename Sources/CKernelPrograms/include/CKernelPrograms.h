/* SPDX-License-Identifier: BSD-2-Clause */
/* What Swift cannot import: tables made by macros, and the parts of bpf(2) that libbpf 1.1 does not know. */
#ifndef CKERNELPROGRAMS_H
#define CKERNELPROGRAMS_H

#include <stdbool.h>

#include "ask.h"
#include "faith.h"
#include "node.h"
#include "stf.h"

/* Below NODE_REASON_COUNT: "source-is-own", and the words that explain it. */
const char *ckernel_node_reason_name(uint32_t reason);
const char *ckernel_node_reason_text(uint32_t reason);

/* Below FAITH_REASON_COUNT: "no-relay", and the words that explain it. */
const char *ckernel_faith_reason_name(uint32_t reason);
const char *ckernel_faith_reason_text(uint32_t reason);

/* Below STF_REASON_COUNT: "not-for-us", and the words that explain it; on which way, and what the sender is told. */
const char *ckernel_stf_reason_name(uint32_t reason);
const char *ckernel_stf_reason_text(uint32_t reason);
enum stf_direction ckernel_stf_reason_direction(uint32_t reason);
int ckernel_stf_reason_told(uint32_t reason);

/* Below STF_LEFT_COUNT: "options", the words that explain it, and on which way. */
const char *ckernel_stf_detour_name(uint32_t detour);
const char *ckernel_stf_detour_text(uint32_t detour);
const char *ckernel_stf_left_name(uint32_t left);
const char *ckernel_stf_left_text(uint32_t left);
enum stf_direction ckernel_stf_left_direction(uint32_t left);

/* Below ASK_REASON_COUNT: "IPsec policies". Below ASK_FIELD_COUNT: "net.nf", a struct of the kernel and its field. */
const char *ckernel_ask_text(uint32_t reason);
const char *ckernel_ask_field(uint32_t number);

/* Values of linux/bpf.h that are younger than Debian 12's: BPF_PROG_TYPE_NETFILTER, BPF_NETFILTER. Linux 6.4. */
enum {
	CKERNEL_PROGRAM_NETFILTER = 32,
	CKERNEL_ATTACH_NETFILTER = 45,
};

/* Hooks of IPv6 packets (linux/netfilter.h). */
enum ckernel_hook {
	CKERNEL_PRE_ROUTING = 0,
	CKERNEL_LOCAL_IN = 1,
	CKERNEL_LOCAL_OUT = 3,
};

/*
 * BPF_LINK_CREATE in the caller's network namespace: the program sees each IPv6 packet at `hook`, those of lower
 * `priority` before it, until the returned descriptor is closed. -1 and errno if not.
 */
int ckernel_attach(int program, enum ckernel_hook hook, int priority);

/*
 * BPF_OBJ_GET_INFO_BY_FD of a link at a device: the device, which is 0 when that is gone, and whether at ingress (46) or
 * egress (47) or before both (XDP, 37). -1 if it is something else.
 */
int ckernel_link_place(int link, uint32_t *device, uint32_t *hook);

/* The kernel's number of a program; 0: it is none. */
uint32_t ckernel_program_identifier(int program);

/* Has the calling thread CAP_NET_ADMIN, and CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN, which has been both? */
bool ckernel_is_capable(void);

/* libbpf would write to standard error; whoever asks gets an errno and the verifier's words instead. */
void ckernel_silence(void);

#endif
