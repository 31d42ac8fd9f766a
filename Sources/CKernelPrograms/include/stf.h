/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What decides over the packets of stf(4), as far as two engines must agree: the one declaration of every reason, and the
 * record of an interface's rules. Addresses are in network order, all else in host order. Read by two compilers: only
 * types of fixed width.
 */
#ifndef HYDRANGEA_STF_H
#define HYDRANGEA_STF_H

#include <stdint.h>

#include "node.h"

/*
 * The rules that an address can break, Y(name, "name for scripts", "words for people", and what else is given on), in
 * the order of IPv4Rule and IPv6Rule.
 */
#define STF_IPV4_RULES(Y, ...) \
	Y(THIS_NETWORK, "this-network", "in 0.0.0.0/8", __VA_ARGS__) \
	Y(LOOPBACK, "loopback", "in 127.0.0.0/8", __VA_ARGS__) \
	Y(MULTICAST, "multicast", "in 224.0.0.0/4", __VA_ARGS__) \
	Y(LIMITED_BROADCAST, "limited-broadcast", "in 255.0.0.0/8", __VA_ARGS__) \
	Y(RESERVED, "reserved", "in 240.0.0.0/4", __VA_ARGS__) \
	Y(LINK_LOCAL, "link-local", "in 169.254.0.0/16", __VA_ARGS__) \
	Y(PRIVATE, "private", "private (RFC 1918)", __VA_ARGS__) \
	Y(SHARED, "shared", "shared with other customers (100.64.0.0/10, RFC 6598)", __VA_ARGS__) \
	Y(SUBNET_BROADCAST, "subnet-broadcast", "the broadcast address of a network here", __VA_ARGS__)

#define STF_IPV6_RULES(Y, ...) \
	Y(UNSPECIFIED, "unspecified", "unspecified (::)", __VA_ARGS__) \
	Y(LOOPBACK, "loopback", "the loopback address (::1)", __VA_ARGS__) \
	Y(MAPPED, "mapped", "IPv4-mapped (::ffff:0:0/96)", __VA_ARGS__) \
	Y(COMPATIBLE, "compatible", "IPv4-compatible (::/96)", __VA_ARGS__) \
	Y(LINK_LOCAL, "link-local", "link-local (fe80::/10)", __VA_ARGS__) \
	Y(SITE_LOCAL, "site-local", "site-local (fec0::/10)", __VA_ARGS__) \
	Y(MULTICAST, "multicast", "multicast (ff00::/8)", __VA_ARGS__)

#define STF_ONE(...) + 1
enum {
	STF_IPV4_RULE_COUNT = 0 STF_IPV4_RULES(STF_ONE, 0),
	STF_IPV6_RULE_COUNT = 0 STF_IPV6_RULES(STF_ONE, 0),
};

/* One reason of a family: OUTPUT_DESTINATION and the rule LOOPBACK make OUTPUT_DESTINATION_LOOPBACK. */
#define STF_FAMILY_REASON(rule, rule_word, rule_text, X, family, direction, told, word, text) \
	X(family##_##rule, direction, told, word "-" rule_word, text " " rule_text)

/* As many reasons as an address can break rules; that of rule n is STF_<family> + n. */
#define STF_IPV4_FAMILY(X, family, direction, told, word, text) \
	STF_IPV4_RULES(STF_FAMILY_REASON, X, family, direction, told, word, text)
#define STF_IPV6_FAMILY(X, family, direction, told, word, text) \
	STF_IPV6_RULES(STF_FAMILY_REASON, X, family, direction, told, word, text)

/*
 * Why a packet died, X(name, direction, what its sender is told, "name for scripts", "words for people"): output, then
 * input, each in the order of the checks. A name is unique within its direction.
 */
#define STF_REASONS(X) \
	X(OUTPUT_DOWN, OUTPUT, NOTHING, "down", "the interface is down") \
	X(NO_OWN_IPV4, OUTPUT, ADDRESS, "no-own-ipv4", \
	  "no address, or the IPv4 address that goes with it is not this host's, or another interface's") \
	X(OUTPUT_NOT_IPV6, OUTPUT, NOTHING, "not-ipv6", "not an IPv6 packet") \
	X(OUTPUT_TRUNCATED, OUTPUT, NOTHING, "truncated", "shorter than its headers") \
	STF_IPV4_FAMILY(X, OUTPUT_SOURCE, OUTPUT, ADDRESS, "outer-source", "the IPv4 source would be") \
	STF_IPV6_FAMILY(X, OUTPUT_INNER_DESTINATION, OUTPUT, NOTHING, "inner-destination", "the IPv6 destination is") \
	X(OUTPUT_NATIVE_TO_NATIVE, OUTPUT, PROHIBITED, "native-to-native", "neither IPv6 address belongs to the domain") \
	X(OUTPUT_SOURCE_MISMATCH, OUTPUT, SOURCE_FAILED_POLICY, "inner-source-mismatch", \
	  "the IPv6 source is not of our site") \
	X(NO_NEXT_HOP, OUTPUT, ADDRESS, "no-next-hop", \
	  "the destination is not within the prefix, nor is a gateway of its route") \
	STF_IPV4_FAMILY(X, OUTPUT_DESTINATION, OUTPUT, ADDRESS, "outer-destination", "the IPv4 destination would be") \
	STF_IPV4_FAMILY(X, OUTPUT_INNER_DESTINATION_EMBEDS, OUTPUT, ADDRESS, "inner-destination-embeds", \
			"the IPv6 destination embeds an IPv4 address") \
	X(OUTPUT_TO_SELF, OUTPUT, ADDRESS, "outer-destination-self", "the IPv4 destination would be our own address") \
	X(UNSEGMENTABLE, OUTPUT, NOTHING, "unsegmentable", "a large packet of a kind that cannot be cut into segments") \
	X(OUTER_UNREACHABLE, OUTPUT, NOTHING, "outer-unreachable", \
	  "no route to the IPv4 destination, or none from our address") \
	X(OUTER_PROHIBITED, OUTPUT, NOTHING, "outer-prohibited", \
	  "a firewall rule or a route here prohibits the IPv4 packet") \
	X(SEND_QUEUE_FULL, OUTPUT, NOTHING, "send-queue-full", "the kernel's queue for IPv4 packets is full") \
	X(SEND_FAILED, OUTPUT, NOTHING, "send-failed", "the kernel refused the IPv4 packet") \
	X(INPUT_DOWN, INPUT, NOTHING, "down", "the interface is down") \
	X(INPUT_CLOSED, INPUT, NOTHING, "input-closed", "link0 closes the input") \
	X(NOT_FOR_US, INPUT, NOTHING, "not-for-us", "the IPv4 destination is not the one that goes with our address") \
	X(PEER_OUTSIDE_PREFIX, INPUT, NOTHING, "peer-outside-prefix", \
	  "the IPv4 source is outside the block that the prefix length allows") \
	STF_IPV4_FAMILY(X, OUTER_DESTINATION, INPUT, NOTHING, "outer-destination", "the IPv4 destination is") \
	STF_IPV4_FAMILY(X, OUTER_SOURCE, INPUT, NOTHING, "outer-source", "the IPv4 source is") \
	X(OUTER_SOURCE_SELF, INPUT, NOTHING, "outer-source-self", "the IPv4 source is our own address") \
	X(INGRESS, INPUT, NOTHING, "ingress", \
	  "no route to the IPv4 source leaves by the interface that it came from (link2 permits)") \
	X(INPUT_TRUNCATED, INPUT, NOTHING, "truncated", "shorter than an IPv6 header, or than that says") \
	X(INPUT_NOT_IPV6, INPUT, NOTHING, "not-ipv6", "not an IPv6 packet") \
	STF_IPV6_FAMILY(X, INNER_DESTINATION, INPUT, NOTHING, "inner-destination", "the IPv6 destination is") \
	STF_IPV4_FAMILY(X, INNER_DESTINATION_EMBEDS, INPUT, NOTHING, "inner-destination-embeds", \
			"the IPv6 destination embeds an IPv4 address") \
	STF_IPV6_FAMILY(X, INNER_SOURCE, INPUT, NOTHING, "inner-source", "the IPv6 source is") \
	STF_IPV4_FAMILY(X, INNER_SOURCE_EMBEDS, INPUT, NOTHING, "inner-source-embeds", \
			"the IPv6 source embeds an IPv4 address") \
	X(INPUT_NATIVE_TO_NATIVE, INPUT, NOTHING, "native-to-native", "neither IPv6 address belongs to the domain") \
	X(INNER_SOURCE_MISMATCH, INPUT, NOTHING, "inner-source-mismatch", \
	  "the IPv4 source is neither the site of the IPv6 source nor a relay for it") \
	X(INNER_DESTINATION_MISMATCH, INPUT, NOTHING, "inner-destination-mismatch", \
	  "the IPv6 destination embeds another IPv4 address than the packet came to") \
	X(NOT_RELAY, INPUT, NOTHING, "not-relay", \
	  "the IPv6 destination is native, and this is no relay (prefix length 16, or 6rd without stfv4br)") \
	X(WOULD_COME_BACK, INPUT, NOTHING, "would-come-back", \
	  "the route to the IPv6 destination leads back into the tunnel") \
	X(CONGESTION_UNSEEN, INPUT, NOTHING, "congestion-unseen", \
	  "congestion was met on the way, of which the IPv6 packet cannot tell (link1)") \
	X(DELIVERY_FAILED, INPUT, NOTHING, "delivery-failed", "the kernel did not take the IPv6 packet") \
	X(RECEIVE_QUEUE_FULL, INPUT, NOTHING, "receive-queue-full", "the packets came faster than they could be taken") \
	X(ERROR_ABOUT_OTHERS, INPUT, NOTHING, "error-about-others", \
	  "an ICMP error about a packet that we would not have sent, or not for its sender") \
	X(ERROR_TRUNCATED, INPUT, NOTHING, "error-truncated", \
	  "an ICMP error that does not quote enough to tell the sender")

#define STF_REASON_VALUE(name, direction, told, word, text) STF_##name,
enum stf_reason { STF_REASONS(STF_REASON_VALUE) STF_REASON_COUNT };
#undef STF_REASON_VALUE

/* Where a family begins: its rule 0. */
enum stf_family {
	STF_OUTPUT_SOURCE = STF_OUTPUT_SOURCE_THIS_NETWORK,
	STF_OUTPUT_INNER_DESTINATION = STF_OUTPUT_INNER_DESTINATION_UNSPECIFIED,
	STF_OUTPUT_DESTINATION = STF_OUTPUT_DESTINATION_THIS_NETWORK,
	STF_OUTPUT_INNER_DESTINATION_EMBEDS = STF_OUTPUT_INNER_DESTINATION_EMBEDS_THIS_NETWORK,
	STF_OUTER_DESTINATION = STF_OUTER_DESTINATION_THIS_NETWORK,
	STF_OUTER_SOURCE = STF_OUTER_SOURCE_THIS_NETWORK,
	STF_INNER_DESTINATION = STF_INNER_DESTINATION_UNSPECIFIED,
	STF_INNER_DESTINATION_EMBEDS = STF_INNER_DESTINATION_EMBEDS_THIS_NETWORK,
	STF_INNER_SOURCE = STF_INNER_SOURCE_UNSPECIFIED,
	STF_INNER_SOURCE_EMBEDS = STF_INNER_SOURCE_EMBEDS_THIS_NETWORK,
};

enum stf_direction {
	STF_INPUT,
	STF_OUTPUT,
};

/* What the sender is told: nothing, or the code of an ICMPv6 destination unreachable (RFC 4443 §3.1). */
enum stf_told {
	STF_TELLS_NOTHING = -1,
	STF_TELLS_PROHIBITED = 1,
	STF_TELLS_ADDRESS = 3,
	STF_TELLS_SOURCE_FAILED_POLICY = 5,
};

enum {
	STF_NO_RULE = 255,
	/* Routes out of an interface, and broadcast addresses of this host, that a program can know. */
	STF_ROUTES_MAX = 16384,
	STF_BROADCASTS_MAX = 4096,
	STF_INTERFACES_MAX = 1024,
	STF_RELAYS_MAX = 4096,
	STF_PORTS_MAX = 64,
};

/*
 * What the kernel's engine leaves to the one in Swift, and why, X(name, direction, "name for scripts", "words for
 * people"). These are no drops.
 */
#define STF_LEFT(X) \
	X(OUTPUT_ASKED, OUTPUT, "asked", "the firewall or IPsec may have to say something") \
	X(CAPTURED, OUTPUT, "captured", "somebody captures packets of the interface") \
	X(REPORT, OUTPUT, "report", "the kernel's own, about the groups that it listens to") \
	X(LARGE, OUTPUT, "large", "larger than an IPv4 packet can be") \
	X(TOLD, OUTPUT, "told", "the sender is to be told") \
	X(NO_WAY, OUTPUT, "no-way", "no plain route to the IPv4 destination") \
	X(TOO_BIG, OUTPUT, "too-big", "more than the interface to the IPv4 destination takes at once") \
	X(NEIGHBOR, OUTPUT, "neighbor", "the next hop's link-layer address is not known yet") \
	X(UNENCAPSULATED, OUTPUT, "unencapsulated", "of a kind that cannot be given an outer header in the kernel") \
	X(EGRESS, OUTPUT, "egress", "a firewall is at the egress of the interface that it leaves by") \
	X(INPUT_ASKED, INPUT, "asked", "the firewall, IPsec, rp_filter or traffic control may have to say something") \
	X(FRAME, INPUT, "frame", "in a frame for others or for all, or with a VLAN tag") \
	X(OPTIONS, INPUT, "options", "with IPv4 options") \
	X(FRAGMENT, INPUT, "fragment", "a fragment of an IPv4 packet") \
	X(WAY_BACK, INPUT, "way-back", "the best way to its source is another, and there may be one by where it came from") \
	X(UNDECAPSULATED, INPUT, "undecapsulated", "of a kind that cannot be taken out in the kernel")

#define STF_LEFT_VALUE(name, direction, word, text) STF_LEFT_##name,
enum stf_left { STF_LEFT(STF_LEFT_VALUE) STF_LEFT_COUNT };
#undef STF_LEFT_VALUE

/*
 * Why packets go through the interface though there is a shortcut, X(name, "name for scripts", "words for people").
 */
#define STF_DETOURS(X) \
	X(UNKNOWN, "unknown", "what is there is not known") \
	X(FIREWALL, "firewall", "a firewall may have to say something about IPv6") \
	X(TRAFFIC_CONTROL, "traffic-control", "traffic control, or a program, is at the interface or where they come in") \
	X(RULES, "rules", "there are rules about routes") \
	X(IPSEC, "ipsec", "there are IPsec policies") \
	X(CAPTURE, "capture", "somebody captures packets of the interface")

#define STF_DETOUR_VALUE(name, word, text) STF_DETOUR_##name,
enum stf_detour { STF_DETOURS(STF_DETOUR_VALUE) STF_DETOUR_COUNT, STF_DETOUR_NONE };
#undef STF_DETOUR_VALUE

/* Names of maps and programs, as libbpf finds them. The kernel cuts them to 15 bytes. */
#define STF_CONFIG_MAP "stf_config"
#define STF_OWNERS_MAP "stf_owners"
#define STF_ROUTES_MAP "stf_routes"
#define STF_RELAYS_MAP "stf_relays"
#define STF_BROADCASTS_MAP "stf_broadcasts"
#define STF_COUNTERS_MAP "stf_counters"
#define STF_GENERATION_MAP "stf_generation"
#define STF_BETWEEN_MAP "stf_between"
#define STF_PORTS_MAP "stf_ports"
#define STF_TUNNELS_MAP "stf_tunnels"
#define STF_MEASURE_PROGRAM "stf_measure"
#define STF_FIND_PROGRAM "stf_find"
#define STF_INPUT_PROGRAM "stf_input"
#define STF_OUTPUT_PROGRAM "stf_output"
#define STF_EXPRESS_PROGRAM "stf_express"	/* loaded only when wanted */

/*
 * The rules of an interface, but for its routes and the broadcast addresses. Never changed in place: a new one takes the
 * place of the old. Without an IPv4 address of our own, `own` is 0.0.0.0, and nothing of a domain is set.
 */
struct stf_config {
	uint64_t network;		/* cookie of the network namespace that it is for */
	struct node_address prefix;	/* of the interface: whoever is within is reached directly */
	struct node_address domain;	/* of the domain: 2002:: is 6to4 */
	uint32_t index;			/* of the interface */
	uint32_t own;
	uint32_t relay;			/* border relay of 6rd that is sent to; 0.0.0.0: there is none, or we are it */
	uint32_t common;		/* bits that all IPv4 addresses of the domain share */
	uint8_t prefix_length;
	uint8_t domain_length;
	uint8_t common_length;
	uint8_t peers_length;		/* peers share so many bits with `own` */
	uint8_t is_up;
	uint8_t is_relay;		/* forwards between the domain and native addresses for everyone */
	uint8_t link0;
	uint8_t link1;
	uint8_t link2;
	uint8_t pairing;
	uint8_t loop_check;
	uint8_t permit_private;
	uint8_t permit_shared;
	uint8_t permit_link_local;
	uint8_t permit_reserved;
	uint8_t ttl;			/* of the outer header */
	uint8_t link_header;		/* bytes before the IPv6 header where it leaves: a TUN device has none */
	uint8_t own_rule;		/* that `own` breaks, or STF_NO_RULE: every packet has that address */
	uint8_t shortcut;		/* packets may go from where they come in to where they leave */
	uint8_t is_unasked;		/* packets pass whatever the firewall would have done */
	uint32_t sample_ms;		/* a drop of each reason so often is left to user space, to be logged; 0: none */
};
_Static_assert(sizeof(struct stf_config) == 80, "no padding: user space writes all of it");

/*
 * A key of a trie: 32 bits of the interface and then `length` - 32 of the destination count. The value is the IPv4 address
 * that packets to there go to, 0.0.0.0 if they go nowhere: the route names no gateway, or none within the prefix.
 */
struct stf_route {
	uint32_t length;
	uint32_t index;			/* of the interface */
	struct node_address destination;
};
_Static_assert(sizeof(struct stf_route) == 24, "no padding: it is compared");

/* A border relay that is believed as the one that is sent to is. */
struct stf_relay {
	uint32_t index;			/* of the interface */
	uint32_t address;
};

/*
 * Who is between the ingress of one interface and the egress of another from the kernel's own birth, or is ours. The
 * generation is 0 until that is known.
 */
struct stf_between {
	uint64_t generation;
	uint64_t functions[5][4];	/* of new network namespaces, at the hooks of IPv6 */
	uint32_t own_filter;		/* the number of our own program at PRE_ROUTING, or 0 */
	uint32_t shortcuts;		/* how many interfaces have one */
	uint64_t reach;			/* all destinations of theirs begin so, */
	uint32_t reach_length;		/* by so many bits, 0 to 64 */
	uint32_t unused;
};

/* An Ethernet device whose frames may be taken before the kernel makes packets of them. */
struct stf_port {
	uint64_t address;		/* where the kernel has it */
	uint64_t stripping;		/* its features (net_device) that take VLAN tags off frames, where nobody sees them */
};

struct stf_traffic {
	uint64_t packets;		/* of a packet that is to be cut into segments, its segments */
	uint64_t bytes;			/* of IPv6 */
};

/* What the programs did with the packets of an interface, on one CPU. */
struct stf_counters {
	struct stf_traffic input;
	struct stf_traffic output;
	uint64_t drops[STF_REASON_COUNT];
	uint64_t left[STF_LEFT_COUNT];
	uint64_t shortcuts[2];			/* packets that did not go through the interface, by direction */
	uint64_t expresses;			/* those of them that the kernel made no packets of */
	uint64_t detours[2 * STF_DETOUR_COUNT];	/* those that did, though there is a shortcut */
	uint64_t sampled[STF_REASON_COUNT];	/* when a drop was left to user space, ns */
};

#endif
