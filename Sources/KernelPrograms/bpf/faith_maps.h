/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The maps that the two programs of faith share, with each other and with user space. */
#ifndef HYDRANGEA_FAITH_MAPS_H
#define HYDRANGEA_FAITH_MAPS_H

#include "faith.h"
#include "kernel.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct faith_state);
} faith_state SEC(".maps");

/* The value is the slot. An entry has its memory when it comes. */
struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, FAITH_PREFIXES_MAX + FAITH_ADDRESSES_MAX);
	__type(key, struct faith_prefix);
	__type(value, __u32);
} faith_prefixes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, FAITH_SLOTS);
	__type(key, __u32);
	__type(value, struct faith_counters);
} faith_counters SEC(".maps");

static __always_inline bool is_capturing(void)
{
	__u32 zero = 0;
	const struct faith_state *state = bpf_map_lookup_elem(&faith_state, &zero);

	return state && state->is_capturing;
}

/* The slot of the longest prefix that has the address; FAITH_SLOTS: it is not captured. */
static __always_inline __u32 slot_of(const struct node_address *address)
{
	struct faith_prefix key = { .length = 128, .address = *address };
	const __u32 *slot = bpf_map_lookup_elem(&faith_prefixes, &key);

	return slot ? *slot : FAITH_SLOTS;
}

static __always_inline struct faith_counters *counters_of(__u32 slot)
{
	return bpf_map_lookup_elem(&faith_counters, &slot);
}

static __always_inline void count_refused(__u32 slot, enum faith_reason reason)
{
	struct faith_counters *counters = counters_of(slot);

	/* Softirqs and system calls of one CPU may meet here. */
	if (counters)
		__sync_fetch_and_add(&counters->refused[reason], 1);
}

#endif
