/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The few types of the kernel that the programs use. Those marked preserve_access_index have only the members needed;
 * where these really are, libbpf learns from the running kernel when it loads the program.
 */
#ifndef HYDRANGEA_KERNEL_H
#define HYDRANGEA_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

typedef uint8_t __u8;
typedef uint16_t __u16;
typedef uint32_t __u32;
typedef uint64_t __u64;
typedef int8_t __s8;
typedef int16_t __s16;
typedef int32_t __s32;
typedef int64_t __s64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>

/* linux/bpf.h */
enum {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PERCPU_HASH = 5,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_LPM_TRIE = 11,
	BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
	BPF_MAP_TYPE_SOCKMAP = 15,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_F_NO_PREALLOC = 1,
};

struct bpf_spin_lock {
	__u32 val;
};

struct bpf_timer {
	__u64 opaque[2];
} __attribute__((aligned(8)));

struct bpf_dynptr {
	__u64 opaque[2];
} __attribute__((aligned(8)));

/* linux/netfilter.h */
enum {
	NF_DROP = 0,
	NF_ACCEPT = 1,
};

enum {
	IFF_UP = 1,		/* linux/if.h */
	IFF_LOOPBACK = 8,
	PACKET_LOOPBACK = 5,	/* linux/if_packet.h */
	CLOCK_MONOTONIC = 1,	/* linux/time.h */
};

#define IN_KERNEL __attribute__((preserve_access_index))

struct ipv6_devconf {
	__s32 forwarding;
} IN_KERNEL;

/* Place of rp_filter among an interface's IPv4 variables (linux/ip.h, which counts from 1). */
#define DEVCONF_RP_FILTER 7

struct ipv4_devconf {
	int data[DEVCONF_RP_FILTER + 1];
} IN_KERNEL;

typedef struct {
	int counter;
} IN_KERNEL atomic_t;

struct netns_ipv6 {
	struct ipv6_devconf *devconf_all;
	atomic_t fib6_sernum;
	bool fib6_has_custom_rules;
} IN_KERNEL;

struct netns_ipv4 {
	struct ipv4_devconf *devconf_all;
	atomic_t rt_genid;
	bool fib_has_custom_rules;
} IN_KERNEL;

struct in_device {
	struct ipv4_devconf cnf;
} IN_KERNEL;

struct nf_hook_entry {
	void *hook;
	void *priv;
} IN_KERNEL;

struct nf_hook_entries {
	__u16 num_hook_entries;
	struct nf_hook_entry hooks[];
} IN_KERNEL;

/* Hooks of IPv4, and of IPv6, which are the same (linux/netfilter.h). */
enum {
	IPV4_PRE_ROUTING = 0,
	IPV4_LOCAL_IN = 1,
	IPV6_FORWARD = 2,
	IPV4_LOCAL_OUT = 3,
	IPV4_POST_ROUTING = 4,
	IPV4_HOOKS = 5,
};

struct netns_nf {
	unsigned int defrag_ipv6_users;
	struct nf_hook_entries *hooks_ipv4[IPV4_HOOKS];
	struct nf_hook_entries *hooks_ipv6[IPV4_HOOKS];
} IN_KERNEL;

/* Directions and defaults of IPsec's policies (linux/xfrm.h). */
enum {
	XFRM_IN = 0,
	XFRM_OUT = 1,
	XFRM_FORWARD = 2,
	XFRM_BLOCK = 1,
};

struct netns_xfrm {
	unsigned int policy_count[3];
	__u8 policy_default[3];
} IN_KERNEL;

/* How often the rules of nft(8) have changed, and which of their two generations counts. */
struct netns_nftables {
	unsigned int base_seq;
	__u8 gencursor;
} IN_KERNEL;

/* A table of iptables(8), legacy: what its hooks are given. */
struct xt_table {
	void *private;
} IN_KERNEL;

struct list_head {
	struct list_head *next;
} IN_KERNEL;

struct hlist_node {
	struct hlist_node *next;
} IN_KERNEL;

struct hlist_head {
	struct hlist_node *first;
} IN_KERNEL;

/* Lists of devices by the low bits of their index (net/core/dev.h). */
enum {
	DEVICE_LISTS = 256,
};

struct net {
	struct list_head list;	/* of all network namespaces */
	__u64 net_cookie;
	struct hlist_head *dev_index_head;
	struct list_head ptype_all;
	struct netns_nf nf;
	struct netns_nftables nft;
	struct netns_ipv4 ipv4;
	struct netns_ipv6 ipv6;
	struct netns_xfrm xfrm;
} IN_KERNEL;

/* Since Linux 6.6, the programs at a device's ingress, and whether a qdisc with filters is there as well (net/tcx.h). */
struct bpf_mprog_bundle {
	int count;
} IN_KERNEL;

struct bpf_mprog_entry {
	struct bpf_mprog_bundle *parent;
} IN_KERNEL;

struct tcx_entry {
	struct bpf_mprog_bundle bundle;
	__u32 miniq_active;
} IN_KERNEL;

/* The filters at a device's ingress, before Linux 6.6 (net/sch_generic.h). */
struct tcf_proto {
	struct tcf_proto *next;
} IN_KERNEL;

struct mini_Qdisc {
	struct tcf_proto *filter_list;
} IN_KERNEL;

typedef struct {
	struct net *net;
} IN_KERNEL possible_net_t;

struct bpf_prog_aux {
	__u32 id;
	struct bpf_prog *prog;
} IN_KERNEL;

struct bpf_prog {
	struct bpf_prog_aux *aux;
} IN_KERNEL;

struct Qdisc {
	__u32 handle;
} IN_KERNEL;

struct net_device {
	unsigned int flags;
	int ifindex;
	struct hlist_node index_hlist;
	possible_net_t nd_net;
	struct nf_hook_entries *nf_hooks_ingress;
	struct in_device *ip_ptr;
	struct bpf_mprog_entry *tcx_ingress;
	struct mini_Qdisc *miniq_ingress;
	struct mini_Qdisc *miniq_egress;
	struct nf_hook_entries *nf_hooks_egress;
	struct bpf_mprog_entry *tcx_egress;
	struct bpf_prog *xdp_prog;
	struct Qdisc *qdisc;
	struct list_head ptype_all;
	struct list_head ptype_specific;
	const unsigned char *dev_addr;
	__u64 features;
	__u32 xdp_features;
} IN_KERNEL;

struct ethhdr {
	unsigned char h_dest[6];
} IN_KERNEL;

/* What a program is given before there is a packet (net/xdp.h). */
struct xdp_rxq_info {
	struct net_device *dev;
} IN_KERNEL;

struct xdp_buff {
	struct xdp_rxq_info *rxq;
} IN_KERNEL;

struct sk_buff {
	struct net_device *dev;
	unsigned int len;
	__u8 pkt_type : 3;
	__u16 network_header;
	unsigned char *head;
	unsigned char *data;
} IN_KERNEL;

struct nf_hook_state {
	struct net_device *in;
	struct net_device *out;
	struct net *net;
} IN_KERNEL;

/* What a netfilter program is given. */
struct bpf_nf_ctx {
	const struct nf_hook_state *state;
	struct sk_buff *skb;
};

/* Linux 6.2: the packet itself of what a program at a device is given. */
extern void *bpf_cast_to_kern_ctx(void *context) __ksym __weak;
/* Linux 6.2: what is at an address, to be read; where nothing is, zeros are read. */
extern void *bpf_rdonly_cast(const void *address, __u32 type) __ksym __weak;
extern int bpf_dynptr_from_skb(struct sk_buff *skb, __u64 flags, struct bpf_dynptr *packet) __ksym;
extern void *bpf_dynptr_slice(const struct bpf_dynptr *packet, __u32 offset, void *buffer, __u32 size) __ksym;

#endif
