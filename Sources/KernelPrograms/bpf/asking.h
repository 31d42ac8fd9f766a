/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A program at a device comes before the kernel's own way of an IPv4 packet, and what it redirects goes around it: past
 * the administrator's firewall, IPsec and the reverse-path filter. So it looks for each packet whether there is anything
 * that could stop or change one. What it sees is hashed to a tag, which is another one after every change: a rule acts on
 * the next packet, before the command that made it returns. witness.h has who may pass nevertheless.
 *
 *	tag = ask_input(device_of(skb), checks_source);		what is there?
 *	if (!ask_pair(tag, &pair, is_cut, &leave))		may packets of this pair pass?
 *		...						no: this one takes the kernel's way
 *
 * It knows no kind of interfaces, and finds the kernel's fields by their names (BTF).
 */
#ifndef HYDRANGEA_ASKING_H
#define HYDRANGEA_ASKING_H

#include "ask.h"
#include "looking.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct ask_baseline);
} ask_baseline SEC(".maps");

/* What there is to ask. `words` is a hash of all that could change the answer. */
struct ask_sight {
	__u64 words;
	__u32 about;	/* bits 1 << ASK_... */
	bool is_brief;	/* not every change is seen */
};

/* The number of the first of ASK_FIELDS that this kernel has not, or ASK_FIELD_COUNT. */
static __always_inline int first_missing_field(void)
{
	int number = 0;

#define PRESENT(type, field) \
	if (!bpf_core_field_exists(struct type, field)) \
		return number; \
	number++;
	ASK_FIELDS(PRESENT)
	/* Of the two places for programs at a device that kernels have, this one has the first if it has anything of it. */
	if (bpf_core_field_exists(struct net_device, tcx_ingress) || !bpf_core_field_exists(struct net_device, miniq_ingress)) {
		ASK_TCX_FIELDS(PRESENT)
	} else {
		number += ASK_TCX_FIELD_COUNT;
		ASK_CLSACT_FIELDS(PRESENT)
	}
#undef PRESENT
	return ASK_FIELD_COUNT;
}

static __always_inline void see(struct ask_sight *sight, __u64 word)
{
	__u64 mixed = (sight->words ^ word) * 0x9e3779b97f4a7c15ull;

	sight->words = mixed ^ mixed >> 32;
}

static __always_inline void find(struct ask_sight *sight, enum ask_reason reason)
{
	sight->about |= 1u << reason;
}

static __always_inline bool is_unknown(__u64 function, const __u64 *functions)
{
	return function != functions[0] && function != functions[1] && function != functions[2]
	       && function != functions[3];
}

/*
 * What a function at a hook is given: where iptables(8), legacy, has the rules of a table, or where nft(8) has those of a
 * chain. Where the kernel does not tell of the first, it is among these words: the two lists and a mask before it take 24.
 */
static __always_inline void see_given(struct ask_sight *sight, __u64 given)
{
	__u64 words[4] = {};

	if (!given)
		return;
	if (bpf_core_field_exists(struct xt_table, private)) {
		bpf_probe_read_kernel(
			words, sizeof(words[0]), (void *)(given + bpf_core_field_offset(struct xt_table, private)));
		see(sight, words[0]);
		return;
	}
	bpf_probe_read_kernel(words, sizeof(words), (void *)given);
#pragma clang loop unroll(full)
	for (int place = 0; place < 4; place++)
		see(sight, words[place]);
}

/* One function at a hook. Those in `functions`, unless that is null, are nobody's rules. */
static __noinline void see_function(
	struct ask_sight *sight, __u64 function, __u64 given, const __u64 *functions, enum ask_reason reason)
{
	see(sight, function);
	if (functions && !is_unknown(function, functions))
		return;
	find(sight, reason);
	see_given(sight, given);
}

/* The functions at a hook. The kernel follows pointers at fixed places only. */
static __always_inline void see_hook(
	struct ask_sight *sight, const struct nf_hook_entries *entries, const __u64 *functions, enum ask_reason reason)
{
	__u16 count;

	if (!entries)
		return;
	count = LOOK(entries, num_hook_entries);
	if (count > ASK_FUNCTIONS_SEEN)
		find(sight, ASK_UNSEEN);
#pragma clang loop unroll(full)
	for (int place = 0; place < ASK_FUNCTIONS_SEEN; place++) {
		if (place < count)
			see_function(
				sight, (__u64)LOOK(entries, hooks[place].hook),
				(__u64)LOOK(entries, hooks[place].priv), functions, reason);
	}
}

/* When the rules of nft(8) last changed. Without its count, two changes between two packets cannot be told from none. */
static __always_inline void see_generation(struct ask_sight *sight, const struct net *net)
{
	if (bpf_core_field_exists(struct netns_nftables, base_seq))
		see(sight, LOOK(net, nft.base_seq));
	else
		sight->is_brief = true;
	if (bpf_core_field_exists(struct netns_nftables, gencursor))
		see(sight, LOOK(net, nft.gencursor));
	else if (sight->is_brief && sight->about)
		find(sight, ASK_UNSEEN);
}

static __always_inline void see_policies(struct ask_sight *sight, const struct net *net)
{
	/* Whoever may send in the clear is not who may send encrypted: either direction closes both. */
	if (LOOK(net, xfrm.policy_count[XFRM_IN]) || LOOK(net, xfrm.policy_count[XFRM_OUT])
	    || LOOK(net, xfrm.policy_default[XFRM_IN]) == XFRM_BLOCK
	    || LOOK(net, xfrm.policy_default[XFRM_OUT]) == XFRM_BLOCK)
		find(sight, ASK_IPSEC);
}

/* A rule about routes may go by a mark that the firewall sets, of which whoever looks a route up here knows nothing. */
static __always_inline void see_route_rules(struct ask_sight *sight, const struct net *net)
{
	if (!bpf_core_field_exists(struct netns_ipv4, fib_has_custom_rules) || LOOK(net, ipv4.fib_has_custom_rules))
		see(sight, LOOK(net, ipv4.rt_genid.counter));
}

/* Network devices that are looked at to find one by its index: those of one of 256 lists. */
#define DEVICES_SEEN 8

/*
 * Is there a firewall at the egress of the device with this index? It does not see what comes from a program at the egress
 * of another: the kernel takes that for what has been there (nf_skip_egress). Also if it cannot be told.
 */
static __noinline bool has_egress_firewall(const struct net *net, __u32 index)
{
	__u64 lists, place, device, hooks = 1;
	int found = 0;

	if (!net || !bpf_core_field_exists(struct net_device, nf_hooks_egress))
		return false;
	lists = (__u64)LOOK(net, dev_index_head);
	if (bpf_probe_read_kernel(&place, sizeof(place), (void *)(lists + (index & (DEVICE_LISTS - 1)) * sizeof(place))))
		return true;
	for (int number = 0; number < DEVICES_SEEN && place; number++) {
		device = place - bpf_core_field_offset(struct net_device, index_hlist);
		bpf_probe_read_kernel(
			&found, sizeof(found), (void *)(device + bpf_core_field_offset(struct net_device, ifindex)));
		if (found == (int)index) {
			bpf_probe_read_kernel(
				&hooks, sizeof(hooks),
				(void *)(device + bpf_core_field_offset(struct net_device, nf_hooks_egress)));
			return hooks;
		}
		if (bpf_probe_read_kernel(&place, sizeof(place), (void *)place))
			return true;
	}
	return true;
}

static __always_inline const struct ask_baseline *baseline(struct ask_sight *sight)
{
	__u32 zero = 0;
	const struct ask_baseline *known = bpf_map_lookup_elem(&ask_baseline, &zero);

	if (!known || !known->generation) {
		find(sight, ASK_UNKNOWN);
		return NULL;
	}
	see(sight, known->generation);
	return known;
}

static __always_inline __u64 tag_of(const struct ask_sight *sight)
{
	if (!sight->about)
		return ASK_TAG_NOTHING;
	if (sight->about >> ASK_OPEN_COUNT)
		return ASK_TAG_CLOSED;
	/* Neither of the two. */
	return (sight->words | 1) & ~(1ull << 63);
}

/* Of what would be sent from here. */
static __always_inline struct ask_sight see_output(const struct net_device *device)
{
	struct ask_sight sight = {};
	const struct ask_baseline *known;
	const struct net *net;

	if (first_missing_field() != ASK_FIELD_COUNT) {
		find(&sight, ASK_UNKNOWN);
		return sight;
	}
	net = network_of(device);
	known = baseline(&sight);
	if (!known)
		return sight;
	see_hook(&sight, LOOK(net, nf.hooks_ipv4[IPV4_LOCAL_OUT]), known->functions[IPV4_LOCAL_OUT], ASK_HOOK);
	see_hook(
		&sight, LOOK(net, nf.hooks_ipv4[IPV4_POST_ROUTING]), known->functions[IPV4_POST_ROUTING], ASK_HOOK);
	see_policies(&sight, net);
	if (!sight.about)
		return sight;
	see_generation(&sight, net);
	see_route_rules(&sight, net);
	return sight;
}

/* Are there more programs than `own` in a place, or a qdisc with filters as well? */
static __always_inline bool has_more_programs(const struct bpf_mprog_entry *entry, int own)
{
	const struct bpf_mprog_bundle *bundle;
	const struct tcx_entry *around;

	if (!entry)
		return false;
	bundle = LOOK(entry, parent);
	if (!bundle)
		return false;
	/* The bundle is within the entry that says whether there is a qdisc. */
	around = STRUCT_AT(tcx_entry, (__u64)bundle - bpf_core_field_offset(struct tcx_entry, bundle));
	return LOOK(around, bundle.count) > own || LOOK(around, miniq_active);
}

/* Are there more filters than `own`, which is 0 or 1, at a qdisc? One of ours has a preference of its own. */
static __always_inline bool has_more_filters(const struct mini_Qdisc *qdisc, int own)
{
	const struct tcf_proto *first;

	if (!qdisc)
		return false;
	first = LOOK(qdisc, filter_list);
	return first && (!own || LOOK(first, next));
}

/* Is somebody else at the ingress, who may be behind us? */
static __always_inline bool has_others(const struct net_device *device, int own)
{
	if (bpf_core_field_exists(struct net_device, miniq_ingress))
		return has_more_filters(LOOK(device, miniq_ingress), own);
	return has_more_programs(LOOK(device, tcx_ingress), own);
}

/* rp_filter is strict with 1; with 2 it wants any way to the source, as whoever calls may do (RFC 3704 §2.4). */
static __always_inline void see_reverse_path(
	struct ask_sight *sight, const struct net *net, const struct net_device *device, bool checks_source)
{
	const struct ipv4_devconf *all = LOOK(net, ipv4.devconf_all);
	const struct in_device *here = LOOK(device, ip_ptr);
	int filter = LOOK(all, data[DEVCONF_RP_FILTER]), own = 0;

	/* The larger of both counts (ip-sysctl). */
	if (here)
		own = LOOK(here, cnf.data[DEVCONF_RP_FILTER]);
	if (own > filter)
		filter = own;
	if (filter != 1 && (filter <= 1 || checks_source))
		return;
	find(sight, ASK_REVERSE_PATH);
	see(sight, filter);
	see(sight, LOOK(net, ipv4.rt_genid.counter));
}

/* Of what has come in by a device. `checks_source`: the caller wants a way to the source by that device itself. */
static __always_inline struct ask_sight see_input(const struct net_device *device, bool checks_source)
{
	struct ask_sight sight = {};
	const struct ask_baseline *known;
	const struct net *net;

	if (first_missing_field() != ASK_FIELD_COUNT) {
		find(&sight, ASK_UNKNOWN);
		return sight;
	}
	net = network_of(device);
	known = baseline(&sight);
	if (!known)
		return sight;
	see_hook(&sight, LOOK(net, nf.hooks_ipv4[IPV4_PRE_ROUTING]), known->functions[IPV4_PRE_ROUTING], ASK_HOOK);
	see_hook(&sight, LOOK(net, nf.hooks_ipv4[IPV4_LOCAL_IN]), known->functions[IPV4_LOCAL_IN], ASK_HOOK);
	see_hook(&sight, LOOK(device, nf_hooks_ingress), NULL, ASK_DEVICE_HOOK);
	if (has_others(device, 1))
		find(&sight, ASK_TRAFFIC_CONTROL);
	see_reverse_path(&sight, net, device, checks_source);
	see_policies(&sight, net);
	if (!sight.about)
		return sight;
	see_generation(&sight, net);
	see_route_rules(&sight, net);
	return sight;
}

/* The tag of what could stop what would be sent from here: ASK_TAG_NOTHING, ASK_TAG_CLOSED or another. */
static __always_inline __u64 ask_output(const struct net_device *device)
{
	struct ask_sight sight = see_output(device);

	return tag_of(&sight);
}

/* The same of what has come in by a device. */
static __always_inline __u64 ask_input(const struct net_device *device, bool checks_source)
{
	struct ask_sight sight = see_input(device, checks_source);

	return tag_of(&sight);
}

/* Tells user space what a packet at a device would be asked about: to be run over any packet. */
SEC("tc")
int ask_look(struct __sk_buff *skb)
{
	struct ask_sight sight;
	__u64 tag;

	if (first_missing_field() != ASK_FIELD_COUNT)
		return 0;
	if (skb->cb[0] == ASK_OUTPUT)
		sight = see_output(device_of(skb));
	else
		sight = see_input(device_of(skb), skb->cb[1]);
	tag = tag_of(&sight);
	skb->cb[0] = tag;
	skb->cb[1] = tag >> 32;
	skb->cb[2] = sight.about;
	skb->cb[3] = sight.is_brief;
	return 1;
}

/*
 * Learns the baseline: to be run over any packet, by a thread in a network namespace that is new. Returns the number of a
 * field that this kernel has not; ASK_FIELD_COUNT if it has all.
 */
SEC("tc")
int ask_measure(struct __sk_buff *skb)
{
	struct ask_baseline *known;
	const struct net *net;
	__u32 zero = 0;
	int missing = first_missing_field();

	if (missing != ASK_FIELD_COUNT)
		return missing;
	net = network_of(device_of(skb));
	known = bpf_map_lookup_elem(&ask_baseline, &zero);
	if (!known)
		return 0;
#pragma clang loop unroll(full)
	for (int hook = 0; hook < ASK_HOOKS; hook++) {
		const struct nf_hook_entries *entries = LOOK(net, nf.hooks_ipv4[hook]);
		__u16 count;

		if (!entries)
			continue;
		count = LOOK(entries, num_hook_entries);
#pragma clang loop unroll(full)
		for (int place = 0; place < ASK_FUNCTIONS; place++) {
			if (place < count)
				known->functions[hook][place] = (__u64)LOOK(entries, hooks[place].hook);
		}
	}
	known->generation = bpf_ktime_get_ns() | 1;
	return missing;
}

#endif
