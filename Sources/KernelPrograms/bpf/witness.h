/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Who may pass where there is something to ask: pairs of which the kernel itself has let a packet pass, of late, and while
 * nothing there has changed. User space, where such a packet comes out, vouches for it with an entry here; no entry, and
 * the packet takes the kernel's way, which is question and answer at once.
 */
#ifndef HYDRANGEA_WITNESS_H
#define HYDRANGEA_WITNESS_H

#include "asking.h"

/* What carries no traffic is evicted first: a flood of new pairs takes no pair away that does. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, ASK_PAIRS_MAX);
	__type(key, struct ask_pair);
	__type(value, struct ask_entry);
} ask_entries SEC(".maps");

/* A question that was not answered is put again after this. */
#define ASK_AGAIN_NS 100000000ull

/*
 * For whoever remembers a decision about packets of a pair (a flow cache): that they might pass, and until when. It is
 * good only under the same tag, which has to be looked at for each packet, with ask_input() or ask_output(); the entry
 * then need not be.
 */
struct ask_leave {
	__u64 tag;
	__u64 end;	/* ns; 0: not to be remembered */
};

/* Is what was remembered still good, now that this is the tag? */
static __always_inline bool ask_is_good(const struct ask_leave *leave, __u64 tag)
{
	return leave->tag == tag
	       && (tag == ASK_TAG_NOTHING || (tag != ASK_TAG_CLOSED && bpf_ktime_get_coarse_ns() < leave->end));
}

/*
 * May a packet of this pair pass, under this tag? If so, `leave` is what may be remembered of it. If not, it takes the
 * kernel's way.
 *
 * Between the two ends one packet after the other asks again while the rest go on. A packet that is to be cut into segments
 * does not: those behind it would overtake too many (`is_cut`).
 */
static __always_inline bool ask_pair(__u64 tag, const struct ask_pair *pair, bool is_cut, struct ask_leave *leave)
{
	struct ask_entry *entry;
	__u64 now;

	leave->tag = tag;
	leave->end = 0;
	if (tag == ASK_TAG_NOTHING)
		return true;
	if (tag == ASK_TAG_CLOSED)
		return false;
	entry = bpf_map_lookup_elem(&ask_entries, pair);
	if (!entry || entry->tag != tag)
		return false;
	now = bpf_ktime_get_coarse_ns();
	if (now >= entry->hard_end)
		return false;
	if (now < entry->soft_end) {
		leave->end = entry->soft_end;
		return true;
	}
	if (is_cut || now - entry->asked < ASK_AGAIN_NS)
		return true;
	entry->asked = now;
	return false;
}

#endif
