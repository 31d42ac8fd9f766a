/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The shortcut: from where a packet comes in to where it leaves, without the interface stf and the kernel's IPv6 between
 * them. Only where it makes no difference but the time. For each packet is looked whether anybody is between: a firewall,
 * IPsec, whoever captures or shapes packets of the interface, rules about routes. If so, it goes through the interface.
 */
#ifndef HYDRANGEA_STF_SHORTCUT_H
#define HYDRANGEA_STF_SHORTCUT_H

#include "stf_between.h"

/* Unless this is its last hop, or it has options for each hop (RFC 8200 §4.3). */
static __always_inline bool is_forwardable(const struct ipv6_header *inner)
{
	return inner->hop_limit > 1 && inner->next_header != PROTO_HOP_BY_HOP;
}

static __always_inline bool take_hop(struct __sk_buff *skb, __u32 start, const struct ipv6_header *inner)
{
	__u8 hops = inner->hop_limit - 1;

	return !bpf_skb_store_bytes(
		skb, start + __builtin_offsetof(struct ipv6_header, hop_limit), &hops, sizeof(hops),
		BPF_F_RECOMPUTE_CSUM);
}

/* The way of an inner packet that has come by a device, as the kernel's IPv6 would forward it. */
static __always_inline long find_inner_way(
	struct __sk_buff *skb, const struct ipv6_header *inner, __u32 device, __u32 length, __u32 flags,
	struct bpf_fib_lookup *lookup)
{
	*lookup = (struct bpf_fib_lookup) {
		.family = AF_INET6, .l4_protocol = inner->next_header, .tot_len = length, .ifindex = device,
	};
	__builtin_memcpy(lookup->source, &inner->source, sizeof(lookup->source));
	__builtin_memcpy(lookup->destination, &inner->destination, sizeof(lookup->destination));
	return bpf_fib_lookup(skb, lookup, sizeof(*lookup), flags);
}

/*
 * The same, whichever neighbor it leads to. A kernel before Linux 6.3 does not take SKIP_NEIGH; of a way without a neighbor
 * it then tells no MTU, and the length stays, which is enough for packets that are no longer.
 */
static __always_inline long find_any_inner_way(
	struct __sk_buff *skb, const struct ipv6_header *inner, __u32 device, __u32 length, struct bpf_fib_lookup *lookup)
{
	long status = find_inner_way(skb, inner, device, length, BPF_FIB_LOOKUP_SKIP_NEIGH, lookup);

	if (status < 0)
		status = find_inner_way(skb, inner, device, length, 0, lookup);
	return status == BPF_FIB_LKUP_RET_NO_NEIGH ? BPF_FIB_LKUP_RET_SUCCESS : status;
}

/* --- from IPv6 to IPv4 --- */

/*
 * Decides whether packets of a flow that has come by a device go to an interface stf, and to which peer. A decision that
 * they do not is kept as well, without a way: else each packet of others would be looked up twice.
 */
static __always_inline void decide_shortcut(
	struct __sk_buff *skb, const struct ipv6_header *inner, __u32 largest, struct flow *flow,
	const struct flow_state *state)
{
	__u32 device = skb->ifindex;
	struct bpf_fib_lookup lookup;
	const struct stf_config *config;
	__be32 destination = 0;
	long status;

	flow->kind = FLOW_NONE;
	flow->index = 0;
	flow->way.interface = 0;
	remember(flow, FLOW_SHORTCUT, inner, device, state);
	if (broken_ipv6(halves_of(&inner->source)) != NO_RULE)
		return;
	if (find_any_inner_way(skb, inner, device, largest - IPV4_SIZE, &lookup))
		return;
	config = bpf_map_lookup_elem(&stf_config, &lookup.ifindex);
	if (!config || !config->shortcut || !config->is_up || !config->own
	    || judge_output(config, inner, &destination) != PASSED)
		return;
	flow->inner_mtu = lookup.tot_len;
	flow->peer = destination;
	flow->tunnel = tunnel_of(config->index);
	status = find_way(skb, config, destination, largest, &flow->way, &flow->mtu);
	if (status != BPF_FIB_LKUP_RET_SUCCESS || flow->way.interface == config->index) {
		flow->way.interface = 0;
		if (status == BPF_FIB_LKUP_RET_NO_NEIGH)
			flow->kind = FLOW_NONE;
		return;
	}
	flow->index = config->index;
}

/* Sends a packet that has come by this device and goes to an interface stf, as that would. */
static __always_inline int send_short(
	struct __sk_buff *skb, const struct ipv6_header *inner, __u32 start, struct flow *flow, __u32 hash)
{
	const struct stf_config *config = bpf_map_lookup_elem(&stf_config, &flow->index);
	const struct stf_between *known = what_is_known();
	struct bpf_redir_neigh neighbor = { .family = AF_INET, .next_hop = { flow->way.next_hop } };
	const struct net_device *device = device_of(skb);
	__u32 length = skb->len - start, way = flow->way.interface, largest;
	__u8 type_of_service = traffic_class(inner);
	struct stf_counters *counters;
	enum stf_detour detour;
	struct beginning beginning;
	bool is_broken = false;
	struct ask_pair pair;
	__u64 tag;

	if (!config || !known || !config->is_up || !config->shortcut)
		return TC_NEXT;
	counters = bpf_map_lookup_elem(&stf_counters, &flow->index);
	if (!counters)
		return TC_NEXT;
	detour = look_between(device, flow->tunnel, flow->index, known);
	if (detour != STF_DETOUR_NONE) {
		count_detour(counters, STF_OUTPUT, detour);
		return TC_NEXT;
	}
	tag = ask_output(device);
	largest = wire_length(skb, start, inner, length);
	/* The rest is told of there, or cut. */
	if (tag == ASK_TAG_CLOSED || largest - IPV4_SIZE > flow->inner_mtu || largest > flow->mtu
	    || length > IPV4_MAX - IPV4_SIZE)
		return TC_NEXT;
	if (config->link1 && (type_of_service & ECN_MASK) == ECN_CONGESTED)
		type_of_service = (type_of_service & ~ECN_MASK) | ECN_CAPABLE_0;
	pair = (struct ask_pair) {
		.underlay = way, .source = config->own, .destination = flow->peer, .direction = ASK_OUTPUT,
		.codepoint = type_of_service >> 2,
	};
	if (!flow_has_leave(flow, tag, &pair))
		return TC_NEXT;
	write_outer(
		&beginning.outer, config, flow->peer, type_of_service,
		next_identifier(skb, start, inner, hash, skb->gso_segs > 1 ? skb->gso_segs : 1), IPV4_SIZE + length);
	beginning.version_class_label = inner->version_class_label;
	beginning.payload_length = inner->payload_length;
	beginning.next_header = inner->next_header;
	beginning.hop_limit = inner->hop_limit - 1;
	if (!encapsulate(skb, start, &beginning, sizeof(beginning), &is_broken)) {
		if (is_broken)
			return drop_changed(counters, STF_SEND_FAILED);
		return TC_NEXT;
	}
	count_traffic(&counters->output, skb, length);
	counters->shortcuts[STF_OUTPUT]++;
	return bpf_redirect_neigh(way, &neighbor, sizeof(neighbor), 0);
}

/* Can the route lead to an interface stf? Packets of others are not looked at any further. */
static __always_inline bool is_in_reach(struct __sk_buff *skb, __u32 start, const struct stf_between *known)
{
	__u32 length = known->reach_length;
	__be32 word[2];

	if (!length)
		return true;
	if (bpf_skb_load_bytes(
		    skb, start + __builtin_offsetof(struct ipv6_header, destination), word, sizeof(word)))
		return false;
	return !((((__u64)bpf_ntohl(word[0]) << 32 | bpf_ntohl(word[1])) ^ known->reach) >> ((64 - length) & 63));
}

/* An IPv6 packet at the ingress of a device. */
static __noinline int cut_short(struct __sk_buff *skb)
{
	__u32 start, hash, device = skb->ifindex;
	const struct stf_between *known = what_is_known();
	struct ipv6_header inner;
	struct flow_state state;
	struct flow *flow;

	if (!known || !known->shortcuts || skb->pkt_type != PACKET_HOST || skb->vlan_present)
		return TC_NEXT;
	start = link_header(skb);
	if (!is_in_reach(skb, start, known))
		return TC_NEXT;
	/* The kernel's IPv6 drops what is cut off, and cuts off what is behind. */
	if (bpf_skb_load_bytes(skb, start, &inner, IPV6_SIZE) || bpf_ntohl(inner.version_class_label) >> 28 != 6
	    || !is_forwardable(&inner) || (!skb->gso_size && inner_length(&inner) != skb->len - start))
		return TC_NEXT;
	hash = flow_hash(&inner);
	flow = flow_place(hash);
	if (!flow)
		return TC_NEXT;
	state = flow_state(network_of(device_of(skb)));
	if (!is_decided(flow, FLOW_SHORTCUT, &inner, device, &state))
		decide_shortcut(skb, &inner, wire_length(skb, start, &inner, skb->len - start), flow, &state);
	return flow->way.interface ? send_short(skb, &inner, start, flow, hash) : TC_NEXT;
}

/* --- from IPv4 to IPv6 --- */

/* Decides whether packets of a flow that may be taken can go on without the interface. */
static __noinline void decide_short_input(
	struct __sk_buff *skb, const struct stf_config *config, const struct ipv6_header *inner, __u32 length,
	struct flow *flow)
{
	struct bpf_fib_lookup lookup;
	long status;

	flow->way.interface = 0;
	if (!config->shortcut)
		return;
	status = find_inner_way(skb, inner, config->index, length, 0, &lookup);
	/* The kernel asks for the neighbor now, and the next packet may find one. */
	if (status == BPF_FIB_LKUP_RET_NO_NEIGH)
		flow->kind = FLOW_NONE;
	if (status != BPF_FIB_LKUP_RET_SUCCESS || lookup.ifindex == config->index || bpf_map_lookup_elem(&stf_config, &lookup.ifindex))
		return;
	flow->way.interface = lookup.ifindex;
	flow->way.frame = frame_of(&lookup);
	flow->inner_mtu = lookup.tot_len;
	flow->tunnel = tunnel_of(config->index);
	__builtin_memcpy(&flow->next_hop, lookup.destination, sizeof(flow->next_hop));
}

/* May this packet, which begins at `start`, go on without the interface? */
static __always_inline bool is_short(
	struct __sk_buff *skb, const struct stf_config *config, struct stf_counters *counters,
	const struct ipv6_header *inner, const struct flow *flow, __u32 length)
{
	const struct stf_between *known = what_is_known();
	enum stf_detour detour;

	if (!flow->way.interface || !config->shortcut || !known || !counters || !is_forwardable(inner)
	    || length > flow->inner_mtu)
		return false;
	detour = look_between(device_of(skb), flow->tunnel, config->index, known);
	if (detour == STF_DETOUR_NONE)
		return true;
	count_detour(counters, STF_INPUT, detour);
	return false;
}

/* Sends a packet whose outer header is off; before it was, `link` bytes were in front. */
static __always_inline int pass_on(struct __sk_buff *skb, const struct flow *flow, __u32 link)
{
	struct bpf_redir_neigh neighbor = { .family = AF_INET6 };
	__u32 way = flow->way.interface;

	__builtin_memcpy(neighbor.next_hop, &flow->next_hop, sizeof(neighbor.next_hop));
	if (!link && bpf_skb_change_head(skb, ETHERNET_HEADER, 0))
		return TC_DROP;
	return bpf_redirect_neigh(way, &neighbor, sizeof(neighbor), 0);
}

/* --- what user space runs --- */

/* Learns what there is at the hooks of IPv6: to be run over any packet, by a thread in a network namespace that is new. */
SEC("tc")
int stf_measure(struct __sk_buff *skb)
{
	const struct net *net = network_of(device_of(skb));
	struct stf_between *known;
	__u32 zero = 0;

	known = bpf_map_lookup_elem(&stf_between, &zero);
	if (!known)
		return 0;
#pragma clang loop unroll(full)
	for (int hook = 0; hook < ASK_HOOKS; hook++) {
		const struct nf_hook_entries *entries = LOOK(net, nf.hooks_ipv6[hook]);
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
	known->generation = 1;
	return 1;
}

/* Learns where an interface is: to be run over any packet, at it. */
SEC("tc")
int stf_find(struct __sk_buff *skb)
{
	const struct net_device *device = device_of(skb);
	__u32 index = skb->ifindex;
	__u64 address = (__u64)device;

	bpf_map_update_elem(&stf_tunnels, &index, &address, 0);
	return 1;
}

#endif
