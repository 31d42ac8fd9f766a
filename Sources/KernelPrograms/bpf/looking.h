/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * How a program at a device looks into the kernel's own structures, from the packet on.
 *
 *	const struct net *net = LOOK(device_of(skb), nd_net.net);
 *
 * Since Linux 6.2 the kernel gives it the packet itself, and follows pointers for it at no cost. Before, what a program is
 * given is at the packet's address all the same, and a call reads what is at an address. Either way where nothing is to be
 * read, zeros are.
 */
#ifndef HYDRANGEA_LOOKING_H
#define HYDRANGEA_LOOKING_H

#include "tc.h"

/* The verifier's own list of functions that it knows by name (kernel/bpf/verifier.c). */
enum special_kfunc_type {
	KF_bpf_cast_to_kern_ctx,
};

/* Does this kernel give packets? It says so when a program is loaded: of both ways one remains. */
static __always_inline bool gives_packets(void)
{
	return bpf_core_enum_value_exists(enum special_kfunc_type, KF_bpf_cast_to_kern_ctx);
}

/* A field of what a pointer leads to. The compiler must not take what one way needs out of it, for the other would pay. */
#define LOOK(pointer, field) \
	({ \
		__typeof_unqual__((pointer)->field) value_; \
		if (gives_packets()) { \
			value_ = (pointer)->field; \
		} else { \
			__typeof_unqual__(pointer) there_ = (pointer); \
			asm volatile("" : "+r"(there_)); \
			bpf_probe_read_kernel(&value_, sizeof(value_), &there_->field); \
		} \
		value_; \
	})

/* A structure at an address that was kept, or reckoned. */
#define STRUCT_AT(type, address) \
	({ \
		const struct type *pointer_; \
		if (gives_packets()) \
			pointer_ = bpf_rdonly_cast((void *)(address), bpf_core_type_id_kernel(struct type)); \
		else \
			pointer_ = (void *)(address); \
		pointer_; \
	})

static __always_inline const struct sk_buff *packet_of(struct __sk_buff *skb)
{
	return gives_packets() ? bpf_cast_to_kern_ctx(skb) : (void *)skb;
}

static __always_inline const struct net_device *device_of(struct __sk_buff *skb)
{
	return LOOK(packet_of(skb), dev);
}

static __always_inline const struct net *network_of(const struct net_device *device)
{
	return LOOK(device, nd_net.net);
}

/* Bytes before the IP header at the ingress of a device: 14 of Ethernet, or none. */
static __always_inline __u32 link_header(struct __sk_buff *skb)
{
	const struct sk_buff *packet = packet_of(skb);

	return LOOK(packet, network_header) - (__u32)((__u64)LOOK(packet, data) - (__u64)LOOK(packet, head));
}

#endif
