/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The maps that user space shares with the engine of stf(4), and how packets are counted. */
#ifndef HYDRANGEA_STF_MAPS_H
#define HYDRANGEA_STF_MAPS_H

#include "kernel.h"
#include "stf.h"
#include "tc.h"

/*
 * The rules of each interface, by its index. A new element takes the place of an old one, which stays whole for whoever
 * still reads it, because the map gives elements back to the kernel and not to itself (BPF_F_NO_PREALLOC).
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, STF_INTERFACES_MAX);
	__type(key, __u32);
	__type(value, struct stf_config);
} stf_config SEC(".maps");

/* Which interface takes what comes to an IPv4 address of ours: its index. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, STF_INTERFACES_MAX);
	__type(key, __be32);
	__type(value, __u32);
} stf_owners SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, STF_ROUTES_MAX);
	__type(key, struct stf_route);
	__type(value, __be32);
} stf_routes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, STF_RELAYS_MAX);
	__type(key, struct stf_relay);
	__type(value, __u32);
} stf_relays SEC(".maps");

/* Broadcast addresses of all networks here. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, STF_BROADCASTS_MAX);
	__type(key, __be32);
	__type(value, __u32);
} stf_broadcasts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, STF_INTERFACES_MAX);
	__type(key, __u32);
	__type(value, struct stf_counters);
} stf_counters SEC(".maps");

/*
 * Drops a packet, and counts it; but one now and then is left to user space, which drops it for the same reason, counts
 * it, and can say in its log what it was.
 */
static __always_inline int drop(const struct stf_config *config, struct stf_counters *counters, __u32 reason)
{
	__u64 now;

	if (!counters || reason >= STF_REASON_COUNT)
		return TC_DROP;
	if (config->sample_ms) {
		now = bpf_ktime_get_ns();
		if (now - counters->sampled[reason] > config->sample_ms * 1000000ull) {
			counters->sampled[reason] = now;
			return TC_NEXT;
		}
	}
	counters->drops[reason]++;
	return TC_DROP;
}

/* Drops a packet of which bytes have been changed: user space could make nothing of it. */
static __always_inline int drop_changed(struct stf_counters *counters, __u32 reason)
{
	if (counters && reason < STF_REASON_COUNT)
		counters->drops[reason]++;
	return TC_DROP;
}

static __always_inline void count_left(struct stf_counters *counters, enum stf_left left)
{
	if (counters)
		counters->left[left]++;
}

#endif
