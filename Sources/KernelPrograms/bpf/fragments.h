/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The limits of reassembly. The kernel reassembles; here is only counted what it holds, packet by packet, with the
 * rules by which it queues, completes and discards, so that both come to the same end. All memory is there from the
 * beginning: NODE_BUCKETS buckets of NODE_BUCKET_MAX places.
 */
#ifndef HYDRANGEA_FRAGMENTS_H
#define HYDRANGEA_FRAGMENTS_H

#include "headers.h"
#include "kernel.h"
#include "maps.h"
#include "node.h"

enum {
	PAYLOAD_MAX = 65535,		/* RFC 8200 §4.5: what ends beyond is answered by the kernel, and not queued */
	SWEEP_INTERVAL_MS = 500,	/* as frag6_slowtimo() of BSD */
	FRAGMENT_ACCEPTED = -1,		/* not waiting: the last one missing, or one that the kernel will not queue */
	FRAGMENT_QUEUED = -2,
};

struct fragment_key {
	struct node_address source;
	struct node_address destination;
	__be32 identification;
	__u32 interface;	/* with a link-local or multicast destination, as the kernel has it; else 0 */
};

struct fragment {
	struct fragment_key key;
	__u32 start;		/* of its data in the packet's, in bytes */
	__u32 end;
	bool more;
};

/* Bytes start ..< end have come. */
struct range {
	__u16 start;
	__u16 end;
};

/* One packet of which fragments have come. */
struct fragment_queue {
	struct fragment_key key;
	__u64 deadline;		/* ns of CLOCK_MONOTONIC; 0: this place is free */
	__u32 length;		/* the highest end so far */
	__u32 received;
	__u32 fragments;
	__u8 ranges;
	bool has_last;
	bool is_refused;	/* too many fragments: the kernel has some until its time-out, and gets no more */
	struct range range[NODE_RANGES_MAX];
};

/*
 * `vacant` and the three behind it are what loops have found, while the bucket is locked. They are in memory because the
 * verifier knows every value in a register, and would take a path of its own through the rest of the program for each.
 */
struct bucket {
	struct bpf_spin_lock lock;
	__u32 count;
	volatile __u32 vacant;
	volatile __u32 found;
	volatile __u32 before;
	volatile __u32 behind;
	struct fragment_queue queue[NODE_BUCKET_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, NODE_BUCKETS);
	__type(key, __u32);
	__type(value, struct bucket);
} node_buckets SEC(".maps");

struct sweeper {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sweeper);
} node_sweeper SEC(".maps");

static __always_inline __u64 rotate(__u64 word, int bits)
{
	return word << bits | word >> (64 - bits);
}

static __always_inline void sip_round(__u64 v[4])
{
	v[0] += v[1], v[1] = rotate(v[1], 13) ^ v[0], v[0] = rotate(v[0], 32);
	v[2] += v[3], v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3], v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1], v[1] = rotate(v[1], 17) ^ v[2], v[2] = rotate(v[2], 32);
}

/* SipHash-1-3 (Aumasson and Bernstein, 2012), without the length: whoever sends cannot choose the bucket. */
static __always_inline __u32 bucket_of(const struct fragment_key *key, const __u64 seed[2])
{
	__u64 v[4] = {
		seed[0] ^ 0x736f6d6570736575, seed[1] ^ 0x646f72616e646f6d,
		seed[0] ^ 0x6c7967656e657261, seed[1] ^ 0x7465646279746573,
	};
	__u64 word;

	for (int i = 0; i < (int)sizeof(*key) / 8; i++) {
		__builtin_memcpy(&word, (const char *)key + 8 * i, 8);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return (v[0] ^ v[1] ^ v[2] ^ v[3]) % NODE_BUCKETS;
}
_Static_assert(sizeof(struct fragment_key) == 40, "hashed in words of 8 bytes");

static __always_inline bool is_same(const struct fragment_key *a, const struct fragment_key *b)
{
	const __u32 *x = (const __u32 *)a, *y = (const __u32 *)b;
	__u32 difference = 0;

	for (int i = 0; i < (int)sizeof(*a) / 4; i++)
		difference |= x[i] ^ y[i];
	return difference == 0;
}

/* The bucket is locked, here and in all that follows down to sweep(). */
static __always_inline void release(struct node_state *state, struct bucket *bucket, struct fragment_queue *queue)
{
	__sync_fetch_and_sub(&state->fragments, queue->fragments);
	__sync_fetch_and_sub(&state->queues, 1);
	bucket->count--;
	queue->deadline = 0;
}

/* Compares with what has come. FRAGMENT_QUEUED: it is new; `before` and `behind` are the ranges next to it, if any. */
static __always_inline int
find_range(struct bucket *bucket, const struct fragment_queue *queue, const struct fragment *fragment, bool *is_released)
{
	bucket->before = bucket->behind = NODE_RANGES_MAX;
	for (__u32 i = 0; i < NODE_RANGES_MAX; i++) {
		const struct range *range = &queue->range[i];

		if (i >= queue->ranges)
			break;
		if (fragment->start >= range->start && fragment->end <= range->end)
			return FRAGMENT_ACCEPTED;
		if (fragment->start < range->end && fragment->end > range->start) {
			*is_released = true;
			return FRAGMENT_ACCEPTED;
		}
		if (range->end == fragment->start)
			bucket->before = i;
		if (range->start == fragment->end)
			bucket->behind = i;
	}
	return FRAGMENT_QUEUED;
}

/* Joins a new range with those next to it. */
static __always_inline int
add_range(const struct bucket *bucket, struct fragment_queue *queue, const struct fragment *fragment)
{
	__u32 before = bucket->before, behind = bucket->behind, end = queue->ranges;

	if (before < NODE_RANGES_MAX && behind < NODE_RANGES_MAX) {
		end = (end - 1) % NODE_RANGES_MAX;
		queue->range[before].end = queue->range[behind].end;
		queue->range[behind] = queue->range[end];
		queue->ranges = end;
	} else if (before < NODE_RANGES_MAX) {
		queue->range[before].end = fragment->end;
	} else if (behind < NODE_RANGES_MAX) {
		queue->range[behind].start = fragment->start;
	} else if (end < NODE_RANGES_MAX) {
		queue->range[end].start = fragment->start;
		queue->range[end].end = fragment->end;
		queue->ranges = end + 1;
	} else {
		return NODE_FRAGMENT_SCATTERED;
	}
	return FRAGMENT_QUEUED;
}

/*
 * Adds a fragment to its packet. What ip6_frag_queue() would discard together with the packet is discarded here too:
 * an end that moves, data beyond the end, nothing at all, an overlap (RFC 5722); an exact duplicate just goes.
 */
static __always_inline int
add_fragment(struct bucket *bucket, struct fragment_queue *queue, const struct fragment *fragment, __s32 limit,
	     bool *is_released)
{
	bool is_last = !fragment->more;
	int result;

	if (queue->is_refused)
		return NODE_MAXFRAGSPERPACKET;
	if (is_last ? fragment->end < queue->length || (queue->has_last && fragment->end != queue->length)
		    : fragment->end > queue->length && queue->has_last) {
		*is_released = true;
		return FRAGMENT_ACCEPTED;
	}
	if (fragment->end == fragment->start) {
		*is_released = true;
		return FRAGMENT_ACCEPTED;
	}
	result = find_range(bucket, queue, fragment, is_released);
	if (result == FRAGMENT_QUEUED)
		result = add_range(bucket, queue, fragment);
	if (result != FRAGMENT_QUEUED)
		return result;
	queue->has_last |= is_last;
	if (fragment->end > queue->length)
		queue->length = fragment->end;
	queue->received += fragment->end - fragment->start;
	if (queue->has_last && queue->received == queue->length) {
		*is_released = true;
		return FRAGMENT_ACCEPTED;
	}
	/* Compared as BSD does: a limit of 0 and those below let no incomplete packet be. */
	if ((__s32)queue->fragments + 1 > limit) {
		if (queue->fragments)
			queue->is_refused = true;
		else
			*is_released = true;
		return NODE_MAXFRAGSPERPACKET;
	}
	queue->fragments++;
	return FRAGMENT_QUEUED;
}

/* May there be one more? In the order of BSD's frag6_input(). */
static __always_inline int
add_queue(struct node_state *state, const struct bucket *bucket, const struct node_limits *limits)
{
	__u64 queues;

	/* A bucket is only looked at while packets are limited. */
	if (limits->maxfragpackets >= 0 && (__s32)bucket->count >= limits->maxfragbucketsize)
		return NODE_MAXFRAGBUCKETSIZE;
	queues = __sync_fetch_and_add(&state->queues, 1);
	if (limits->maxfragpackets >= 0 && queues >= (__u64)limits->maxfragpackets) {
		__sync_fetch_and_sub(&state->queues, 1);
		return NODE_MAXFRAGPACKETS;
	}
	return FRAGMENT_QUEUED;
}

/* Looks for the packet of a fragment, and a place for it, and frees what has waited for too long. */
static __always_inline void
find_queue(struct node_state *state, struct bucket *bucket, const struct fragment_key *key, __u64 now)
{
	bucket->found = bucket->vacant = NODE_BUCKET_MAX;
	if (!bucket->count) {
		bucket->vacant = 0;
		return;
	}
	for (__u32 i = 0; i < NODE_BUCKET_MAX; i++) {
		struct fragment_queue *queue = &bucket->queue[i];

		if (queue->deadline && queue->deadline <= now)
			release(state, bucket, queue);
		if (!queue->deadline)
			bucket->vacant = i;
		else if (is_same(&queue->key, key))
			bucket->found = i;
	}
}

static __always_inline int
enqueue(struct node_state *state, struct bucket *bucket, const struct fragment *fragment,
	const struct node_limits *limits, __u64 now)
{
	struct fragment_queue *queue;
	bool is_released = false;
	__u32 at;
	int result;

	find_queue(state, bucket, &fragment->key, now);
	at = bucket->found;
	if (at >= NODE_BUCKET_MAX) {
		result = add_queue(state, bucket, limits);
		if (result != FRAGMENT_QUEUED)
			return result;
		at = bucket->vacant;
		if (at >= NODE_BUCKET_MAX) {
			__sync_fetch_and_sub(&state->queues, 1);
			return NODE_FRAGMENT_TABLE_FULL;
		}
		queue = &bucket->queue[at];
		queue->key = fragment->key;
		queue->deadline = now + limits->fragment_lifetime_ms * 1000000ull;
		queue->length = queue->received = queue->fragments = 0;
		queue->ranges = 0;
		queue->has_last = queue->is_refused = false;
		bucket->count++;
	}
	queue = &bucket->queue[at];
	result = add_fragment(bucket, queue, fragment, limits->maxfragsperpacket, &is_released);
	if (is_released)
		release(state, bucket, queue);
	return result;
}

/* Frees what has waited for too long. */
static long sweep_bucket(void *map, __u32 *key, struct bucket *bucket, const __u64 *now)
{
	struct node_state *state = current_state();

	if (!state || !bucket->count)
		return 0;
	bpf_spin_lock(&bucket->lock);
	for (__u32 i = 0; i < NODE_BUCKET_MAX; i++) {
		struct fragment_queue *queue = &bucket->queue[i];

		if (queue->deadline && queue->deadline <= *now)
			release(state, bucket, queue);
	}
	bpf_spin_unlock(&bucket->lock);
	return 0;
}

static __always_inline __u64 sweep_interval(void)
{
	const struct node_limits *limits = current_limits();
	__u64 interval = SWEEP_INTERVAL_MS;

	if (limits && limits->fragment_lifetime_ms / 4 < interval)
		interval = limits->fragment_lifetime_ms / 4 + 1;
	return interval * 1000000;
}

/* While fragments wait, it is `sweeping`, and the timer runs. */
static int sweep(void *map, __u32 *key, struct sweeper *sweeper)
{
	struct node_state *state = current_state();
	__u64 now = bpf_ktime_get_ns();

	if (!state)
		return 0;
	bpf_for_each_map_elem(&node_buckets, sweep_bucket, &now, 0);
	if (!state->queues) {
		__sync_lock_test_and_set(&state->sweeping, 0);
		/* A packet may have come between the two lines, and found it sweeping. */
		if (!state->queues || __sync_val_compare_and_swap(&state->sweeping, 0, 1))
			return 0;
	}
	bpf_timer_start(&sweeper->timer, sweep_interval(), 0);
	return 0;
}

static __always_inline void start_sweeping(struct node_state *state)
{
	__u32 zero = 0;
	struct sweeper *sweeper;

	if (state->sweeping || __sync_val_compare_and_swap(&state->sweeping, 0, 1))
		return;
	sweeper = bpf_map_lookup_elem(&node_sweeper, &zero);
	if (!sweeper)
		return;
	/* EBUSY but for the first time. */
	bpf_timer_init(&sweeper->timer, &node_sweeper, CLOCK_MONOTONIC);
	bpf_timer_set_callback(&sweeper->timer, sweep);
	bpf_timer_start(&sweeper->timer, sweep_interval(), 0);
}

/* FRAGMENT_ACCEPTED, FRAGMENT_QUEUED, or the reason to drop it. */
static __noinline int limit_fragment(const struct fragment *fragment)
{
	const struct node_limits *limits = current_limits();
	struct node_state *state = current_state();
	struct bucket *bucket;
	__u64 now, fragments;
	__u32 number;
	int result;

	if (!limits || !state)
		return FRAGMENT_ACCEPTED;
	/* Counted before it is tested, so that two CPUs do not both take the last place. */
	fragments = __sync_fetch_and_add(&state->fragments, 1);
	result = NODE_MAXFRAGS;
	if (limits->maxfrags >= 0 && fragments >= (__u64)limits->maxfrags)
		goto uncount;
	number = bucket_of(&fragment->key, state->seed);
	bucket = bpf_map_lookup_elem(&node_buckets, &number);
	result = FRAGMENT_ACCEPTED;
	if (!bucket)
		goto uncount;
	now = bpf_ktime_get_ns();
	bpf_spin_lock(&bucket->lock);
	result = enqueue(state, bucket, fragment, limits, now);
	bpf_spin_unlock(&bucket->lock);
	if (result == FRAGMENT_QUEUED) {
		start_sweeping(state);
		return result;
	}
uncount:
	__sync_fetch_and_sub(&state->fragments, 1);
	return result;
}

#endif
