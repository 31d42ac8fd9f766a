/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The variables of net.inet6 that BSD enforces for the whole node and Linux has no switch for: inet6(4).
 *
 *   before routing   node_pre_routing   what has an unspecified source and is not for this node;
 *                                       fragments, while the kernel reassembles them before it routes
 *   local delivery   node_local_in      source_address_validation, hdrnestlimit, use_deprecated, maxfrag*
 *   local output     node_local_out     redirect, use_deprecated; what was not forwarded for its scope
 *
 * A packet that is not dropped goes on as if nothing had looked at it.
 */
#include "fragments.h"
#include "headers.h"
#include "kernel.h"
#include "maps.h"
#include "node.h"

char dual_license[] SEC("license") = "Dual BSD/GPL";

/* NULL if it is not this node's. */
static __always_inline const __u32 *own_address(const struct node_address *address, const struct net_device *device)
{
	struct node_address_key key = { .address = *address };

	/* fe80::1 may be ours on one interface and a neighbour's on another. */
	if (is_link_local(address) && device)
		key.interface = device->ifindex;
	return bpf_map_lookup_elem(&node_addresses, &key);
}

static __always_inline bool is_deprecated(const struct node_address *address, const struct net_device *device)
{
	const __u32 *flags = own_address(address, device);

	return flags && (*flags & NODE_ADDRESS_DEPRECATED);
}

/* A SYN without ACK: it would open a connection. */
static __always_inline bool opens_connection(struct packet *packet)
{
	struct tcp_start buffer, *tcp;

	if (packet->chain.proto != PROTO_TCP)
		return false;
	tcp = bpf_dynptr_slice(&packet->bytes, packet->chain.offset, &buffer, sizeof(buffer));
	return tcp && (tcp->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
}

/* Counts a packet that is not forwarded, and tells user space unless it was told a moment ago. */
static __noinline int notice(enum node_reason reason, const struct ipv6_header *header, __u32 interface)
{
	const struct node_limits *limits = current_limits();
	struct node_state *state = current_state();
	struct node_event *event;
	__u64 now, last;

	if (!limits || !state)
		return 0;
	count(reason);
	now = bpf_ktime_get_ns();
	last = state->last_event;
	if (last && now - last < limits->log_interval_ms * 1000000ull)
		goto unreported;
	/* Another CPU may be telling the same. */
	if (__sync_val_compare_and_swap(&state->last_event, last, now) != last)
		goto unreported;
	event = bpf_ringbuf_reserve(&node_events, sizeof(*event), 0);
	if (!event)
		goto unreported;
	__builtin_memset(event, 0, sizeof(*event));
	event->source = header->source;
	event->destination = header->destination;
	event->unreported = __sync_lock_test_and_set(&state->unreported, 0);
	event->interface = interface;
	event->reason = reason;
	event->next_header = header->next_header;
	bpf_ringbuf_submit(event, 0);
	return 0;
unreported:
	__sync_fetch_and_add(&state->unreported, 1);
	return 0;
}

/* The fragment that the walk found. False: the kernel will not queue it, but answer or drop it. */
static __always_inline bool
read_fragment(const struct packet *packet, const struct net_device *device, struct fragment *fragment)
{
	const struct chain *chain = &packet->chain;
	/* Behind the fixed header and up to the fragment's data. */
	__u32 before = chain->fragment_at + sizeof(struct fragment_header) - sizeof(struct ipv6_header);
	__u32 payload = bpf_ntohs(packet->header.payload_length);

	/* A length of 0 is a jumbogram's, which cannot be a fragment (RFC 2675 §3). */
	if (payload < before)
		return false;
	__builtin_memset(fragment, 0, sizeof(*fragment));
	fragment->start = chain->offset_more & 0xfff8;
	fragment->end = fragment->start + payload - before;
	fragment->more = chain->offset_more & 1;
	if (fragment->end > PAYLOAD_MAX || (fragment->more && fragment->end % 8))
		return false;
	fragment->key.source = packet->header.source;
	fragment->key.destination = packet->header.destination;
	fragment->key.identification = chain->identification;
	if (device && (is_link_local(&fragment->key.destination) || is_multicast(&fragment->key.destination)))
		fragment->key.interface = device->ifindex;
	return true;
}

static __always_inline int verdict_on_fragment(const struct packet *packet, const struct net_device *device)
{
	struct fragment fragment;
	int result;

	if (packet->chain.is_nested)
		/* Reassembly would give a fragment, which the kernel queues where no program sees it. */
		return drop(NODE_NESTED_FRAGMENT);
	if (!packet->chain.fragment_at || !read_fragment(packet, device, &fragment))
		return NF_ACCEPT;
	result = limit_fragment(&fragment);
	if (result >= 0)
		/* maxfrags, maxfragpackets, maxfragbucketsize, maxfragsperpacket, or no place to count it. */
		return drop(result);
	return NF_ACCEPT;
}

/* Is anything to be told of packets that are not forwarded? */
static __always_inline bool tells(const struct node_limits *limits, const struct nf_hook_state *state)
{
	return limits->log_cannot_forward && state->net->ipv6.devconf_all->forwarding;
}

/* Does the kernel reassemble in this network namespace before it routes? It does as soon as connections are tracked. */
static __always_inline bool reassembles_early(const struct nf_hook_state *state)
{
	return bpf_core_field_exists(state->net->nf.defrag_ipv6_users) && state->net->nf.defrag_ipv6_users;
}

/* For this node, as far as that is known before routing: one of its addresses, or a group that no router forwards. */
static __always_inline bool is_for_us(const struct node_address *destination, const struct net_device *device)
{
	if (is_multicast(destination))
		return (destination->bytes[1] & 0x0f) <= 2;
	return own_address(destination, device);
}

SEC("netfilter")
int node_pre_routing(struct bpf_nf_ctx *ctx)
{
	const struct nf_hook_state *state = ctx->state;
	const struct net_device *device = state->in;
	const struct node_limits *limits = current_limits();
	struct packet packet;

	bool is_told, is_early;

	if (!limits || !device)
		return NF_ACCEPT;
	is_told = tells(limits, state);
	is_early = reassembles_early(state);
	/* Most hosts neither forward nor track connections. */
	if (!(is_told || is_early) || !parse(ctx->skb, &packet))
		return NF_ACCEPT;
	if (is_told && is_unspecified(&packet.header.source)) {
		const struct node_address *destination = &packet.header.destination;

		/* ip6_forward() drops it without a word (RFC 4291 §2.5.2). */
		if (!is_multicast(destination) && !is_unspecified(destination) && !own_address(destination, device))
			notice(NODE_UNSPECIFIED_NOT_FORWARDED, &packet.header, device->ifindex);
	}
	if (!is_early || !is_for_us(&packet.header.destination, device))
		return NF_ACCEPT;
	walk_packet(&packet);
	if (packet.chain.is_endless)
		/* As in local delivery, which would come after reassembly. */
		return drop(NODE_ENDLESS_HEADERS);
	return verdict_on_fragment(&packet, device);
}

static __always_inline bool is_looped(struct sk_buff *skb, const struct net_device *device)
{
	/* The second is how a virtual routing domain gives back what this node sends to itself. */
	return device->flags & IFF_LOOPBACK || BPF_CORE_READ_BITFIELD(skb, pkt_type) == PACKET_LOOPBACK;
}

SEC("netfilter")
int node_local_in(struct bpf_nf_ctx *ctx)
{
	const struct net_device *device = ctx->state->in;
	const struct node_limits *limits = current_limits();
	struct packet packet;

	if (!limits || !device || !parse(ctx->skb, &packet))
		return NF_ACCEPT;
	if (limits->source_address_validation && !is_multicast(&packet.header.destination) &&
	    !is_looped(ctx->skb, device) && own_address(&packet.header.source, device))
		/* source_address_validation: RFC 3704 §3.2, for the node as its own network. */
		return drop(NODE_SOURCE_IS_OWN);
	walk_packet(&packet);
	if (limits->hdrnestlimit > 0 && packet.chain.count > (__u32)limits->hdrnestlimit)
		/* hdrnestlimit: as many headers are taken one after the other, no matter what they say. */
		return drop(NODE_TOO_MANY_HEADERS);
	if (packet.chain.is_endless)
		/* A fragment or a connection might hide behind. Of 8 bytes each they fill a kilobyte. */
		return drop(NODE_ENDLESS_HEADERS);
	if (!limits->use_deprecated && opens_connection(&packet) &&
	    is_deprecated(&packet.header.destination, device))
		/* use_deprecated: nothing new with a deprecated address (RFC 4862 §5.5.4). */
		return drop(NODE_DEPRECATED_DESTINATION);
	return verdict_on_fragment(&packet, device);
}

/* The kernel tells a sender that its packet went beyond the scope of its source: that packet is not forwarded. */
static __always_inline void notice_scope(struct packet *packet, const struct net_device *device)
{
	struct icmpv6_error buffer, *error;
	struct ipv6_header invoking;

	error = bpf_dynptr_slice(&packet->bytes, packet->chain.offset, &buffer, sizeof(buffer));
	if (!error || error->type != ICMPV6_UNREACHABLE || error->code != ICMPV6_BEYOND_SCOPE)
		return;
	invoking = error->invoking;
	if (is_link_local(&invoking.source))
		notice(NODE_SCOPE_NOT_FORWARDED, &invoking, device->ifindex);
}

static __always_inline bool is_redirect(struct packet *packet)
{
	struct extension_header buffer, *start;

	start = bpf_dynptr_slice(&packet->bytes, packet->chain.offset, &buffer, sizeof(buffer));
	/* The first byte of any header: here the type of the message. */
	return start && start->next_header == ICMPV6_REDIRECT;
}

SEC("netfilter")
int node_local_out(struct bpf_nf_ctx *ctx)
{
	const struct net_device *device = ctx->state->out;
	const struct node_limits *limits = current_limits();
	struct packet packet;

	if (!limits || !device)
		return NF_ACCEPT;
	/* Most hosts have nothing to look for. */
	if (limits->redirect && limits->use_deprecated && !tells(limits, ctx->state))
		return NF_ACCEPT;
	if (!parse(ctx->skb, &packet))
		return NF_ACCEPT;
	walk_packet(&packet);
	if (packet.chain.proto == PROTO_ICMPV6) {
		if (!limits->redirect && is_redirect(&packet))
			/* redirect: of this node's routing, neighbours learn nothing. */
			return drop(NODE_REDIRECT);
		if (tells(limits, ctx->state))
			notice_scope(&packet, device);
	}
	if (!limits->use_deprecated && opens_connection(&packet) &&
	    is_deprecated(&packet.header.source, device))
		/* use_deprecated: nothing new with a deprecated address (RFC 4862 §5.5.4). */
		return drop(NODE_DEPRECATED_SOURCE);
	return NF_ACCEPT;
}
