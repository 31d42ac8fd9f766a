/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What bpf/node.bpf.c and NodeFilter.swift say to each other: the one declaration of every value, map and reason.
 * Addresses are in network order, all else in host order. Read by two compilers: only types of fixed width.
 */
#ifndef HYDRANGEA_NODE_H
#define HYDRANGEA_NODE_H

#include <stdint.h>

/*
 * Why a packet died, X(name, "name for people", "words for people").
 * The last two are notices: the kernel drops such packets, and the program saw it.
 */
#define NODE_REASONS(X) \
	X(SOURCE_IS_OWN, "source-is-own", "the source is an address of this node, which did not send it") \
	X(TOO_MANY_HEADERS, "too-many-headers", "more headers than hdrnestlimit") \
	X(ENDLESS_HEADERS, "endless-headers", "more headers than can be walked") \
	X(NESTED_FRAGMENT, "nested-fragment", "a fragment of a fragment") \
	X(MAXFRAGS, "maxfrags", "as many fragments as may wait are waiting") \
	X(MAXFRAGBUCKETSIZE, "maxfragbucketsize", "as many incomplete packets as one bucket may have") \
	X(MAXFRAGPACKETS, "maxfragpackets", "as many incomplete packets as there may be") \
	X(MAXFRAGSPERPACKET, "maxfragsperpacket", "the packet is in more fragments than one may be") \
	X(FRAGMENT_TABLE_FULL, "fragment-table-full", "no place to count another incomplete packet") \
	X(FRAGMENT_SCATTERED, "fragment-scattered", "the packet has more holes than can be remembered") \
	X(REDIRECT, "redirect", "this node sends no ICMPv6 redirects") \
	X(DEPRECATED_DESTINATION, "deprecated-destination", "a new connection to a deprecated address") \
	X(DEPRECATED_SOURCE, "deprecated-source", "a new connection from a deprecated address") \
	X(UNSPECIFIED_NOT_FORWARDED, "unspecified-not-forwarded", "not forwarded: the source is unspecified") \
	X(SCOPE_NOT_FORWARDED, "scope-not-forwarded", "not forwarded: beyond the scope of the source")

#define NODE_REASON_VALUE(name, word, text) NODE_##name,
enum node_reason { NODE_REASONS(NODE_REASON_VALUE) NODE_REASON_COUNT };
#undef NODE_REASON_VALUE

enum {
	/* Headers of one packet that are walked, a hop-by-hop options header not counted. */
	NODE_WALK_MAX = 128,
	/* Hash buckets of incomplete packets, as in BSD, and the most that one can hold whatever the limits say. */
	NODE_BUCKETS = 1024,
	NODE_BUCKET_MAX = 32,
	/* Ranges that have come of one packet: 64 fragments cannot make more, whatever their order, if all will come. */
	NODE_RANGES_MAX = 32,
	NODE_ADDRESSES_MAX = 65536,
	NODE_EVENTS_SIZE = 65536,
};

/* Names of maps and programs, as libbpf finds them. The kernel cuts them to 15 bytes. */
#define NODE_LIMITS_MAP "node_limits"
#define NODE_ADDRESSES_MAP "node_addresses"
#define NODE_COUNTERS_MAP "node_counters"
#define NODE_STATE_MAP "node_state"
#define NODE_EVENTS_MAP "node_events"
#define NODE_PRE_ROUTING_PROGRAM "node_pre_routing"
#define NODE_LOCAL_IN_PROGRAM "node_local_in"
#define NODE_LOCAL_OUT_PROGRAM "node_local_out"

/* The variables, as BSD has them, and two times. Never changed in place: a new one takes the place of the old. */
struct node_limits {
	int32_t hdrnestlimit;
	int32_t maxfrags;
	int32_t maxfragpackets;
	int32_t maxfragbucketsize;
	int32_t maxfragsperpacket;
	uint32_t fragment_lifetime_ms;
	uint32_t log_interval_ms;
	uint8_t source_address_validation;
	uint8_t redirect;
	uint8_t use_deprecated;
	uint8_t log_cannot_forward;
};
_Static_assert(sizeof(struct node_limits) == 32, "no padding: user space writes all of it");

struct node_address {
	uint8_t bytes[16];
};

/* An address of this node. The interface matters to link-local addresses, and is 0 with all others. */
struct node_address_key {
	struct node_address address;
	uint32_t interface;
};
_Static_assert(sizeof(struct node_address_key) == 20, "no padding: it is hashed");

enum {
	NODE_ADDRESS_DEPRECATED = 1,
};

/* What is so now. User space writes `seed` once, before the programs are attached, and reads the first two. */
struct node_state {
	uint64_t fragments;
	uint64_t queues;
	uint64_t last_event;
	uint64_t unreported;
	uint64_t seed[2];
	uint64_t sweeping;
};
_Static_assert(sizeof(struct node_state) == 56, "no padding: user space writes all of it");

/* A packet that was not forwarded: `reason` is one of the two notices, `unreported` how many before it had no event. */
struct node_event {
	struct node_address source;
	struct node_address destination;
	uint64_t unreported;
	uint32_t interface;
	uint32_t reason;
	uint8_t next_header;
	uint8_t zero[7];
};
_Static_assert(sizeof(struct node_event) == 56, "no padding: all of it goes to user space");

#endif
