/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The shortcut for frames that the kernel has made no packets of yet (XDP), between two Ethernet devices that somebody has
 * named for that. Nothing is decided here: this takes what the programs at the ingress have decided about a flow, and sent,
 * less than FLOW_LIFE_NS ago. All else goes on to them. So the kernel learns that its neighbors are in use, and everything
 * that is left, told, dropped or logged is so in one place.
 *
 * Besides whom the shortcut looks for, nobody may be at either device: who captures, shapes or filters there would see
 * nothing. A frame is whole here, with all of its checksums. One that has a VLAN tag is not looked at; of a device that takes
 * tags off by itself, no frame is.
 */
#ifndef HYDRANGEA_STF_EXPRESS_H
#define HYDRANGEA_STF_EXPRESS_H

#include "stf_shortcut.h"

/* Devices that frames may come in and leave by, and where the kernel has them. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, STF_PORTS_MAX);
	__type(key, __u32);
	__type(value, struct stf_port);
} stf_ports SEC(".maps");

/* linux/bpf.h */
struct xdp_md {
	__u32 data;
	__u32 data_end;
	__u32 data_meta;
	__u32 ingress_ifindex;
	__u32 rx_queue_index;
	__u32 egress_ifindex;
};

enum {
	XDP_DROP = 1,
	XDP_PASS = 2,
	CAN_SEND_FRAMES = 1 << 2,	/* NETDEV_XDP_ACT_NDO_XMIT: of linux/netdev.h, Linux 6.3 */
};

struct frame {
	struct link_addresses addresses;
	__be16 type;
};
_Static_assert(sizeof(struct frame) == ETHERNET_HEADER, "as it is on the wire");

static __always_inline bool is_for_device(const struct frame *frame, const struct net_device *device)
{
	const __u16 *to = frame->addresses.destination;
	/* Whatever begins with such an address: without a type nothing can be read. */
	const struct ethhdr *own = bpf_rdonly_cast(device->dev_addr, bpf_core_type_id_kernel(struct ethhdr));
	const __u16 *address = (const __u16 *)own->h_dest;

	return address[0] == to[0] && address[1] == to[1] && address[2] == to[2];
}

/*
 * Can frames be taken from a device, and would nobody miss them who sees packets come in there? Who is there besides,
 * look_between() has seen.
 */
static __always_inline bool is_takeable(const struct net_device *device)
{
	__u32 index = device->ifindex;
	const struct stf_port *port = bpf_map_lookup_elem(&stf_ports, &index);

	return port && port->address == (__u64)device && !(device->features & port->stripping)
	       && !is_captured(device, port->address, device->nd_net.net);
}

/* Can frames leave by a device, and would nobody miss them who sees packets leave there? */
static __always_inline bool is_open(__u32 index, const struct net *net)
{
	const struct stf_port *port = bpf_map_lookup_elem(&stf_ports, &index);
	const struct net_device *device;
	const struct Qdisc *qdisc;

	if (!port)
		return false;
	device = bpf_rdonly_cast((void *)port->address, bpf_core_type_id_kernel(struct net_device));
	if (device->ifindex != (int)index || (__u64)device->nd_net.net != (__u64)net || !(device->flags & IFF_UP)
	    || !bpf_core_field_exists(device->xdp_features) || !(device->xdp_features & CAN_SEND_FRAMES))
		return false;
	qdisc = device->qdisc;
	return !qdisc->handle && !(bpf_core_field_exists(device->nf_hooks_egress) && device->nf_hooks_egress)
	       && !has_more_at_egress(device, 0) && !is_captured(device, port->address, net);
}

/* May a frame of a flow be taken past everything, as far as anybody between is concerned? */
static __always_inline bool is_clear(
	const struct net_device *device, const struct flow *flow, const struct stf_config *config)
{
	const struct stf_between *known = what_is_known();

	/* What is in the way is counted by the program that sees the packet next. */
	return config->is_up && config->shortcut && known && device->nd_net.net->net_cookie == config->network
	       && is_takeable(device)
	       && is_open(flow->way.interface, device->nd_net.net)
	       && look_between(device, flow->tunnel, config->index, known) == STF_DETOUR_NONE;
}

static __always_inline void count_express(
	struct stf_counters *counters, struct stf_traffic *traffic, enum stf_direction direction, __u32 bytes)
{
	traffic->packets++;
	traffic->bytes += bytes;
	counters->shortcuts[direction]++;
	counters->expresses++;
}

static __always_inline const struct net_device *device_of_frame(struct xdp_md *context)
{
	const struct xdp_buff *buffer = bpf_cast_to_kern_ctx(context);

	return buffer->rxq->dev;
}

/* From IPv6 to IPv4: `inner` is all of a frame from the device. */
static __noinline int express_output(struct xdp_md *context)
{
	const struct net_device *device = device_of_frame(context);
	struct frame *frame = (void *)(long)context->data;
	void *end = (void *)(long)context->data_end;
	struct ipv6_header *packet = (void *)(frame + 1);
	struct flow_state state = flow_state(device->nd_net.net);
	const struct stf_config *config;
	struct stf_counters *counters;
	struct beginning *beginning;
	__u32 hash, length, ports = 0;
	struct ipv6_header inner;
	struct ipv4_header outer;
	__u8 type_of_service;
	struct flow *flow;

	if ((void *)(packet + 1) > end)
		return XDP_PASS;
	inner = *packet;
	length = inner_length(&inner);
	if (bpf_ntohl(inner.version_class_label) >> 28 != 6 || !is_forwardable(&inner)
	    || (void *)packet + length != end || !is_for_device(frame, device))
		return XDP_PASS;
	hash = flow_hash(&inner);
	flow = flow_place(hash);
	if (!flow || !is_decided(flow, FLOW_SHORTCUT, &inner, device->ifindex, &state) || !flow->way.interface
	    || length > flow->inner_mtu || IPV4_SIZE + length > flow->mtu)
		return XDP_PASS;
	config = bpf_map_lookup_elem(&stf_config, &flow->index);
	counters = bpf_map_lookup_elem(&stf_counters, &flow->index);
	if (!config || !counters || !is_clear(device, flow, config))
		return XDP_PASS;
	type_of_service = traffic_class(&inner);
	if (config->link1 && (type_of_service & ECN_MASK) == ECN_CONGESTED)
		type_of_service = (type_of_service & ~ECN_MASK) | ECN_CAPABLE_0;
	if (!flow_knows_leave(flow, ask_output(device), type_of_service >> 2))
		return XDP_PASS;
	if (has_ports(&inner) && (void *)(packet + 1) + sizeof(ports) <= end)
		ports = *(__u32 *)(packet + 1);
	write_outer(
		&outer, config, flow->peer, type_of_service, identifier(ports, hash, 1), IPV4_SIZE + length);
	if (bpf_xdp_adjust_head(context, -IPV4_SIZE))
		return XDP_PASS;
	frame = (void *)(long)context->data;
	beginning = (void *)(frame + 1);
	if ((void *)(beginning + 1) > (void *)(long)context->data_end) {
		counters->drops[STF_SEND_FAILED]++;
		return XDP_DROP;
	}
	frame->addresses = flow->way.frame;
	frame->type = bpf_htons(ETHERTYPE_IPV4);
	beginning->outer = outer;
	beginning->hop_limit = inner.hop_limit - 1;
	count_express(counters, &counters->output, STF_OUTPUT, length);
	return bpf_redirect(flow->way.interface, 0);
}

/* From IPv4 to IPv6. */
static __noinline int express_input(struct xdp_md *context)
{
	const struct net_device *device = device_of_frame(context);
	struct frame *frame = (void *)(long)context->data;
	void *end = (void *)(long)context->data_end;
	struct ipv4_header *packet = (void *)(frame + 1);
	struct ipv6_header *payload = (void *)(packet + 1);
	struct flow_state state = flow_state(device->nd_net.net);
	const struct stf_config *config;
	struct stf_counters *counters;
	struct ipv6_header inner;
	struct ipv4_header outer;
	struct flow *flow;
	const __u32 *index;
	__u32 length;
	__u8 class;

	if ((void *)(payload + 1) > end)
		return XDP_PASS;
	outer = *packet;
	if (outer.proto != PROTO_IPV6 || outer.version_length != 0x45 || outer.flags_offset & bpf_htons(IPV4_FRAGMENT)
	    || (void *)packet + bpf_ntohs(outer.total_length) != end || ipv4_sum(&outer) != 0xffff)
		return XDP_PASS;
	index = bpf_map_lookup_elem(&stf_owners, &outer.destination);
	if (!index || !is_for_device(frame, device))
		return XDP_PASS;
	config = bpf_map_lookup_elem(&stf_config, index);
	counters = bpf_map_lookup_elem(&stf_counters, index);
	inner = *payload;
	length = inner_length(&inner);
	if (!config || !counters || config->link0 || bpf_ntohl(inner.version_class_label) >> 28 != 6
	    || (void *)payload + length != end || !is_forwardable(&inner))
		return XDP_PASS;
	flow = flow_place(flow_hash(&inner));
	if (!flow || !is_decided(flow, FLOW_INPUT, &inner, device->ifindex, &state) || flow->peer != outer.source
	    || flow->index != config->index || !flow->way.interface || length > flow->inner_mtu
	    || !is_clear(device, flow, config))
		return XDP_PASS;
	class = traffic_class(&inner);
	/* What is to be changed, or dies, does so there. */
	if (config->link1
	    && (!decapsulate_congestion(outer.type_of_service, &class) || class != traffic_class(&inner)))
		return XDP_PASS;
	if (!flow_knows_leave(
		    flow, config->is_unasked ? ASK_TAG_NOTHING : ask_input(device, !config->link2),
		    outer.type_of_service >> 2))
		return XDP_PASS;
	if (bpf_xdp_adjust_head(context, IPV4_SIZE))
		return XDP_PASS;
	frame = (void *)(long)context->data;
	payload = (void *)(frame + 1);
	if ((void *)(payload + 1) > (void *)(long)context->data_end) {
		counters->drops[STF_DELIVERY_FAILED]++;
		return XDP_DROP;
	}
	frame->addresses = flow->way.frame;
	frame->type = bpf_htons(ETHERTYPE_IPV6);
	payload->hop_limit = inner.hop_limit - 1;
	count_express(counters, &counters->input, STF_INPUT, length);
	return bpf_redirect(flow->way.interface, 0);
}

/* Loaded only where somebody has named a device. */
SEC("?xdp")
int stf_express(struct xdp_md *context)
{
	const struct frame *frame = (void *)(long)context->data;
	const struct stf_between *known = what_is_known();

	if (!known || !known->shortcuts || (void *)(frame + 1) > (void *)(long)context->data_end)
		return XDP_PASS;
	if (frame->type == bpf_htons(ETHERTYPE_IPV4))
		return express_input(context);
	return frame->type == bpf_htons(ETHERTYPE_IPV6) ? express_output(context) : XDP_PASS;
}

#endif
