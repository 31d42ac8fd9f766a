/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Is there still a network namespace with this number (SO_NETNS_COOKIE)? The kernel tells nobody else. */
#include "looking.h"

char dual_license[] SEC("license") = "Dual BSD/GPL";

enum {
	NETWORKS_MAX = 1 << 20,
};

struct search {
	__u64 cookie;
	__u64 first;
	__u64 network;
	bool is_found;
};

/* bpf_loop() calls it until it returns 1. The list is a ring, with its head somewhere in it, which has no number. */
static long search_step(__u32 place, struct search *search)
{
	__u64 cookie = 0, next = 0;

	bpf_probe_read_kernel(
		&cookie, sizeof(cookie), (void *)(search->network + bpf_core_field_offset(struct net, net_cookie)));
	bpf_probe_read_kernel(
		&next, sizeof(next),
		(void *)(search->network + bpf_core_field_offset(struct net, list)
			 + bpf_core_field_offset(struct list_head, next)));
	search->is_found = cookie == search->cookie;
	search->network = next - bpf_core_field_offset(struct net, list);
	return search->is_found || !next || search->network == search->first;
}

/* The number is in the first two words of `cb`. To be run over any packet: 1, 0, or 2 if this kernel does not show it. */
SEC("tc")
int network_search(struct __sk_buff *skb)
{
	struct search search = { .cookie = (__u64)skb->cb[1] << 32 | skb->cb[0] };

	if (!bpf_core_field_exists(struct net, net_cookie) || !bpf_core_field_exists(struct net, list))
		return 2;
	search.first = search.network = (__u64)network_of(device_of(skb));
	bpf_loop(NETWORKS_MAX, search_step, &search, 0);
	return search.is_found;
}
