/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* IPv6 headers, and the walk along them (RFC 8200 §4). */
#ifndef HYDRANGEA_HEADERS_H
#define HYDRANGEA_HEADERS_H

#include "kernel.h"
#include "node.h"

enum {
	PROTO_HOP_BY_HOP = 0,
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	PROTO_ROUTING = 43,
	PROTO_FRAGMENT = 44,
	PROTO_AUTHENTICATION = 51,
	PROTO_ICMPV6 = 58,
	PROTO_DESTINATION = 60,
};

enum {
	ICMPV6_UNREACHABLE = 1,
	ICMPV6_BEYOND_SCOPE = 2,	/* code: RFC 4443 §3.1 */
	ICMPV6_REDIRECT = 137,
	TCP_SYN = 0x02,
	TCP_ACK = 0x10,
};

struct ipv6_header {
	__be32 version_class_label;
	__be16 payload_length;
	__u8 next_header;
	__u8 hop_limit;
	struct node_address source;
	struct node_address destination;
};

struct extension_header {
	__u8 next_header;
	__u8 length;
};

struct fragment_header {
	__u8 next_header;
	__u8 reserved;
	__be16 offset_more;
	__be32 identification;
};

struct tcp_start {
	__be16 source;
	__be16 destination;
	__be32 sequence;
	__be32 acknowledgement;
	__u8 offset;
	__u8 flags;
};

struct icmpv6_error {
	__u8 type;
	__u8 code;
	__be16 checksum;
	__be32 unused;
	struct ipv6_header invoking;
};

/* Where a walk ended. */
struct chain {
	__u32 offset;		/* of the last header that was dispatched */
	__u32 count;		/* dispatches: hop-by-hop options not counted, the transport counted */
	__u32 fragment_at;	/* offset of the fragment header of a fragment that is not atomic; 0: there is none */
	__be32 identification;
	__u16 offset_more;	/* the fragment's, in host order */
	__u8 proto;		/* that header's */
	bool is_endless;	/* there are more than NODE_WALK_MAX */
	bool is_nested;		/* a fragment header behind that of a first fragment */
};

static __always_inline bool is_unspecified(const struct node_address *address)
{
	const __u32 *word = (const __u32 *)address;

	return (word[0] | word[1] | word[2] | word[3]) == 0;
}

static __always_inline bool is_multicast(const struct node_address *address)
{
	return address->bytes[0] == 0xff;
}

/* fe80::/10: fe80::1 and febf::1 are, fec0::1 is not. */
static __always_inline bool is_link_local(const struct node_address *address)
{
	return address->bytes[0] == 0xfe && (address->bytes[1] & 0xc0) == 0x80;
}

static __always_inline bool is_fragment(__u16 offset_more)
{
	/* Neither offset nor M: an atomic fragment (RFC 6946), which is a whole packet. */
	return (offset_more & 0xfff9) != 0;
}

/* Takes the fragment header at chain->offset. False: what follows it is not a header. */
static __always_inline bool walk_fragment(struct bpf_dynptr *packet, struct chain *chain)
{
	struct fragment_header buffer, *header;
	__u16 offset_more;

	header = bpf_dynptr_slice(packet, chain->offset, &buffer, sizeof(buffer));
	if (!header)
		return false;
	offset_more = bpf_ntohs(header->offset_more);
	if (is_fragment(offset_more)) {
		if (chain->fragment_at) {
			chain->is_nested = true;
			return false;
		}
		chain->fragment_at = chain->offset;
		chain->identification = header->identification;
		chain->offset_more = offset_more;
		if (offset_more & 0xfff8)
			return false;
	}
	chain->offset += sizeof(buffer);
	chain->proto = header->next_header;
	return true;
}

/* Goes over the header at chain->offset. False: it is the last that the IPv6 layer dispatches, or is cut off. */
static __always_inline bool walk_one(struct bpf_dynptr *packet, struct chain *chain)
{
	struct extension_header buffer, *header;
	__u8 proto = chain->proto;

	if (proto == PROTO_FRAGMENT)
		return walk_fragment(packet, chain);
	if (proto != PROTO_ROUTING && proto != PROTO_DESTINATION && proto != PROTO_AUTHENTICATION)
		return false;
	header = bpf_dynptr_slice(packet, chain->offset, &buffer, sizeof(buffer));
	if (!header)
		return false;
	/* An authentication header counts in words of 4 bytes, minus 2 (RFC 4302 §2.2). */
	chain->offset += proto == PROTO_AUTHENTICATION ? (header->length + 2) * 4 : (header->length + 1) * 8;
	chain->proto = header->next_header;
	return true;
}

/* What is known of a packet: its fixed header, and where the walk along the others ended. */
struct packet {
	struct bpf_dynptr bytes;
	struct ipv6_header header;
	struct chain chain;
};

static __always_inline bool parse(struct sk_buff *skb, struct packet *packet)
{
	struct ipv6_header buffer, *header;

	if (bpf_dynptr_from_skb(skb, 0, &packet->bytes))
		return false;
	header = bpf_dynptr_slice(&packet->bytes, 0, &buffer, sizeof(buffer));
	if (!header)
		return false;
	packet->header = *header;
	return true;
}

/* bpf_loop() calls it until it returns 1: a loop of as many steps would be verified step by step. */
static long walk_step(__u32 index, struct packet *packet)
{
	struct chain *chain = &packet->chain;

	chain->count = index + 1;
	if (!walk_one(&packet->bytes, chain))
		return 1;
	chain->is_endless = chain->count == NODE_WALK_MAX;
	return 0;
}

static __always_inline void walk_packet(struct packet *packet)
{
	struct extension_header buffer, *header;
	struct chain *chain = &packet->chain;

	__builtin_memset(chain, 0, sizeof(*chain));
	chain->offset = sizeof(struct ipv6_header);
	chain->proto = packet->header.next_header;
	/* Options for every hop come first, and are not dispatched; anywhere else they are an unknown protocol. */
	if (chain->proto == PROTO_HOP_BY_HOP) {
		header = bpf_dynptr_slice(&packet->bytes, chain->offset, &buffer, sizeof(buffer));
		if (!header)
			return;
		chain->offset += (header->length + 1) * 8;
		chain->proto = header->next_header;
	}
	bpf_loop(NODE_WALK_MAX, walk_step, packet, 0);
}

#endif
