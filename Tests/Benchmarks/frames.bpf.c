/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Makes frames for Tests/Benchmarks/stf: `frames` is run by BPF_PROG_TEST_RUN with live frames, each of which it writes
 * anew, because the kernel gives them back as they were left. `sink` counts and drops what has come through.
 */
typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef int __s32;
typedef long long __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;

#include <bpf/bpf_helpers.h>

enum {
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	XDP_ABORTED = 0,
	TC_DROP = 2,
	FRAME = 96,		/* bytes, of which the headers are some */
	PLACES = 4,
};

struct xdp_md {
	__u32 data;
	__u32 data_end;
};

/* Of each flow its number, or all bits of that turned, is at some places of the frame. */
struct plan {
	__u64 words[FRAME / 8];
	__u32 device;
	__u32 last_flow;
	__u32 places[PLACES];
	__u32 turned[PLACES];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct plan);
} plan SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} sunk SEC(".maps");

SEC("xdp")
int frames(struct xdp_md *context)
{
	void *data = (void *)(long)context->data, *end = (void *)(long)context->data_end;
	__u32 zero = 0;
	const struct plan *what = bpf_map_lookup_elem(&plan, &zero);
	__u8 flow;

	if (!what || data + FRAME > end)
		return XDP_ABORTED;
	for (int word = 0; word < FRAME / 8; word++)
		((__u64 *)data)[word] = what->words[word];
	flow = bpf_get_prandom_u32() & what->last_flow;
	for (int place = 0; place < PLACES; place++) {
		__u8 *byte = data + (what->places[place] & 127);

		if (what->places[place] && (void *)(byte + 1) <= end)
			*byte = what->turned[place] ? ~flow : flow;
	}
	return bpf_redirect(what->device, 0);
}

SEC("tc")
int sink(void *packet)
{
	__u32 zero = 0;
	__u64 *count = bpf_map_lookup_elem(&sunk, &zero);

	if (count)
		++*count;
	return TC_DROP;
}

char dual_license[] SEC("license") = "Dual BSD/GPL";
