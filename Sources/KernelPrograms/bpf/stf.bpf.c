/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The engine of stf(4) inside the kernel: what stf_decisions.h lets pass is carried here. stf_output is at the egress of
 * each stf interface, stf_input at the ingress of the interfaces that IPv4 comes by. What they cannot decide or write they
 * leave to the engine in user space, whose packets come by the TUN device and by a raw socket, and never to silence.
 */
#include "stf_express.h"

char dual_license[] SEC("license") = "Dual BSD/GPL";

/*
 * Are the rules those of where the packet is? A device that is moved to another network namespace takes its programs along,
 * and what has a number here is something else there.
 */
static __always_inline bool is_here(struct __sk_buff *skb, const struct stf_config *config)
{
	return LOOK(network_of(device_of(skb)), net_cookie) == config->network;
}

/* --- output --- */

static __always_inline int leave(struct stf_counters *counters, enum stf_left left)
{
	count_left(counters, left);
	return TC_NEXT;
}

/* Is it perhaps a report of the kernel's own about groups (MLD)? User space knows, and does not count it. */
static __always_inline bool may_be_report(struct __sk_buff *skb, const struct stf_config *config)
{
	struct ipv6_header inner;

	if (bpf_skb_load_bytes(skb, config->link_header, &inner, IPV6_SIZE))
		return false;
	return inner.next_header == PROTO_HOP_BY_HOP && inner.hop_limit == 1 && inner.destination.bytes[0] == 0xff;
}

/* Finds the way of what may leave to `destination`. False: it is left, and counted. */
static __always_inline bool find_way_out(
	struct __sk_buff *skb, const struct stf_config *config, struct stf_counters *counters, __be32 destination,
	__u32 length, struct flow *flow)
{
	long status = find_way(skb, config, destination, length, &flow->way, &flow->mtu);

	flow->peer = destination;
	flow->index = config->index;
	if (status == BPF_FIB_LKUP_RET_SUCCESS && flow->way.interface != config->index)
		return true;
	if (status == BPF_FIB_LKUP_RET_FRAG_NEEDED)
		count_left(counters, STF_LEFT_TOO_BIG);
	else if (status == BPF_FIB_LKUP_RET_NO_NEIGH)
		count_left(counters, STF_LEFT_NEIGHBOR);
	else
		count_left(counters, STF_LEFT_NO_WAY);
	return false;
}

/* Sends what may leave, on the way of its flow. */
static __always_inline int send(
	struct __sk_buff *skb, const struct stf_config *config, struct stf_counters *counters,
	const struct ipv6_header *inner, struct flow *flow, __u32 hash, __u64 tag)
{
	struct bpf_redir_neigh neighbor = { .family = AF_INET, .next_hop = { flow->way.next_hop } };
	__u32 length = skb->len - config->link_header, way = flow->way.interface;
	__u8 type_of_service = traffic_class(inner);
	struct beginning beginning;
	bool is_broken = false;
	struct ask_pair pair;

	/* A mark of congestion stays inside (RFC 3168 §9.1.1). */
	if (config->link1 && (type_of_service & ECN_MASK) == ECN_CONGESTED)
		type_of_service = (type_of_service & ~ECN_MASK) | ECN_CAPABLE_0;
	pair = (struct ask_pair) {
		.underlay = way, .source = config->own, .destination = flow->peer, .direction = ASK_OUTPUT,
		.codepoint = type_of_service >> 2,
	};
	if (!flow_may_pass(flow, tag, &pair, skb->gso_size))
		return leave(counters, STF_LEFT_OUTPUT_ASKED);
	if (!config->is_unasked && has_egress_firewall(network_of(device_of(skb)), way))
		return leave(counters, STF_LEFT_EGRESS);
	write_outer(
		&beginning.outer, config, flow->peer, type_of_service,
		next_identifier(skb, config->link_header, inner, hash, skb->gso_segs > 1 ? skb->gso_segs : 1),
		IPV4_SIZE + length);
	if (!encapsulate(skb, config->link_header, &beginning, IPV4_SIZE, &is_broken)) {
		if (is_broken)
			return drop_changed(counters, STF_SEND_FAILED);
		return leave(counters, STF_LEFT_UNENCAPSULATED);
	}
	if (counters)
		count_traffic(&counters->output, skb, length);
	return bpf_redirect_neigh(way, &neighbor, sizeof(neighbor), 0);
}

/* Decides about a packet, or remembers what was decided; sends it if it may leave. */
static __always_inline int decide_output(
	struct __sk_buff *skb, const struct stf_config *config, struct stf_counters *counters,
	const struct ipv6_header *inner, __u64 tag)
{
	__u32 length = skb->len - config->link_header, hash = flow_hash(inner);
	__u32 largest = wire_length(skb, config->link_header, inner, length);
	struct flow_state state = flow_state(network_of(device_of(skb)));
	struct flow *flow = flow_place(hash);
	__be32 destination = 0;
	bool is_known;
	int reason;

	if (!flow)
		return leave(counters, STF_LEFT_NO_WAY);
	is_known = is_decided(flow, FLOW_OUTPUT, inner, config->index, &state);
	if (!is_known) {
		reason = judge_output(config, inner, &destination);
		if (reason != PASSED) {
			if (may_be_report(skb, config))
				return leave(counters, STF_LEFT_REPORT);
			return is_told(reason) ? leave(counters, STF_LEFT_TOLD) : drop(config, counters, reason);
		}
	}
	if (length > IPV4_MAX - IPV4_SIZE && !skb->gso_size)
		return leave(counters, STF_LEFT_LARGE);
	if (!is_known) {
		flow->kind = FLOW_NONE;
		if (!find_way_out(skb, config, counters, destination, largest, flow))
			return TC_NEXT;
		remember(flow, FLOW_OUTPUT, inner, config->index, &state);
	} else if (largest > flow->mtu) {
		return leave(counters, STF_LEFT_TOO_BIG);
	}
	return send(skb, config, counters, inner, flow, hash, tag);
}

SEC("tc")
int stf_output(struct __sk_buff *skb)
{
	__u32 index = skb->ifindex;
	const struct stf_config *config = bpf_map_lookup_elem(&stf_config, &index);
	struct stf_counters *counters;
	struct ipv6_header inner;
	__u8 version;
	__u64 tag;

	if (!config || !is_here(skb, config))
		return TC_NEXT;
	counters = bpf_map_lookup_elem(&stf_counters, &index);
	/* What leaves from here, nobody would see. */
	if (is_captured(device_of(skb), (__u64)device_of(skb), network_of(device_of(skb))))
		return leave(counters, STF_LEFT_CAPTURED);
	if (!config->is_up)
		return may_be_report(skb, config) ? leave(counters, STF_LEFT_REPORT) : drop(config, counters, STF_OUTPUT_DOWN);
	tag = config->is_unasked ? ASK_TAG_NOTHING : ask_output(device_of(skb));
	if (tag == ASK_TAG_CLOSED)
		return leave(counters, STF_LEFT_OUTPUT_ASKED);
	if (!config->own)
		return leave(counters, STF_LEFT_TOLD);
	if (bpf_skb_load_bytes(skb, config->link_header, &version, 1) || version >> 4 != 6
	    || skb->protocol != bpf_htons(ETHERTYPE_IPV6))
		return drop(config, counters, STF_OUTPUT_NOT_IPV6);
	if (bpf_skb_load_bytes(skb, config->link_header, &inner, IPV6_SIZE))
		return drop(config, counters, STF_OUTPUT_TRUNCATED);
	return decide_output(skb, config, counters, &inner, tag);
}

/* --- input --- */

/* Has it been decided that packets of this kind, from one address to another by this peer and interface, pass? */
static __always_inline bool is_taken(
	const struct flow *flow, struct __sk_buff *skb, const struct stf_config *config,
	const struct ipv4_header *outer, const struct ipv6_header *inner, const struct flow_state *state)
{
	return is_decided(flow, FLOW_INPUT, inner, skb->ifindex, state) && flow->peer == outer->source
	       && flow->index == config->index;
}

static __always_inline int take(
	struct __sk_buff *skb, const struct stf_config *config, struct stf_counters *counters,
	const struct ipv4_header *outer, __u32 start)
{
	__u32 payload = bpf_ntohs(outer->total_length) - IPV4_SIZE;
	__u64 tag = config->is_unasked ? ASK_TAG_NOTHING : ask_input(device_of(skb), !config->link2);
	struct flow_state state = flow_state(network_of(device_of(skb)));
	struct ask_pair pair = {
		.underlay = skb->ifindex, .source = outer->source, .destination = outer->destination,
		.direction = ASK_INPUT, .codepoint = outer->type_of_service >> 2,
	};
	bool is_read, is_known = false;
	__u32 length, largest;
	struct ipv6_header inner;
	struct ask_leave unkept;
	struct flow *flow;
	__u8 version, class;
	int reason;

	is_read = !bpf_skb_load_bytes(skb, start, &inner, IPV6_SIZE);
	flow = is_read ? flow_place(flow_hash(&inner)) : NULL;
	if (flow)
		is_known = is_taken(flow, skb, config, outer, &inner, &state);
	if (is_known ? !flow_may_pass(flow, tag, &pair, skb->gso_size)
		     : !ask_pair(tag, &pair, skb->gso_size, &unkept))
		return leave(counters, STF_LEFT_INPUT_ASKED);
	if (!config->is_up)
		return drop(config, counters, STF_INPUT_DOWN);
	if (config->link0)
		return drop(config, counters, STF_INPUT_CLOSED);
	if (!is_known) {
		reason = judge_outer(skb, config, outer);
		if (reason == UNDECIDED)
			return leave(counters, STF_LEFT_WAY_BACK);
		if (reason != PASSED)
			return drop(config, counters, reason);
	}
	if (bpf_skb_load_bytes(skb, start, &version, 1)
	    || (!skb->gso_size && payload < IPV6_SIZE))
		return drop(config, counters, STF_INPUT_TRUNCATED);
	if (version >> 4 != 6)
		return drop(config, counters, STF_INPUT_NOT_IPV6);
	/* Of a merged packet the kernel has seen the lengths, and the fields may be too small for them. */
	if (!flow || (!skb->gso_size && payload < inner_length(&inner)))
		return drop(config, counters, STF_INPUT_TRUNCATED);
	length = skb->gso_size ? skb->len - start : inner_length(&inner);
	largest = wire_length(skb, start, &inner, length) - IPV4_SIZE;
	if (!is_known) {
		reason = judge_inner(skb, config, outer, &inner);
		if (reason != PASSED)
			return drop(config, counters, reason);
		flow->peer = outer->source;
		flow->index = config->index;
		remember(flow, FLOW_INPUT, &inner, skb->ifindex, &state);
		decide_short_input(skb, config, &inner, largest, flow);
	}
	class = traffic_class(&inner);
	if (config->link1) {
		if (!decapsulate_congestion(outer->type_of_service, &class))
			return drop(config, counters, STF_CONGESTION_UNSEEN);
		if (class != traffic_class(&inner) && !set_traffic_class(skb, start, &inner, class))
			return leave(counters, STF_LEFT_UNDECAPSULATED);
	}
	if (is_short(skb, config, counters, &inner, flow, largest)) {
		if (!take_hop(skb, start, &inner))
			return leave(counters, STF_LEFT_UNDECAPSULATED);
		if (!decapsulate(skb))
			return drop_changed(counters, STF_DELIVERY_FAILED);
		count_traffic(&counters->input, skb, length);
		counters->shortcuts[STF_INPUT]++;
		return pass_on(skb, flow, start - IPV4_SIZE);
	}
	if (!decapsulate(skb))
		return drop_changed(counters, STF_DELIVERY_FAILED);
	if (counters)
		count_traffic(&counters->input, skb, length);
	return bpf_redirect(config->index, BPF_F_INGRESS);
}

/* An IPv4 packet at the ingress of a device. Not inlined, for the stack of a program is small. */
static __noinline int take_ipv4(struct __sk_buff *skb)
{
	const struct stf_config *config;
	struct stf_counters *counters;
	struct ipv4_header outer;
	const __u32 *index;
	__u32 start;

	start = link_header(skb);
	/* What is not where packets begin, but in pages of its own, is read as well. */
	if (bpf_skb_load_bytes(skb, start, &outer, IPV4_SIZE) || outer.proto != PROTO_IPV6)
		return TC_NEXT;
	index = bpf_map_lookup_elem(&stf_owners, &outer.destination);
	config = index ? bpf_map_lookup_elem(&stf_config, index) : NULL;
	if (!config || !is_here(skb, config))
		return TC_NEXT;
	counters = bpf_map_lookup_elem(&stf_counters, index);
	if (skb->pkt_type != PACKET_HOST || skb->vlan_present)
		return leave(counters, STF_LEFT_FRAME);
	/* The kernel drops what is not a whole IPv4 packet. */
	if (outer.version_length >> 4 != 4 || (outer.version_length & 15) < 5)
		return TC_NEXT;
	if (outer.version_length != 0x45)
		return leave(counters, STF_LEFT_OPTIONS);
	if (ipv4_sum(&outer) != 0xffff || bpf_ntohs(outer.total_length) < IPV4_SIZE
	    || (!skb->gso_size && skb->len - start < bpf_ntohs(outer.total_length)))
		return TC_NEXT;
	if (outer.flags_offset & bpf_htons(IPV4_FRAGMENT))
		return leave(counters, STF_LEFT_FRAGMENT);
	return take(skb, config, counters, &outer, start + IPV4_SIZE);
}

SEC("tc")
int stf_input(struct __sk_buff *skb)
{
	if (skb->protocol == bpf_htons(ETHERTYPE_IPV4))
		return take_ipv4(skb);
	return skb->protocol == bpf_htons(ETHERTYPE_IPV6) ? cut_short(skb) : TC_NEXT;
}
