/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * Which addresses stf(4) carries nothing from or to, and how IPv6 and IPv4 addresses belong together: IPv4Rule, IPv6Rule
 * and TunnelDomain in Swift. IPv4 addresses are in network order, halves of IPv6 addresses in host order.
 */
#ifndef HYDRANGEA_STF_RULES_H
#define HYDRANGEA_STF_RULES_H

#include "stf_maps.h"

#define NO_RULE (-1)

#define STF_RULE_VALUE(name, word, text, prefix) prefix##name,
enum stf_ipv4_rule { STF_IPV4_RULES(STF_RULE_VALUE, IPV4_) };
enum stf_ipv6_rule { STF_IPV6_RULES(STF_RULE_VALUE, IPV6_) };
#undef STF_RULE_VALUE

struct halves {
	__u64 high;
	__u64 low;
};

static __always_inline struct halves halves_of(const struct node_address *address)
{
	/* In a packet's copy they are not where a word of 64 bits may be. */
	const __u32 *word = (const __u32 *)address;

	return (struct halves){
		(__u64)bpf_ntohl(word[0]) << 32 | bpf_ntohl(word[1]), (__u64)bpf_ntohl(word[2]) << 32 | bpf_ntohl(word[3]),
	};
}

/* The rule that an address breaks wherever this host is, or NO_RULE. */
static __always_inline int ipv4_rule(const struct stf_config *config, __be32 address)
{
	__u32 bits = bpf_ntohl(address);
	__u8 first = bits >> 24;

	if (first == 0)
		return IPV4_THIS_NETWORK;
	if (first == 127)
		return IPV4_LOOPBACK;
	if (first >= 224 && first <= 239)
		return IPV4_MULTICAST;
	if (first == 255)
		return IPV4_LIMITED_BROADCAST;
	if (first >= 240)
		return config->permit_reserved ? NO_RULE : IPV4_RESERVED;
	if (bits >> 16 == 0xa9fe)
		return config->permit_link_local ? NO_RULE : IPV4_LINK_LOCAL;
	if (first == 10 || bits >> 20 == 0xac1 || bits >> 16 == 0xc0a8)
		return config->permit_private ? NO_RULE : IPV4_PRIVATE;
	if (bits >> 22 == 0x191)
		return config->permit_shared ? NO_RULE : IPV4_SHARED;
	return NO_RULE;
}

/* The same, with what is a broadcast address here. */
static __always_inline int broken_ipv4(const struct stf_config *config, __be32 address)
{
	int rule = ipv4_rule(config, address);

	if (rule != NO_RULE)
		return rule;
	return bpf_map_lookup_elem(&stf_broadcasts, &address) ? IPV4_SUBNET_BROADCAST : NO_RULE;
}

static __always_inline int broken_ipv6(struct halves address)
{
	if (address.high == 0) {
		if (address.low == 0)
			return IPV6_UNSPECIFIED;
		if (address.low == 1)
			return IPV6_LOOPBACK;
		if (address.low >> 32 == 0xffff)
			return IPV6_MAPPED;
		return address.low >> 32 == 0 ? IPV6_COMPATIBLE : NO_RULE;
	}
	if (address.high >> 54 == 0x3fa)
		return IPV6_LINK_LOCAL;
	if (address.high >> 54 == 0x3fb)
		return IPV6_SITE_LOCAL;
	return address.high >> 56 == 0xff ? IPV6_MULTICAST : NO_RULE;
}

/* The first `length` bits of an address; a shift by 64 is none in C. */
static __always_inline bool is_within(struct halves address, struct halves prefix, __u8 length)
{
	__u64 high = address.high ^ prefix.high, low = address.low ^ prefix.low;

	if (length == 0)
		return true;
	if (length <= 64)
		return high >> (64 - length) == 0;
	return high == 0 && low >> (128 - (length > 128 ? 128 : length)) == 0;
}

/* 2002:c000:201::1 embeds 192.0.2.1, whatever the domain. */
static __always_inline bool embeds_6to4(struct halves address, __be32 *embedded)
{
	*embedded = bpf_htonl(address.high >> 16);
	return address.high >> 48 == 0x2002;
}

/* The IPv4 address of the site that an address of the domain belongs to. False: it is not of the domain. */
static __always_inline bool embeds(const struct stf_config *config, struct halves address, __be32 *embedded)
{
	__u8 bits = 32 - config->common_length, start = config->domain_length;
	__u64 site = 0;

	if (start <= 64 && bits <= 32 && bits > 0 && start < 64)
		site = address.high << start >> (64 - bits);
	*embedded = config->common | bpf_htonl((__u32)site);
	return is_within(address, halves_of(&config->domain), start);
}

/* An address of a 6to4 site, or else of the domain. */
static __always_inline bool embeds_any(const struct stf_config *config, struct halves address, __be32 *embedded)
{
	return embeds_6to4(address, embedded) || embeds(config, address, embedded);
}

static __always_inline bool is_6to4(const struct stf_config *config)
{
	return config->domain_length == 16 && halves_of(&config->domain).high >> 48 == 0x2002;
}

/* ECN, RFC 3168 §5. */
enum {
	ECN_MASK = 3,
	ECN_NOT_CAPABLE = 0,
	ECN_CAPABLE_1 = 1,
	ECN_CAPABLE_0 = 2,
	ECN_CONGESTED = 3,
};

#endif
