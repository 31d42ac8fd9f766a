/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Who hears of what is sent to the prefixes of faith(4): the relay, and nobody else of this node. In BSD a socket has
 * to ask for that (IPV6_FAITH); here the kernel asks this program whenever it looks for a listening socket.
 *
 * A connection that exists is found before, and costs nothing more. All that this needs is in Linux 5.9; it has no use
 * for the kernel's type information. What is no matter of sockets is in silence.bpf.c.
 */
#include "faith_maps.h"

char dual_license[] SEC("license") = "Dual BSD/GPL";

enum {
	AF_INET6 = 10,
	IPPROTO_TCP = 6,
	SK_DROP = 0,
	SK_PASS = 1,
	BPF_SK_LOOKUP_F_REPLACE = 1,
};

/* linux/bpf.h */
struct bpf_sk_lookup {
	__u64 sk;
	__u32 family;
	__u32 protocol;
	__u32 remote_ip4;
	__u32 remote_ip6[4];
	__u32 remote_port;
	__u32 local_ip4;
	__u32 local_ip6[4];
	__u32 local_port;	/* in host order */
	__u32 ingress_ifindex;
};

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, FAITH_SLOTS);
	__type(key, __u32);
	__type(value, __u32);
} faith_listeners SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FAITH_SLOTS);
	__type(key, __u32);
	__type(value, struct faith_ports);
} faith_ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, FAITH_PINHOLES_MAX);
	__type(key, struct faith_pinhole);
	__type(value, __u32);
} faith_pinholes SEC(".maps");

/* The kernel answers as if nobody listened: a reset, or ICMPv6 port unreachable. */
static __always_inline int refuse(__u32 slot, enum faith_reason reason)
{
	count_refused(slot, reason);
	return SK_DROP;
}

static __always_inline bool is_relayed(__u32 slot, __u16 port)
{
	const struct faith_ports *ports = bpf_map_lookup_elem(&faith_ports, &slot);

	return ports && ports->words[port / 64] >> port % 64 & 1;
}

SEC("sk_lookup")
int faith_lookup(struct bpf_sk_lookup *ctx)
{
	struct faith_pinhole local = {};
	__u32 *word = (__u32 *)local.address.bytes;
	struct bpf_sock *listener;
	long status;
	__u32 slot;

	if (ctx->family != AF_INET6)
		return SK_PASS;
	word[0] = ctx->local_ip6[0];
	word[1] = ctx->local_ip6[1];
	word[2] = ctx->local_ip6[2];
	word[3] = ctx->local_ip6[3];
	local.port = ctx->local_port;
	slot = slot_of(&local.address);
	if (slot >= FAITH_SLOTS)
		return SK_PASS;
	if (ctx->protocol != IPPROTO_TCP)
		return refuse(slot, FAITH_UDP);
	if (bpf_map_lookup_elem(&faith_pinholes, &local))
		return SK_PASS;
	if (!is_relayed(slot, local.port))
		return refuse(slot, FAITH_NO_RELAY);
	listener = bpf_map_lookup_elem(&faith_listeners, &slot);
	if (!listener)
		return refuse(slot, FAITH_NO_LISTENER);
	/* Whatever another program may have chosen: these addresses are ours. */
	status = bpf_sk_assign(ctx, listener, BPF_SK_LOOKUP_F_REPLACE);
	bpf_sk_release(listener);
	return status ? refuse(slot, FAITH_NO_LISTENER) : SK_PASS;
}
