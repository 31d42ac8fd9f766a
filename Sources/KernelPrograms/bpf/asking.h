/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A program at a device comes before the kernel's own way of an IPv4 packet, and what it redirects goes around it: past
 * the administrator's firewall, IPsec and the reverse-path filter. So it asks for each packet whether there is anything
 * that could stop or change one; then the packet takes the kernel's way. A rule acts on the next packet, before the
 * command that made it returns.
 *
 * It knows no kind of interfaces. It takes Linux 6.2, and finds the kernel's fields by their names (BTF).
 */
#ifndef HYDRANGEA_ASKING_H
#define HYDRANGEA_ASKING_H

#include "ask.h"
#include "tc.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ask_baseline);
} ask_baseline SEC(".maps");

static __always_inline const struct net *net_of(struct __sk_buff *skb)
{
	struct sk_buff *packet = bpf_cast_to_kern_ctx(skb);

	return packet->dev->nd_net.net;
}

static __always_inline bool is_unknown(const void *hook, const __u64 *functions)
{
	__u64 function = (__u64)hook;

	return function != functions[0] && function != functions[1] && function != functions[2]
	       && function != functions[3];
}

/* Is a function at a hook that no new network namespace has there? The kernel follows pointers at fixed places only. */
static __always_inline bool is_foreign(
	const struct nf_hook_entries *entries, const __u64 *functions)
{
	__u16 count;

	if (!entries)
		return false;
	count = entries->num_hook_entries;
	return count > ASK_FUNCTIONS || (count > 0 && is_unknown(entries->hooks[0].hook, functions))
	       || (count > 1 && is_unknown(entries->hooks[1].hook, functions))
	       || (count > 2 && is_unknown(entries->hooks[2].hook, functions))
	       || (count > 3 && is_unknown(entries->hooks[3].hook, functions));
}

static __always_inline bool has_policy(const struct net *net)
{
	/* Whoever may send in the clear is not who may send encrypted: either direction closes both. */
	return net->xfrm.policy_count[XFRM_IN] || net->xfrm.policy_count[XFRM_OUT]
	       || net->xfrm.policy_default[XFRM_IN] == XFRM_BLOCK
	       || net->xfrm.policy_default[XFRM_OUT] == XFRM_BLOCK;
}

static __always_inline const struct ask_baseline *baseline(void)
{
	__u32 zero = 0;
	const struct ask_baseline *known = bpf_map_lookup_elem(&ask_baseline, &zero);

	return known && known->is_known ? known : NULL;
}

/* Of what would be sent from here. */
static __always_inline enum ask_reason ask_output(struct __sk_buff *skb)
{
	const struct ask_baseline *known = baseline();
	const struct net *net = net_of(skb);

	if (!known)
		return ASK_UNKNOWN;
	if (is_foreign(net->nf.hooks_ipv4[IPV4_LOCAL_OUT], known->functions[IPV4_LOCAL_OUT])
	    || is_foreign(net->nf.hooks_ipv4[IPV4_POST_ROUTING], known->functions[IPV4_POST_ROUTING]))
		return ASK_HOOK;
	return has_policy(net) ? ASK_IPSEC : ASK_NOTHING;
}

/* Is somebody else at the ingress, who may be behind us? */
static __always_inline bool has_others(const struct net_device *device)
{
	const struct bpf_mprog_entry *entry = device->tcx_ingress;
	const struct bpf_mprog_bundle *bundle;
	__u64 address, active = 0;
	int count = 0;

	if (!entry)
		return false;
	bundle = entry->parent;
	if (!bundle)
		return false;
	bpf_probe_read_kernel(&count, sizeof(count), &bundle->count);
	/* The bundle is within the entry that says whether there is a qdisc. */
	address = (__u64)bundle - bpf_core_field_offset(struct tcx_entry, bundle)
		  + bpf_core_field_offset(struct tcx_entry, miniq_active);
	bpf_probe_read_kernel(&active, sizeof(__u32), (void *)address);
	return count > 1 || active;
}

/*
 * Of what has come in by a device. rp_filter is strict with 1; with 2 it wants any way to the source, as whoever calls
 * does (RFC 3704 §2.4) if `checks_source`.
 */
static __always_inline enum ask_reason ask_input(struct __sk_buff *skb, bool checks_source)
{
	const struct ask_baseline *known = baseline();
	struct sk_buff *packet = bpf_cast_to_kern_ctx(skb);
	const struct net_device *device = packet->dev;
	const struct net *net = device->nd_net.net;
	const struct in_device *here = device->ip_ptr;
	int filter, own = 0;

	if (!known)
		return ASK_UNKNOWN;
	if (is_foreign(net->nf.hooks_ipv4[IPV4_PRE_ROUTING], known->functions[IPV4_PRE_ROUTING])
	    || is_foreign(net->nf.hooks_ipv4[IPV4_LOCAL_IN], known->functions[IPV4_LOCAL_IN]))
		return ASK_HOOK;
	if (device->nf_hooks_ingress)
		return ASK_DEVICE_HOOK;
	if (has_others(device))
		return ASK_TRAFFIC_CONTROL;
	/* The larger of both counts (ip-sysctl). */
	filter = net->ipv4.devconf_all->data[DEVCONF_RP_FILTER];
	if (here)
		own = here->cnf.data[DEVCONF_RP_FILTER];
	if (own > filter)
		filter = own;
	if (filter == 1 || (filter > 1 && !checks_source))
		return ASK_REVERSE_PATH;
	return has_policy(net) ? ASK_IPSEC : ASK_NOTHING;
}

/* Learns the baseline: to be run over any packet, by a thread in a network namespace that is new. */
SEC("tc")
int ask_measure(struct __sk_buff *skb)
{
	const struct net *net = net_of(skb);
	struct ask_baseline *known;
	__u32 zero = 0;

	known = bpf_map_lookup_elem(&ask_baseline, &zero);
	if (!known)
		return 0;
#pragma clang loop unroll(full)
	for (int hook = 0; hook < ASK_HOOKS; hook++) {
		const struct nf_hook_entries *entries = net->nf.hooks_ipv4[hook];
		__u16 count;

		if (!entries)
			continue;
		count = entries->num_hook_entries;
#pragma clang loop unroll(full)
		for (int place = 0; place < ASK_FUNCTIONS; place++) {
			if (place < count)
				known->functions[hook][place] = (__u64)entries->hooks[place].hook;
		}
	}
	known->is_known = 1;
	return 1;
}

#endif
