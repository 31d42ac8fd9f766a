/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The engine of stf(4) inside the kernel: what stf_decisions.h lets pass is carried here. stf_output is at the egress of
 * each stf interface, stf_input at the ingress of the interfaces that IPv4 comes by. What they cannot decide or write they
 * leave to the engine in user space, whose packets come by the TUN device and by a raw socket, and never to silence.
 *
 * This needs Linux 6.2; where programs at a device are links, 6.6.
 */
#include "stf_decisions.h"
#include "witness.h"

char dual_license[] SEC("license") = "Dual BSD/GPL";

enum {
	IPV4_FRAGMENT = 0x3fff,	/* M, and the offset */
	IPV4_MAX = 65535,
	IPV4_SIZE = sizeof(struct ipv4_header),
	IPV6_SIZE = sizeof(struct ipv6_header),
	IDENTIFIERS = 1024,
};

/* An outer identifier counts up for each inner flow, for a receiver merges only those that do (GRO). */
struct identifiers {
	__u16 next[IDENTIFIERS];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct identifiers);
} stf_identifiers SEC(".maps");

static __always_inline __u32 inner_length(const struct ipv6_header *inner)
{
	return IPV6_SIZE + bpf_ntohs(inner->payload_length);
}

static __always_inline void count_traffic(struct stf_traffic *traffic, struct __sk_buff *skb, __u32 bytes)
{
	traffic->packets += skb->gso_segs > 1 ? skb->gso_segs : 1;
	traffic->bytes += bytes;
}

/* --- output --- */

static __always_inline __be16 next_identifier(struct __sk_buff *skb, __be32 outer, __u16 count)
{
	__u32 zero = 0, place = outer ^ outer >> 13 ^ outer >> 22 ^ bpf_get_hash_recalc(skb);
	struct identifiers *identifiers = bpf_map_lookup_elem(&stf_identifiers, &zero);
	__u16 first;

	if (!identifiers)
		return 0;
	place ^= place >> 10;
	/* The compiler must not merge the mask with a shift: older verifiers would not see it. */
	asm volatile("" : "+r"(place));
	place &= IDENTIFIERS - 1;
	asm volatile("" : "+r"(place));
	if (place >= IDENTIFIERS)
		return 0;
	first = identifiers->next[place];
	identifiers->next[place] = first + count;
	return bpf_htons(first);
}

/* Bytes of the largest IPv4 packet that it will be on the wire. The IPv6 header starts at `start`. */
static __always_inline __u32 wire_length(
	struct __sk_buff *skb, __u32 start, const struct ipv6_header *inner, __u32 length)
{
	__u32 transport = 8;
	__u8 offset = 0;

	if (!skb->gso_size)
		return IPV4_SIZE + length;
	if (inner->next_header == PROTO_TCP) {
		bpf_skb_load_bytes(skb, start + IPV6_SIZE + 12, &offset, 1);
		transport = (offset >> 4) * 4;
	}
	return IPV4_SIZE + IPV6_SIZE + transport + skb->gso_size;
}

static __always_inline void write_outer(
	struct ipv4_header *header, const struct stf_config *config, __be32 destination, __u8 type_of_service,
	__be16 identification, __u32 length)
{
	header->version_length = 0x45;
	header->type_of_service = type_of_service;
	/* Of a packet that is to be cut, the kernel writes it into each segment. */
	header->total_length = bpf_htons(length > IPV4_MAX ? 0 : length);
	header->identification = identification;
	header->flags_offset = 0;
	header->ttl = config->ttl;
	header->proto = PROTO_IPV6;
	header->checksum = 0;
	header->source = config->own;
	header->destination = destination;
	header->checksum = ~ipv4_sum(header);
}

/* Puts the outer header and, before it, an Ethernet header that the kernel will replace. False: it is as it was. */
static __always_inline bool encapsulate(
	struct __sk_buff *skb, const struct stf_config *config, const struct ipv4_header *outer, bool *is_broken)
{
	const __u64 flags = BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 | BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_NO_CSUM_RESET;
	__be16 type = bpf_htons(ETHERTYPE_IPV4);

	if (bpf_skb_adjust_room(skb, IPV4_SIZE, BPF_ADJ_ROOM_MAC, flags))
		return false;
	*is_broken = true;
	if (!config->link_header && bpf_skb_change_head(skb, ETHERNET_HEADER, 0))
		return false;
	if (bpf_skb_store_bytes(skb, ETHERNET_HEADER - sizeof(type), &type, sizeof(type), 0)
	    || bpf_skb_store_bytes(skb, ETHERNET_HEADER, outer, IPV4_SIZE, 0))
		return false;
	*is_broken = false;
	return true;
}

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

/* Sends what may leave. */
static __always_inline int send(
	struct __sk_buff *skb, const struct stf_config *config, struct stf_counters *counters,
	const struct ipv6_header *inner, __be32 destination, __u64 tag)
{
	struct bpf_redir_neigh neighbor = { .family = AF_INET };
	__u32 length = skb->len - config->link_header;
	__u8 type_of_service = traffic_class(inner);
	struct ask_leave leave_to_pass;
	struct ipv4_header outer;
	bool is_broken = false;
	struct ask_pair pair;
	struct way way;
	long status;

	if (length > IPV4_MAX - IPV4_SIZE && !skb->gso_size)
		return leave(counters, STF_LEFT_LARGE);
	status = find_way(skb, config, destination, wire_length(skb, config->link_header, inner, length), &way);
	if (status == BPF_FIB_LKUP_RET_FRAG_NEEDED)
		return leave(counters, STF_LEFT_TOO_BIG);
	if (status == BPF_FIB_LKUP_RET_NO_NEIGH)
		return leave(counters, STF_LEFT_NEIGHBOR);
	if (status != BPF_FIB_LKUP_RET_SUCCESS || way.interface == config->index)
		return leave(counters, STF_LEFT_NO_WAY);
	/* A mark of congestion stays inside (RFC 3168 §9.1.1). */
	if (config->link1 && (type_of_service & ECN_MASK) == ECN_CONGESTED)
		type_of_service = (type_of_service & ~ECN_MASK) | ECN_CAPABLE_0;
	pair = (struct ask_pair) {
		.underlay = way.interface, .source = config->own, .destination = destination,
		.direction = ASK_OUTPUT, .codepoint = type_of_service >> 2,
	};
	if (!ask_pair(tag, &pair, skb->gso_size, &leave_to_pass))
		return leave(counters, STF_LEFT_OUTPUT_ASKED);
	write_outer(
		&outer, config, destination, type_of_service,
		next_identifier(skb, destination, skb->gso_segs > 1 ? skb->gso_segs : 1), IPV4_SIZE + length);
	if (!encapsulate(skb, config, &outer, &is_broken)) {
		if (is_broken)
			return drop(config, counters, STF_SEND_FAILED);
		return leave(counters, STF_LEFT_UNENCAPSULATED);
	}
	if (counters)
		count_traffic(&counters->output, skb, length);
	neighbor.next_hop[0] = way.next_hop;
	return bpf_redirect_neigh(way.interface, &neighbor, sizeof(neighbor), 0);
}

SEC("tc")
int stf_output(struct __sk_buff *skb)
{
	__u32 index = skb->ifindex;
	const struct stf_config *config = bpf_map_lookup_elem(&stf_config, &index);
	struct stf_counters *counters;
	struct ipv6_header inner;
	__be32 destination = 0;
	__u8 version;
	int reason;
	__u64 tag;

	if (!config)
		return TC_NEXT;
	counters = bpf_map_lookup_elem(&stf_counters, &index);
	if (!config->is_up)
		return may_be_report(skb, config) ? leave(counters, STF_LEFT_REPORT) : drop(config, counters, STF_OUTPUT_DOWN);
	tag = ask_output(device_of(skb));
	if (tag == ASK_TAG_CLOSED)
		return leave(counters, STF_LEFT_OUTPUT_ASKED);
	if (!config->own)
		return leave(counters, STF_LEFT_TOLD);
	if (bpf_skb_load_bytes(skb, config->link_header, &version, 1) || version >> 4 != 6
	    || skb->protocol != bpf_htons(ETHERTYPE_IPV6))
		return drop(config, counters, STF_OUTPUT_NOT_IPV6);
	if (bpf_skb_load_bytes(skb, config->link_header, &inner, IPV6_SIZE))
		return drop(config, counters, STF_OUTPUT_TRUNCATED);
	reason = judge_output(config, &inner, &destination);
	if (reason == PASSED)
		return send(skb, config, counters, &inner, destination, tag);
	if (may_be_report(skb, config))
		return leave(counters, STF_LEFT_REPORT);
	return is_told(reason) ? leave(counters, STF_LEFT_TOLD) : drop(config, counters, reason);
}

/* --- input --- */

/*
 * Takes the outer header off. The size of segments stays, or they would no longer fit where they go (FIXED_GSO). In two
 * steps, because DECAP_L3_IPV6 came with Linux 6.3.
 */
static __always_inline bool decapsulate(struct __sk_buff *skb)
{
	const __u64 flags = BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_NO_CSUM_RESET;

	return !bpf_skb_change_proto(skb, bpf_htons(ETHERTYPE_IPV6), 0)
	       && !bpf_skb_adjust_room(skb, -(IPV6_SIZE), BPF_ADJ_ROOM_MAC, flags);
}

/* Gives the inner packet, which starts at `start`, its traffic class. */
static __always_inline bool set_traffic_class(
	struct __sk_buff *skb, __u32 start, struct ipv6_header *inner, __u8 class)
{
	__u32 word = bpf_ntohl(inner->version_class_label);

	inner->version_class_label = bpf_htonl((word & 0xf00fffff) | (__u32)class << 20);
	return !bpf_skb_store_bytes(
		skb, start, &inner->version_class_label, sizeof(inner->version_class_label), BPF_F_RECOMPUTE_CSUM);
}

static __always_inline int take(
	struct __sk_buff *skb, const struct stf_config *config, struct stf_counters *counters,
	const struct ipv4_header *outer, __u32 start)
{
	__u32 payload = bpf_ntohs(outer->total_length) - IPV4_SIZE;
	struct ask_pair pair = {
		.underlay = skb->ifindex, .source = outer->source, .destination = outer->destination,
		.direction = ASK_INPUT, .codepoint = outer->type_of_service >> 2,
	};
	struct ask_leave leave_to_pass;
	struct ipv6_header inner;
	__u8 version, class;
	int reason;

	if (!ask_pair(ask_input(device_of(skb), !config->link2), &pair, skb->gso_size, &leave_to_pass))
		return leave(counters, STF_LEFT_INPUT_ASKED);
	if (!config->is_up)
		return drop(config, counters, STF_INPUT_DOWN);
	if (config->link0)
		return drop(config, counters, STF_INPUT_CLOSED);
	reason = judge_outer(skb, config, outer);
	if (reason == UNDECIDED)
		return leave(counters, STF_LEFT_WAY_BACK);
	if (reason != PASSED)
		return drop(config, counters, reason);
	if (bpf_skb_load_bytes(skb, start, &version, 1)
	    || (!skb->gso_size && payload < IPV6_SIZE))
		return drop(config, counters, STF_INPUT_TRUNCATED);
	if (version >> 4 != 6)
		return drop(config, counters, STF_INPUT_NOT_IPV6);
	if (bpf_skb_load_bytes(skb, start, &inner, IPV6_SIZE))
		return drop(config, counters, STF_INPUT_TRUNCATED);
	/* Of a merged packet the kernel has seen the lengths, and the fields may be too small for them. */
	if (!skb->gso_size && payload < inner_length(&inner))
		return drop(config, counters, STF_INPUT_TRUNCATED);
	reason = judge_inner(skb, config, outer, &inner);
	if (reason != PASSED)
		return drop(config, counters, reason);
	class = traffic_class(&inner);
	if (config->link1) {
		if (!decapsulate_congestion(outer->type_of_service, &class))
			return drop(config, counters, STF_CONGESTION_UNSEEN);
		if (class != traffic_class(&inner) && !set_traffic_class(skb, start, &inner, class))
			return leave(counters, STF_LEFT_UNDECAPSULATED);
	}
	payload = skb->len;
	if (!decapsulate(skb))
		return drop(config, counters, STF_DELIVERY_FAILED);
	if (counters)
		count_traffic(&counters->input, skb, skb->gso_size ? payload : inner_length(&inner));
	return bpf_redirect(config->index, BPF_F_INGRESS);
}

SEC("tc")
int stf_input(struct __sk_buff *skb)
{
	const struct stf_config *config;
	struct stf_counters *counters;
	struct ipv4_header outer;
	const __u32 *index;
	__u32 start;

	if (skb->protocol != bpf_htons(ETHERTYPE_IPV4))
		return TC_NEXT;
	start = link_header(skb);
	/* What is not where packets begin, but in pages of its own, is read as well. */
	if (bpf_skb_load_bytes(skb, start, &outer, IPV4_SIZE) || outer.proto != PROTO_IPV6)
		return TC_NEXT;
	index = bpf_map_lookup_elem(&stf_owners, &outer.destination);
	config = index ? bpf_map_lookup_elem(&stf_config, index) : NULL;
	if (!config)
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
