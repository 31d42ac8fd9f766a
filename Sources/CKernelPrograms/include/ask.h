/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program that carries IPv4 packets past the kernel's own way asks first: is there anything on that way that could
 * stop or change one? Read by two compilers: only types of fixed width.
 */
#ifndef HYDRANGEA_ASK_H
#define HYDRANGEA_ASK_H

#include <stdint.h>

/* Why packets take the kernel's way, X(name, "words for people"). */
#define ASK_REASONS(X) \
	X(NOTHING, "nothing to ask") \
	X(UNKNOWN, "not known yet") \
	X(HOOK, "the IPv4 firewall") \
	X(DEVICE_HOOK, "a firewall at the ingress of the interface") \
	X(TRAFFIC_CONTROL, "traffic control at the ingress of the interface") \
	X(REVERSE_PATH, "rp_filter") \
	X(IPSEC, "IPsec policies")

#define ASK_REASON_VALUE(name, text) ASK_##name,
enum ask_reason { ASK_REASONS(ASK_REASON_VALUE) ASK_REASON_COUNT };
#undef ASK_REASON_VALUE

enum {
	ASK_HOOKS = 5,		/* of IPv4 */
	ASK_FUNCTIONS = 4,	/* at one of them from the kernel's own birth: AppArmor's, SELinux's */
};

/* What a new network namespace has at each hook: nobody's rules. */
struct ask_baseline {
	uint64_t is_known;
	uint64_t functions[ASK_HOOKS][ASK_FUNCTIONS];
};

#define ASK_BASELINE_MAP "ask_baseline"
#define ASK_MEASURE_PROGRAM "ask_measure"

#endif
