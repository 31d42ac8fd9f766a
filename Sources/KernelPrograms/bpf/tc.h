/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What programs at a device's ingress and egress are given, and what they answer (linux/bpf.h, linux/pkt_cls.h). */
#ifndef HYDRANGEA_TC_H
#define HYDRANGEA_TC_H

#include "kernel.h"

/* A packet. It is the kernel's to say what a field is; not all of them are here. */
struct __sk_buff {
	__u32 len;
	__u32 pkt_type;
	__u32 mark;
	__u32 queue_mapping;
	__u32 protocol;		/* in network order */
	__u32 vlan_present;
	__u32 vlan_tci;
	__u32 vlan_proto;
	__u32 priority;
	__u32 ingress_ifindex;
	__u32 ifindex;
	__u32 tc_index;
	__u32 cb[5];
	__u32 hash;
	__u32 tc_classid;
	__u32 data;
	__u32 data_end;
	__u32 napi_id;
	__u32 family;
	__u32 remote_ip4;
	__u32 local_ip4;
	__u32 remote_ip6[4];
	__u32 local_ip6[4];
	__u32 remote_port;
	__u32 local_port;
	__u32 data_meta;
	__u64 flow_keys;
	__u64 tstamp;
	__u32 wire_len;
	__u32 gso_segs;
	__u64 sk;
	__u32 gso_size;
};

struct bpf_fib_lookup {
	__u8 family;
	__u8 l4_protocol;
	__be16 sport;
	__be16 dport;
	__u16 tot_len;		/* in host order; the answer is the MTU, if it was not 0 */
	__u32 ifindex;
	__u32 flowinfo;
	__be32 source[4];	/* of IPv4 the first */
	__be32 destination[4];
	__u32 tbid;
	__u8 smac[6];
	__u8 dmac[6];
};
_Static_assert(sizeof(struct bpf_fib_lookup) == 64, "as the kernel has it");

/* What an Ethernet frame begins with. */
struct link_addresses {
	__u16 destination[3];
	__u16 source[3];
};

static __always_inline struct link_addresses frame_of(const struct bpf_fib_lookup *lookup)
{
	const __u16 *to = (const __u16 *)lookup->dmac, *from = (const __u16 *)lookup->smac;

	return (struct link_addresses) { { to[0], to[1], to[2] }, { from[0], from[1], from[2] } };
}

struct bpf_redir_neigh {
	__u32 family;
	__be32 next_hop[4];
};

enum {
	TC_NEXT = -1,		/* TC_ACT_UNSPEC, TCX_NEXT: to whoever comes next */
	TC_DROP = 2,		/* TC_ACT_SHOT, TCX_DROP */

	AF_INET = 2,
	AF_INET6 = 10,
	ETHERNET_HEADER = 14,
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_IPV6 = 0x86dd,
	PACKET_HOST = 0,	/* linux/if_packet.h */

	BPF_F_INGRESS = 1,
	BPF_F_RECOMPUTE_CSUM = 1,
	BPF_F_ADJ_ROOM_FIXED_GSO = 1 << 0,
	BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 = 1 << 1,
	BPF_F_ADJ_ROOM_NO_CSUM_RESET = 1 << 5,
	BPF_ADJ_ROOM_MAC = 1,

	BPF_FIB_LOOKUP_OUTPUT = 1 << 1,
	BPF_FIB_LOOKUP_SKIP_NEIGH = 1 << 2,
	BPF_FIB_LKUP_RET_SUCCESS = 0,
	BPF_FIB_LKUP_RET_FWD_DISABLED = 5,
	BPF_FIB_LKUP_RET_NO_NEIGH = 7,
	BPF_FIB_LKUP_RET_FRAG_NEEDED = 8,
};

struct ipv4_header {
	__u8 version_length;
	__u8 type_of_service;
	__be16 total_length;
	__be16 identification;
	__be16 flags_offset;
	__u8 ttl;
	__u8 proto;
	__be16 checksum;
	__be32 source;
	__be32 destination;
};

enum {
	IPV4_FRAGMENT = 0x3fff,	/* of its flags and offset: it is one, with more to come or not the first */
};

/* One's complement sum of the header: 0xffff if its checksum is right (RFC 1071). */
static __always_inline __u16 ipv4_sum(const struct ipv4_header *header)
{
	const __u16 *words = (const __u16 *)header;
	__u32 sum = 0;

	for (int word = 0; word < 10; word++)
		sum += words[word];
	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

#endif
