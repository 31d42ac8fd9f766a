/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What was decided about a packet, for those that follow it: of one CPU, in places that flows share. A later flow takes
 * the place of an earlier one, which is then decided about anew. All that a decision is made of is compared, so that
 * nobody can send what passes by the decision about another.
 *
 * A decision counts as long as the rules and the routes are those that it was made under, and at most FLOW_LIFE_NS: the
 * next hop may be dead, of which no number tells. What is to be asked of the administrator's rules is not in it, but for
 * the leave of the pair (witness.h), which is good only under a tag that is looked at for each packet.
 */
#ifndef HYDRANGEA_STF_FLOWS_H
#define HYDRANGEA_STF_FLOWS_H

#include "stf_decisions.h"
#include "witness.h"

#define FLOW_LIFE_NS 400000000ull

enum {
	FLOW_PLACES = 1024,
};

enum flow_kind {
	FLOW_NONE,
	FLOW_OUTPUT,
	FLOW_INPUT,
	FLOW_SHORTCUT,	/* from where it came in: to an interface stf, or to none */
};

/* What changes whenever a decision might be another one. */
struct flow_state {
	__u32 rules;
	__u32 ipv4_routes;
	__u32 ipv6_routes;
};

struct flow {
	struct node_address source;
	struct node_address destination;
	__be32 peer;		/* the other end's IPv4 address: of FLOW_INPUT, to be compared as well */
	__u32 device;		/* that packets come by */
	__u32 index;		/* of the interface whose rules decided */
	__u32 kind;
	struct flow_state state;
	struct way way;		/* of FLOW_INPUT and FLOW_SHORTCUT, 0: none but through the interface */
	struct node_address next_hop;	/* of FLOW_INPUT */
	__u16 mtu;		/* of the way, for the outer packet */
	__u16 inner_mtu;
	__u8 codepoint;		/* that the leave is for */
	__u8 unused[3];
	__u64 tunnel;		/* where the kernel has the interface stf */
	__u64 end;
	struct ask_leave leave;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, FLOW_PLACES);
	__type(key, __u32);
	__type(value, struct flow);
} stf_flows SEC(".maps");

/* How often user space has changed the rules: it counts when a change is done. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} stf_generation SEC(".maps");

/* The same number for all packets of a flow between two addresses. */
static __always_inline __u32 flow_hash(const struct ipv6_header *inner)
{
	const __u32 *source = (const __u32 *)&inner->source, *destination = (const __u32 *)&inner->destination;
	__u64 hash = (__u64)(source[0] ^ source[2]) << 32 | (source[1] ^ source[3]);

	hash *= 0x9e3779b97f4a7c15ull;
	hash ^= hash >> 32;
	hash ^= (__u64)(destination[0] ^ destination[2]) << 32 | (destination[1] ^ destination[3]);
	hash *= 0x9e3779b97f4a7c15ull;
	return hash >> 32;
}

/* Where the decision about packets from one address to another is, or will be. */
static __always_inline struct flow *flow_place(__u32 hash)
{
	__u32 place = hash;

	asm volatile("" : "+r"(place));
	place &= FLOW_PLACES - 1;
	return bpf_map_lookup_elem(&stf_flows, &place);
}

static __always_inline struct flow_state flow_state(const struct net *net)
{
	__u32 zero = 0;
	const __u32 *rules = bpf_map_lookup_elem(&stf_generation, &zero);

	return (struct flow_state) {
		rules ? *rules : 0, LOOK(net, ipv4.rt_genid.counter), LOOK(net, ipv6.fib6_sernum.counter),
	};
}

static __always_inline bool is_same_address(const struct node_address *one, const struct node_address *other)
{
	const __u32 *left = (const __u32 *)one, *right = (const __u32 *)other;

	return !((left[0] ^ right[0]) | (left[1] ^ right[1]) | (left[2] ^ right[2]) | (left[3] ^ right[3]));
}

/* Is this the decision about such a packet, and does it still count? */
static __always_inline bool is_decided(
	const struct flow *flow, enum flow_kind kind, const struct ipv6_header *inner, __u32 device,
	const struct flow_state *state)
{
	return flow->kind == kind && flow->device == device && is_same_address(&flow->destination, &inner->destination)
	       && is_same_address(&flow->source, &inner->source) && flow->state.rules == state->rules
	       && flow->state.ipv4_routes == state->ipv4_routes && flow->state.ipv6_routes == state->ipv6_routes
	       && bpf_ktime_get_coarse_ns() < flow->end;
}

/* The state is that of before the decision: what has changed meanwhile may not be in it. */
static __always_inline void remember(
	struct flow *flow, enum flow_kind kind, const struct ipv6_header *inner, __u32 device,
	const struct flow_state *state)
{
	flow->source = inner->source;
	flow->destination = inner->destination;
	flow->device = device;
	flow->kind = kind;
	flow->state = *state;
	flow->end = bpf_ktime_get_coarse_ns() + FLOW_LIFE_NS;
	flow->leave = (struct ask_leave) { .tag = ASK_TAG_CLOSED };
}

/* Is what the flow remembers of its leave enough for such a packet? No question is put. */
static __always_inline bool flow_knows_leave(const struct flow *flow, __u64 tag, __u8 codepoint)
{
	return tag == ASK_TAG_NOTHING || (flow->codepoint == codepoint && ask_is_good(&flow->leave, tag));
}

/* May a packet of the flow pass, as far as the administrator's rules can have a say? */
static __always_inline bool flow_may_pass(struct flow *flow, __u64 tag, const struct ask_pair *pair, bool is_cut)
{
	struct ask_leave leave;

	if (flow_knows_leave(flow, tag, pair->codepoint))
		return true;
	if (!ask_pair(tag, pair, is_cut, &leave))
		return false;
	flow->leave = leave;
	flow->codepoint = pair->codepoint;
	return true;
}

/*
 * The same for a packet that can still take another way, where it will be asked: no question is put here, or that one would
 * not be. Between the ends of an entry all packets go there.
 */
static __always_inline bool flow_has_leave(struct flow *flow, __u64 tag, const struct ask_pair *pair)
{
	const struct ask_entry *entry;

	if (flow_knows_leave(flow, tag, pair->codepoint))
		return true;
	entry = bpf_map_lookup_elem(&ask_entries, pair);
	if (!entry || entry->tag != tag || bpf_ktime_get_coarse_ns() >= entry->soft_end)
		return false;
	flow->leave = (struct ask_leave) { .tag = tag, .end = entry->soft_end };
	flow->codepoint = pair->codepoint;
	return true;
}

#endif
