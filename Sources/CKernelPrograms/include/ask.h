/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program that carries IPv4 packets past the kernel's own way asks first: is there anything on that way that could
 * stop or change one, and has the kernel let one of this pair of addresses pass since that last changed? Read by two
 * compilers: only types of fixed width.
 */
#ifndef HYDRANGEA_ASK_H
#define HYDRANGEA_ASK_H

#include <stdint.h>

/*
 * What there is to ask, X(name, "words for people"). Those that are CLOSED take every packet the kernel's way: IPsec,
 * because a packet that came encrypted must not vouch for a plain one; traffic control, which shapes packet by packet.
 */
#define ASK_REASONS(X) \
	X(HOOK, "the IPv4 firewall") \
	X(DEVICE_HOOK, "a firewall at the ingress") \
	X(REVERSE_PATH, "rp_filter")
#define ASK_CLOSED_REASONS(X) \
	X(UNKNOWN, "not known yet") \
	X(UNSEEN, "a firewall whose changes this kernel does not show") \
	X(TRAFFIC_CONTROL, "traffic control at the ingress") \
	X(IPSEC, "IPsec policies")

#define ASK_REASON_VALUE(name, text) ASK_##name,
enum ask_reason {
	ASK_REASONS(ASK_REASON_VALUE)
	ASK_OPEN_COUNT,
	ASK_LAST_OPEN = ASK_OPEN_COUNT - 1,
	ASK_CLOSED_REASONS(ASK_REASON_VALUE)
	ASK_REASON_COUNT
};
#undef ASK_REASON_VALUE

/*
 * Where the kernel keeps what is looked at, X(struct, field): without one of these, nothing is known, and no program
 * carries anything.
 */
#define ASK_FIELDS(X) \
	X(sk_buff, dev) \
	X(net_device, nd_net) \
	X(net_device, nf_hooks_ingress) \
	X(net_device, ip_ptr) \
	X(in_device, cnf) \
	X(ipv4_devconf, data) \
	X(net, nf) \
	X(net, ipv4) \
	X(net, xfrm) \
	X(netns_nf, hooks_ipv4) \
	X(netns_ipv4, devconf_all) \
	X(netns_ipv4, rt_genid) \
	X(netns_xfrm, policy_count) \
	X(netns_xfrm, policy_default) \
	X(nf_hook_entries, num_hook_entries) \
	X(nf_hook_entries, hooks) \
	X(nf_hook_entry, hook) \
	X(nf_hook_entry, priv)

/* And these for programs at a device: the first where the kernel has links there (tcx), or else the second (clsact). */
#define ASK_TCX_FIELDS(X) \
	X(net_device, tcx_ingress) \
	X(bpf_mprog_entry, parent) \
	X(bpf_mprog_bundle, count) \
	X(tcx_entry, bundle) \
	X(tcx_entry, miniq_active)
#define ASK_CLSACT_FIELDS(X) \
	X(net_device, miniq_ingress) \
	X(mini_Qdisc, filter_list) \
	X(tcf_proto, next)

#define ASK_ONE(...) + 1
enum {
	ASK_TCX_FIELD_COUNT = 0 ASK_TCX_FIELDS(ASK_ONE),
	ASK_CLSACT_FIELD_COUNT = 0 ASK_CLSACT_FIELDS(ASK_ONE),
	ASK_FIELD_COUNT = ASK_TCX_FIELD_COUNT + ASK_CLSACT_FIELD_COUNT ASK_FIELDS(ASK_ONE),
	ASK_HOOKS = 5,			/* of IPv4 */
	ASK_FUNCTIONS = 4,		/* at one of them from the kernel's own birth: AppArmor's, SELinux's */
	ASK_FUNCTIONS_SEEN = 12,	/* at one of them in all; with more, every packet takes the kernel's way */
	ASK_PAIRS_MAX = 65536,
};

enum ask_direction {
	ASK_INPUT,
	ASK_OUTPUT,
};

/*
 * What a new network namespace has at each hook: nobody's rules. The generation is never 0 once they are known, and with
 * another one nothing counts that was vouched for before.
 */
struct ask_baseline {
	uint64_t generation;
	uint64_t functions[ASK_HOOKS][ASK_FUNCTIONS];
};

/* Whom the kernel can decide about alike. Addresses are those of the outer header, in network order. */
struct ask_pair {
	uint32_t underlay;		/* the index of the interface that packets come or leave by */
	uint32_t source;
	uint32_t destination;
	uint8_t direction;
	uint8_t codepoint;		/* DSCP: the upper six bits of the type of service */
	uint8_t unused[2];
};
_Static_assert(sizeof(struct ask_pair) == 16, "no padding: it is compared");

/* That the kernel has let a packet of a pair pass. Times are CLOCK_MONOTONIC, in ns. */
struct ask_entry {
	uint64_t soft_end;		/* from then on one packet after the other asks again, */
	uint64_t hard_end;		/* and from then on all do */
	uint64_t tag;			/* of what could have stopped it */
	uint64_t asked;			/* when a packet asked last */
};

/*
 * No packet's: what a tag is where there is nothing to ask, and where every packet has to take the kernel's way. The
 * second is of no entry.
 */
#define ASK_TAG_NOTHING 0ull
#define ASK_TAG_CLOSED (~0ull)

/* What a look at the kernel is about, and what it sees: in the five words that a program can give back of a test. */
struct ask_look {
	uint32_t direction;		/* and then: tag, low */
	uint32_t checks_source;		/* and then: tag, high */
	uint32_t about;			/* bits 1 << ASK_... */
	uint32_t is_brief;		/* changes can be missed: what is vouched for has to be short */
	uint32_t unused;
};

#define ASK_BASELINE_MAP "ask_baseline"
#define ASK_ENTRIES_MAP "ask_entries"
#define ASK_MEASURE_PROGRAM "ask_measure"
#define ASK_LOOK_PROGRAM "ask_look"

#endif
