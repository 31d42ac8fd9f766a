/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Which packets of stf(4) pass, and where to: StfOutput.swift and StfInput.swift, in the same order and with the same
 * reasons. Nothing is written here.
 */
#ifndef HYDRANGEA_STF_DECISIONS_H
#define HYDRANGEA_STF_DECISIONS_H

#include "headers.h"
#include "stf_rules.h"
#include "tc.h"

enum {
	PROTO_IPV6 = 41,
};

/* What is judged: a reason to drop, or one of these. */
#define PASSED (-1)
#define UNDECIDED (-2)

static __always_inline __u8 traffic_class(const struct ipv6_header *inner)
{
	return bpf_ntohl(inner->version_class_label) >> 20;
}

struct way {
	__u32 interface;
	__be32 next_hop;
	struct link_addresses frame;	/* that frames begin with there */
};

/*
 * The way of the outer packet, and the most that it takes at once. Asked as if it came by stf, whose own IPv4 forwarding is
 * on for that.
 */
static __always_inline long find_way(
	struct __sk_buff *skb, const struct stf_config *config, __be32 outer, __u32 length, struct way *way, __u16 *mtu)
{
	struct bpf_fib_lookup lookup = {
		.family = AF_INET, .l4_protocol = PROTO_IPV6, .tot_len = length, .ifindex = config->index,
		.source = { config->own }, .destination = { outer },
	};
	long status = bpf_fib_lookup(skb, &lookup, sizeof(lookup), 0);

	way->interface = lookup.ifindex;
	way->next_hop = lookup.destination[0];
	way->frame = frame_of(&lookup);
	*mtu = lookup.tot_len;
	return status;
}

/* --- output --- */

/* RFC 3964 §5.1: packets leave only from our own site or, on a relay, from native addresses to other sites. */
static __always_inline int output_pairing(
	const struct stf_config *config, struct halves source, struct halves destination)
{
	__be32 site;

	if (!config->pairing)
		return PASSED;
	if (embeds(config, source, &site))
		return site == config->own ? PASSED : STF_OUTPUT_SOURCE_MISMATCH;
	if (config->relay)
		return STF_OUTPUT_SOURCE_MISMATCH;
	if (!is_within(destination, halves_of(&config->domain), config->domain_length))
		return STF_OUTPUT_NATIVE_TO_NATIVE;
	return PASSED;
}

/* The destination itself goes before the next hop, and that before the border relay. 0.0.0.0: there is none. */
static __always_inline __be32 outer_destination(
	const struct stf_config *config, const struct node_address *address, struct halves destination)
{
	struct stf_route key = { .length = 32 + 128, .index = config->index, .destination = *address };
	const __be32 *peer;
	__be32 site;

	if (is_within(destination, halves_of(&config->prefix), config->prefix_length)
	    && embeds(config, destination, &site))
		return site;
	peer = bpf_map_lookup_elem(&stf_routes, &key);
	return peer ? *peer : config->relay;
}

/* The reason why a packet dies, or PASSED and where it goes to. */
static __always_inline int judge_output(
	const struct stf_config *config, const struct ipv6_header *inner, __be32 *outer)
{
	struct halves source = halves_of(&inner->source), destination = halves_of(&inner->destination);
	int rule, reason;
	__be32 site;

	if (config->own_rule != STF_NO_RULE)
		return STF_OUTPUT_SOURCE + config->own_rule;
	rule = broken_ipv6(destination);
	if (rule != NO_RULE)
		return STF_OUTPUT_INNER_DESTINATION + rule;
	if (config->loop_check && embeds(config, destination, &site) && site == config->own)
		return STF_OUTPUT_TO_SELF;
	reason = output_pairing(config, source, destination);
	if (reason != PASSED)
		return reason;
	*outer = outer_destination(config, &inner->destination, destination);
	if (!*outer)
		return STF_NO_NEXT_HOP;
	rule = broken_ipv4(config, *outer);
	if (rule != NO_RULE)
		return STF_OUTPUT_DESTINATION + rule;
	if (embeds_6to4(destination, &site)) {
		rule = broken_ipv4(config, site);
		if (rule != NO_RULE)
			return STF_OUTPUT_INNER_DESTINATION_EMBEDS + rule;
	}
	if (config->loop_check && *outer == config->own)
		return STF_OUTPUT_TO_SELF;
	return PASSED;
}

/* What ICMPv6 says to the sender of a packet that dies of this is for user space to write. */
static __always_inline bool is_told(int reason)
{
#define TOLD(name, direction, told, word, text) \
	if (STF_TELLS_##told != STF_TELLS_NOTHING && reason == STF_##name) \
		return true;
	STF_REASONS(TOLD)
#undef TOLD
	return false;
}

/* --- input --- */

/*
 * Is there a way to the source by the interface that the packet came from? One of several ways (ECMP) is enough. Where an
 * interface does not forward IPv4, only the best way can be asked for; if that is another, user space looks for more.
 */
static __noinline int judge_way_back(struct __sk_buff *skb, const struct stf_config *config, __be32 source)
{
	struct bpf_fib_lookup lookup = {
		.family = AF_INET, .ifindex = skb->ifindex, .source = { config->own }, .destination = { source },
	};
	long status = bpf_fib_lookup(skb, &lookup, sizeof(lookup), BPF_FIB_LOOKUP_OUTPUT);
	struct way way;
	__u16 mtu;

	if (status == BPF_FIB_LKUP_RET_SUCCESS || status == BPF_FIB_LKUP_RET_NO_NEIGH)
		return lookup.ifindex == skb->ifindex ? PASSED : STF_INGRESS;
	if (status != BPF_FIB_LKUP_RET_FWD_DISABLED)
		return STF_INGRESS;
	status = find_way(skb, config, source, 0, &way, &mtu);
	return (status == BPF_FIB_LKUP_RET_SUCCESS || status == BPF_FIB_LKUP_RET_NO_NEIGH)
		       && way.interface == skb->ifindex
		? PASSED : UNDECIDED;
}

/* Does the route to the destination lead back into the tunnel (RFC 6324 §3.3)? */
static __noinline bool would_come_back(
	struct __sk_buff *skb, const struct stf_config *config, const struct ipv6_header *inner)
{
	const __be32 *source = (const __be32 *)&inner->source, *destination = (const __be32 *)&inner->destination;
	struct bpf_fib_lookup lookup = { .family = AF_INET6, .ifindex = config->index };
	long status;

	__builtin_memcpy(lookup.source, source, sizeof(lookup.source));
	__builtin_memcpy(lookup.destination, destination, sizeof(lookup.destination));
	status = bpf_fib_lookup(skb, &lookup, sizeof(lookup), 0);
	return (status == BPF_FIB_LKUP_RET_SUCCESS || status == BPF_FIB_LKUP_RET_NO_NEIGH)
	       && lookup.ifindex == config->index;
}

static __always_inline int judge_outer(
	struct __sk_buff *skb, const struct stf_config *config, const struct ipv4_header *outer)
{
	__u32 apart = bpf_ntohl(outer->source ^ config->own);
	int rule;

	if (config->peers_length && config->peers_length <= 32 && apart >> (32 - config->peers_length))
		return STF_PEER_OUTSIDE_PREFIX;
	if (config->own_rule != STF_NO_RULE)
		return STF_OUTER_DESTINATION + config->own_rule;
	rule = broken_ipv4(config, outer->source);
	if (rule != NO_RULE)
		return STF_OUTER_SOURCE + rule;
	if (config->loop_check && outer->source == config->own)
		return STF_OUTER_SOURCE_SELF;
	return config->link2 ? PASSED : judge_way_back(skb, config, outer->source);
}

static __always_inline int judge_addresses(
	const struct stf_config *config, struct halves source, struct halves destination)
{
	__be32 site;
	int rule;

	rule = broken_ipv6(destination);
	if (rule != NO_RULE)
		return STF_INNER_DESTINATION + rule;
	if (embeds_any(config, destination, &site)) {
		rule = broken_ipv4(config, site);
		if (rule != NO_RULE)
			return STF_INNER_DESTINATION_EMBEDS + rule;
	}
	rule = broken_ipv6(source);
	if (rule != NO_RULE)
		return STF_INNER_SOURCE + rule;
	if (embeds_any(config, source, &site)) {
		rule = broken_ipv4(config, site);
		if (rule != NO_RULE)
			return STF_INNER_SOURCE_EMBEDS + rule;
	}
	return PASSED;
}

/* Of a 6rd domain. */
static __always_inline bool is_relay(const struct stf_config *config, __be32 address)
{
	struct stf_relay relay = { .index = config->index, .address = address };

	return config->relay && (address == config->relay || bpf_map_lookup_elem(&stf_relays, &relay));
}

/* RFC 3964 §5.2, RFC 5969 §12. */
static __always_inline int input_pairing(
	const struct stf_config *config, const struct ipv4_header *outer, struct halves from, struct halves to)
{
	bool has_source, has_destination;
	__be32 source, destination;

	has_source = embeds(config, from, &source);
	has_destination = embeds(config, to, &destination);
	if (config->pairing) {
		if (!has_source && !has_destination)
			return STF_INPUT_NATIVE_TO_NATIVE;
		if (!(has_source && source == outer->source)
		    && !(is_6to4(config) ? !has_source : is_relay(config, outer->source)))
			return STF_INNER_SOURCE_MISMATCH;
		if (has_destination && destination != outer->destination)
			return STF_INNER_DESTINATION_MISMATCH;
	}
	return has_destination || config->is_relay ? PASSED : STF_NOT_RELAY;
}

/* RFC 6040 §4.2, figure 4. False: congestion was met by a packet whose sender would not be told. */
static __always_inline bool decapsulate_congestion(__u8 outer, __u8 *inner)
{
	__u8 mark = *inner & ECN_MASK;

	outer &= ECN_MASK;
	if (mark == ECN_NOT_CAPABLE)
		return outer != ECN_CONGESTED;
	if (outer == ECN_CONGESTED)
		mark = ECN_CONGESTED;
	else if (mark == ECN_CAPABLE_0 && outer == ECN_CAPABLE_1)
		mark = ECN_CAPABLE_1;
	*inner = (*inner & ~ECN_MASK) | mark;
	return true;
}

static __always_inline int judge_inner(
	struct __sk_buff *skb, const struct stf_config *config, const struct ipv4_header *outer,
	const struct ipv6_header *inner)
{
	struct halves source = halves_of(&inner->source), destination = halves_of(&inner->destination);
	__be32 site;
	int reason;

	reason = judge_addresses(config, source, destination);
	if (reason != PASSED)
		return reason;
	reason = input_pairing(config, outer, source, destination);
	if (reason != PASSED)
		return reason;
	if (config->loop_check && !(embeds(config, destination, &site) && site == config->own)
	    && would_come_back(skb, config, inner))
		return STF_WOULD_COME_BACK;
	return PASSED;
}

#endif
