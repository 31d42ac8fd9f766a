/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What bpf/faith.bpf.c, bpf/silence.bpf.c and FaithCapture.swift say to each other: the one declaration of every
 * value, map and reason. Addresses are in network order, all else in host order. Read by two compilers: only types of
 * fixed width.
 */
#ifndef HYDRANGEA_FAITH_H
#define HYDRANGEA_FAITH_H

#include <stdint.h>

#include "node.h"

/*
 * Why something for a captured address was refused, X(name, "name for people", "words for people").
 * The first three are answered by the kernel (a reset, or ICMPv6 port unreachable), NOT_TCP by user space.
 */
#define FAITH_REASONS(X) \
	X(NO_RELAY, "no-relay", "nobody relays this TCP port of the prefix") \
	X(NO_LISTENER, "no-listener", "the relay of this prefix does not listen") \
	X(UDP, "udp", "UDP is not relayed") \
	X(ICMPV6, "icmpv6", "ICMPv6 that is no error of a connection, or is in fragments") \
	X(NOT_TCP, "not-tcp", "neither TCP nor UDP nor ICMPv6") \
	X(HIDDEN, "hidden", "the headers do not show what they carry")

#define FAITH_REASON_VALUE(name, word, text) FAITH_##name,
enum faith_reason { FAITH_REASONS(FAITH_REASON_VALUE) FAITH_REASON_COUNT };
#undef FAITH_REASON_VALUE

enum {
	/* Relays that capture, each with one listening socket. A prefix of slot FAITH_SLOTS is not captured. */
	FAITH_SLOTS = 64,
	/* Prefixes that may be captured: all of the Internet's, several times. Beside them there is room for the node's own. */
	FAITH_PREFIXES_MAX = 1 << 20,
	FAITH_ADDRESSES_MAX = 1 << 16,
	FAITH_PINHOLES_MAX = 1 << 16,
	FAITH_PORT_WORDS = 1024,
	/* Bytes of a packet that its sender is shown again: what an ICMPv6 error of 1280 bytes has room for (RFC 4443 §2.4). */
	FAITH_QUOTE_MAX = 1232,
	FAITH_UNTOLD_SIZE = 65536,
};

/* Names of maps and programs, as libbpf finds them. The kernel cuts them to 15 bytes. */
#define FAITH_STATE_MAP "faith_state"
#define FAITH_PREFIXES_MAP "faith_prefixes"
#define FAITH_LISTENERS_MAP "faith_listeners"
#define FAITH_PORTS_MAP "faith_ports"
#define FAITH_PINHOLES_MAP "faith_pinholes"
#define FAITH_COUNTERS_MAP "faith_counters"
#define FAITH_UNTOLD_MAP "faith_untold"
#define FAITH_LOOKUP_PROGRAM "faith_lookup"
#define FAITH_LOCAL_IN_PROGRAM "faith_local_in"

/* Is anything captured at all? */
struct faith_state {
	uint32_t is_capturing;
};

/* A key of a trie: `length` bits of the address count. */
struct faith_prefix {
	uint32_t length;
	struct node_address address;
};
_Static_assert(sizeof(struct faith_prefix) == 20, "no padding: it is compared");

/* The TCP ports that are relayed: bit p % 64 of word p / 64. */
struct faith_ports {
	uint64_t words[FAITH_PORT_WORDS];
};

/* A listening socket that is bound to exactly this is found as if nothing were captured. */
struct faith_pinhole {
	struct node_address address;
	uint32_t port;
};
_Static_assert(sizeof(struct faith_pinhole) == 20, "no padding: it is hashed");

/* A packet that was dropped, and whose sender user space should tell: the first `length` of its bytes. */
struct faith_untold {
	uint32_t slot;
	uint32_t length;
	uint8_t bytes[FAITH_QUOTE_MAX];
};
_Static_assert(sizeof(struct faith_untold) == 1240, "no padding: all of it goes to user space");

/* Of one slot and one CPU. Packets and bytes are those that came to local delivery, as the kernel merged them. */
struct faith_counters {
	uint64_t packets;
	uint64_t bytes;
	uint64_t refused[FAITH_REASON_COUNT];
};
_Static_assert(sizeof(struct faith_counters) == 64, "no padding: user space writes all of it");

#endif
