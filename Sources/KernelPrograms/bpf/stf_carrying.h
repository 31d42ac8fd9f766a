/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* How packets of stf(4) are given an outer header, and how it is taken off them. */
#ifndef HYDRANGEA_STF_CARRYING_H
#define HYDRANGEA_STF_CARRYING_H

#include "stf_flows.h"

enum {
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

/* TCP and UDP begin with ports. */
static __always_inline bool has_ports(const struct ipv6_header *inner)
{
	return inner->next_header == PROTO_TCP || inner->next_header == PROTO_UDP;
}

/* Of the flow of a packet, whose ports are 0 if it has none. */
static __always_inline __be16 identifier(__u32 ports, __u32 hash, __u16 count)
{
	__u32 zero = 0, place = ports;
	struct identifiers *identifiers = bpf_map_lookup_elem(&stf_identifiers, &zero);
	__u16 first;

	if (!identifiers)
		return 0;
	place ^= place >> 16;
	place = (place ^ hash) * 0x9e3779b1;
	place ^= place >> 20;
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

static __always_inline __be16 next_identifier(
	struct __sk_buff *skb, __u32 start, const struct ipv6_header *inner, __u32 hash, __u16 count)
{
	__u32 ports = 0;

	if (has_ports(inner))
		bpf_skb_load_bytes(skb, start + IPV6_SIZE, &ports, sizeof(ports));
	return identifier(ports, hash, count);
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

/* An outer header, and how the inner one begins. */
struct beginning {
	struct ipv4_header outer;
	__be32 version_class_label;
	__be16 payload_length;
	__u8 next_header;
	__u8 hop_limit;
};

/*
 * Puts what a packet begins with, and before it the room of an Ethernet header, which the kernel will write; `link` bytes of
 * one may be there. Of the beginning, so much as `size` says. False: it is as it was, unless it is broken.
 */
static __always_inline bool encapsulate(
	struct __sk_buff *skb, __u32 link, const struct beginning *beginning, __u32 size, bool *is_broken)
{
	const __u64 flags = BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 | BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_NO_CSUM_RESET;

	if (bpf_skb_adjust_room(skb, IPV4_SIZE, BPF_ADJ_ROOM_MAC, flags))
		return false;
	*is_broken = true;
	if (!link && bpf_skb_change_head(skb, ETHERNET_HEADER, 0))
		return false;
	if (bpf_skb_store_bytes(skb, ETHERNET_HEADER, beginning, size, BPF_F_RECOMPUTE_CSUM))
		return false;
	*is_broken = false;
	return true;
}

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

#endif
