/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The maps that user space shares, and how a packet is dropped. */
#ifndef HYDRANGEA_MAPS_H
#define HYDRANGEA_MAPS_H

#include "kernel.h"
#include "node.h"

/*
 * A map in a map, so that all limits change at once: user space fills a new map, and puts it in the old one's place. As
 * long as there is none, there are no limits. Sizes instead of types: the compiler describes no type behind two pointers.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_ARRAY);
		__uint(max_entries, 1);
		__uint(key_size, sizeof(__u32));
		__uint(value_size, sizeof(struct node_limits));
	});
} node_limits SEC(".maps");

/* The value is NODE_ADDRESS_DEPRECATED or 0. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, NODE_ADDRESSES_MAX);
	__type(key, struct node_address_key);
	__type(value, __u32);
} node_addresses SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, NODE_REASON_COUNT);
	__type(key, __u32);
	__type(value, __u64);
} node_counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct node_state);
} node_state SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, NODE_EVENTS_SIZE);
} node_events SEC(".maps");

static __always_inline const struct node_limits *current_limits(void)
{
	__u32 zero = 0;
	void *limits = bpf_map_lookup_elem(&node_limits, &zero);

	return limits ? bpf_map_lookup_elem(limits, &zero) : NULL;
}

static __always_inline struct node_state *current_state(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&node_state, &zero);
}

static __always_inline void count(enum node_reason reason)
{
	__u32 key = reason;
	__u64 *counter = bpf_map_lookup_elem(&node_counters, &key);

	/* Softirqs and system calls of one CPU may meet here. */
	if (counter)
		__sync_fetch_and_add(counter, 1);
}

static __always_inline int drop(enum node_reason reason)
{
	count(reason);
	return NF_DROP;
}

#endif
