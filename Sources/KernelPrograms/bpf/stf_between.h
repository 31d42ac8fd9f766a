/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Who is between where a packet comes in and where it leaves, if it takes the shortcut past the interface stf and the
 * kernel's IPv6: a firewall, IPsec, whoever captures or shapes packets of the interface, rules about routes.
 */
#ifndef HYDRANGEA_STF_BETWEEN_H
#define HYDRANGEA_STF_BETWEEN_H

#include "stf_carrying.h"

/* What a new network namespace has at the hooks of IPv6, as `ask_baseline` has it of IPv4. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct stf_between);
} stf_between SEC(".maps");

/* Where the kernel has an interface stf, by its index. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, STF_INTERFACES_MAX);
	__type(key, __u32);
	__type(value, __u64);
} stf_tunnels SEC(".maps");

/* Is it the program of ours whose variables are of no forwarded packet? Other programs of netfilter have the same function. */
static __always_inline bool is_own_filter(__u64 given, const struct stf_between *known)
{
	const struct bpf_prog *program = STRUCT_AT(bpf_prog, given);
	const struct bpf_prog_aux *aux = LOOK(program, aux);

	return known->own_filter && LOOK(aux, id) == known->own_filter && (__u64)LOOK(aux, prog) == given;
}

static __always_inline bool is_somebody(
	const struct nf_hook_entries *entries, int place, const struct stf_between *known, const __u64 *functions)
{
	__u64 function = (__u64)LOOK(entries, hooks[place].hook);

	return is_unknown(function, functions) && !is_own_filter((__u64)LOOK(entries, hooks[place].priv), known);
}

/* Is anybody at a hook of IPv6 who was not there from the beginning? */
static __always_inline bool is_guarded(
	const struct nf_hook_entries *entries, const struct stf_between *known, const __u64 *functions)
{
	__u16 count;

	if (!entries)
		return false;
	count = LOOK(entries, num_hook_entries);
	return count > 2 || (count > 0 && is_somebody(entries, 0, known, functions))
	       || (count > 1 && is_somebody(entries, 1, known, functions));
}

/* Nobody has put anything in a list whose head is at an address. */
static __always_inline bool is_empty(const struct list_head *next, __u64 head)
{
	return (__u64)next == head;
}

static __always_inline bool is_captured(const struct net_device *tunnel, __u64 address, const struct net *net)
{
	if (!is_empty(LOOK(tunnel, ptype_all.next), address + bpf_core_field_offset(struct net_device, ptype_all))
	    || !is_empty(
		    LOOK(tunnel, ptype_specific.next), address + bpf_core_field_offset(struct net_device, ptype_specific)))
		return true;
	/* Of all interfaces, in a kernel that has that list for each network namespace. */
	return bpf_core_field_exists(net->ptype_all)
	       && !is_empty(LOOK(net, ptype_all.next), (__u64)net + bpf_core_field_offset(struct net, ptype_all));
}

/* Programs at the egress of a device besides so many of ours. */
static __always_inline bool has_more_at_egress(const struct net_device *device, int ours)
{
	if (bpf_core_field_exists(struct net_device, miniq_egress))
		return has_more_filters(LOOK(device, miniq_egress), ours);
	return has_more_programs(LOOK(device, tcx_egress), ours);
}

/* Programs at the interface besides ours, which is at its egress. */
static __always_inline bool has_company(const struct net_device *tunnel)
{
	return has_others(tunnel, 0) || has_more_at_egress(tunnel, 1);
}

/* Who is at the interface that packets do not go through? */
static __always_inline enum stf_detour look_at_tunnel(__u64 address, __u32 index, const struct net *net)
{
	const struct net_device *tunnel = STRUCT_AT(net_device, address);
	const struct Qdisc *qdisc;

	if (!address || LOOK(tunnel, ifindex) != (int)index || (__u64)network_of(tunnel) != (__u64)net)
		return STF_DETOUR_UNKNOWN;
	if (LOOK(tunnel, nf_hooks_ingress)
	    || (bpf_core_field_exists(tunnel->nf_hooks_egress) && LOOK(tunnel, nf_hooks_egress)))
		return STF_DETOUR_FIREWALL;
	/* A qdisc that somebody has made has a number. */
	qdisc = LOOK(tunnel, qdisc);
	if (LOOK(tunnel, xdp_prog) || has_company(tunnel) || LOOK(qdisc, handle))
		return STF_DETOUR_TRAFFIC_CONTROL;
	return is_captured(tunnel, address, net) ? STF_DETOUR_CAPTURE : STF_DETOUR_NONE;
}

/*
 * Is anybody between the device that a packet has come by and the one that it will leave by? At the one that it leaves by,
 * everybody will see it.
 */
static __always_inline enum stf_detour look_between(
	const struct net_device *device, __u64 tunnel, __u32 index, const struct stf_between *known)
{
	const struct net *net = network_of(device);

	if (!known->generation)
		return STF_DETOUR_UNKNOWN;
	if (is_guarded(LOOK(net, nf.hooks_ipv6[IPV4_PRE_ROUTING]), known, known->functions[IPV4_PRE_ROUTING])
	    || is_guarded(LOOK(net, nf.hooks_ipv6[IPV6_FORWARD]), known, known->functions[IPV6_FORWARD])
	    || is_guarded(LOOK(net, nf.hooks_ipv6[IPV4_POST_ROUTING]), known, known->functions[IPV4_POST_ROUTING])
	    || LOOK(device, nf_hooks_ingress))
		return STF_DETOUR_FIREWALL;
	if (has_others(device, 1))
		return STF_DETOUR_TRAFFIC_CONTROL;
	/* A kernel that can have no rules about routes does not tell whether there are any. */
	if ((bpf_core_field_exists(net->ipv6.fib6_has_custom_rules) && LOOK(net, ipv6.fib6_has_custom_rules))
	    || (bpf_core_field_exists(net->ipv4.fib_has_custom_rules) && LOOK(net, ipv4.fib_has_custom_rules)))
		return STF_DETOUR_RULES;
	if (LOOK(net, xfrm.policy_count[XFRM_FORWARD])
	    || LOOK(net, xfrm.policy_default[XFRM_FORWARD]) == XFRM_BLOCK)
		return STF_DETOUR_IPSEC;
	return look_at_tunnel(tunnel, index, net);
}

static __always_inline const struct stf_between *what_is_known(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&stf_between, &zero);
}

static __always_inline __u64 tunnel_of(__u32 index)
{
	const __u64 *address = bpf_map_lookup_elem(&stf_tunnels, &index);

	return address ? *address : 0;
}

static __always_inline void count_detour(
	struct stf_counters *counters, enum stf_direction direction, enum stf_detour detour)
{
	__u32 place = direction * STF_DETOUR_COUNT + detour;

	if (place < 2 * STF_DETOUR_COUNT)
		counters->detours[place]++;
}

#endif
