/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What else of BSD's faith(4) the kernel would do differently: it counts what comes to a captured address, and lets
 * nothing through but TCP, UDP for it to refuse, and the ICMPv6 errors that connections need. So a captured prefix does
 * not answer ping, and no tunnel end nor other service of this node is reached by way of it. Who tries another protocol
 * is told, by user space.
 */
#include "faith_maps.h"
#include "headers.h"
#include "kernel.h"

char dual_license[] SEC("license") = "Dual BSD/GPL";

enum {
	ACCEPTED = -1,
	PROTO_ESP = 50,
	PROTO_IPCOMP = 108,
	ICMPV6_TIME_EXCEEDED = 3,	/* the last of those that pass; before it are unreachable, 1, and too big, 2 */
};

/* Packets whose senders are to be told. When it is full they learn nothing, as if the answer were lost. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, FAITH_UNTOLD_SIZE);
} faith_untold SEC(".maps");

static __noinline int leave_to_user(struct sk_buff *skb, struct packet *packet, __u32 slot)
{
	struct faith_untold *untold;
	__u32 length = skb->len;

	if (length > FAITH_QUOTE_MAX)
		length = FAITH_QUOTE_MAX;
	untold = bpf_ringbuf_reserve(&faith_untold, sizeof(*untold), 0);
	if (!untold)
		return 0;
	if (bpf_dynptr_read(untold->bytes, length, &packet->bytes, 0, 0)) {
		bpf_ringbuf_discard(untold, 0);
		return 0;
	}
	untold->slot = slot;
	untold->length = length;
	bpf_ringbuf_submit(untold, 0);
	return 0;
}

/* Errors of at most 1280 bytes need no fragments (RFC 4443 §2.4): in fragments none passes. */
static __always_inline int verdict_on_icmpv6(struct packet *packet)
{
	struct extension_header buffer, *start;

	if (packet->chain.fragment_at)
		return FAITH_ICMPV6;
	start = bpf_dynptr_slice(&packet->bytes, packet->chain.offset, &buffer, sizeof(buffer));
	if (!start)
		return FAITH_HIDDEN;
	/* The first byte of any header: here the type of the message. */
	if (start->next_header < ICMPV6_UNREACHABLE || start->next_header > ICMPV6_TIME_EXCEEDED)
		return FAITH_ICMPV6;
	return ACCEPTED;
}

/*
 * A fragment that is not the first. What its packet is, is decided by the first one, which is dropped if that does not
 * show; this one names the header that follows, and is dropped if that is enough to know, so that it need not wait.
 */
static __always_inline int verdict_on_rest(struct packet *packet)
{
	struct extension_header buffer, *header;

	header = bpf_dynptr_slice(&packet->bytes, packet->chain.fragment_at, &buffer, sizeof(buffer));
	if (header && header->next_header == PROTO_ICMPV6)
		return FAITH_ICMPV6;
	return ACCEPTED;
}

static __always_inline int verdict(struct packet *packet)
{
	const struct chain *chain = &packet->chain;

	switch (chain->proto) {
	case PROTO_TCP:
	case PROTO_UDP:
	/* What is in there comes by here again; without a key for it, the kernel drops it. */
	case PROTO_ESP:
	case PROTO_IPCOMP:
		return ACCEPTED;
	case PROTO_ICMPV6:
		return verdict_on_icmpv6(packet);
	case PROTO_FRAGMENT:
		/* Else it is a fragment of a first fragment, or cut off. */
		return chain->offset_more & 0xfff8 ? verdict_on_rest(packet) : FAITH_HIDDEN;
	case PROTO_ROUTING:
	case PROTO_DESTINATION:
	case PROTO_AUTHENTICATION:
		/* The packet, or its first fragment (RFC 7112), ends before; or these are more than can be walked. */
		return FAITH_HIDDEN;
	}
	return FAITH_NOT_TCP;
}

SEC("netfilter")
int faith_local_in(struct bpf_nf_ctx *ctx)
{
	struct faith_counters *counters;
	struct packet packet;
	__u32 slot;
	int reason;

	if (!is_capturing() || !parse(ctx->skb, &packet))
		return NF_ACCEPT;
	slot = slot_of(&packet.header.destination);
	if (slot >= FAITH_SLOTS)
		return NF_ACCEPT;
	counters = counters_of(slot);
	if (counters) {
		__sync_fetch_and_add(&counters->packets, 1);
		__sync_fetch_and_add(&counters->bytes, ctx->skb->len);
	}
	walk_packet(&packet);
	reason = verdict(&packet);
	if (reason < 0)
		return NF_ACCEPT;
	count_refused(slot, reason);
	if (reason == FAITH_NOT_TCP)
		leave_to_user(ctx->skb, &packet, slot);
	return NF_DROP;
}
