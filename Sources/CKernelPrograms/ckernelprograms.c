/* SPDX-License-Identifier: BSD-2-Clause */
#include "CKernelPrograms.h"

#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

const char *ckernel_reason_name(uint32_t reason)
{
#define NAME(name, word, text) word,
	static const char *const names[] = { NODE_REASONS(NAME) };
#undef NAME
	return reason < NODE_REASON_COUNT ? names[reason] : "";
}

const char *ckernel_reason_text(uint32_t reason)
{
#define TEXT(name, word, text) text,
	static const char *const texts[] = { NODE_REASONS(TEXT) };
#undef TEXT
	return reason < NODE_REASON_COUNT ? texts[reason] : "";
}

const char *ckernel_faith_reason_name(uint32_t reason)
{
#define NAME(name, word, text) word,
	static const char *const names[] = { FAITH_REASONS(NAME) };
#undef NAME
	return reason < FAITH_REASON_COUNT ? names[reason] : "";
}

const char *ckernel_faith_reason_text(uint32_t reason)
{
#define TEXT(name, word, text) text,
	static const char *const texts[] = { FAITH_REASONS(TEXT) };
#undef TEXT
	return reason < FAITH_REASON_COUNT ? texts[reason] : "";
}

/* The part of union bpf_attr that BPF_LINK_CREATE reads for netfilter. */
struct link_create {
	uint32_t program;
	uint32_t target;
	uint32_t attach_type;
	uint32_t flags;
	uint32_t family;
	uint32_t hook;
	int32_t priority;
	uint32_t netfilter_flags;
};

int ckernel_attach(int program, enum ckernel_hook hook, int priority)
{
	struct link_create attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.program = (uint32_t)program;
	attributes.attach_type = CKERNEL_ATTACH_NETFILTER;
	attributes.family = 10; /* NFPROTO_IPV6 */
	attributes.hook = hook;
	attributes.priority = priority;
	/* The kernel makes the descriptor close-on-exec. */
	return (int)syscall(SYS_bpf, BPF_LINK_CREATE, &attributes, sizeof(attributes));
}

bool ckernel_is_capable(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	uint64_t has, both = 1ull << CAP_BPF | 1ull << CAP_PERFMON;

	if (syscall(SYS_capget, &header, data) != 0)
		return false;
	has = (uint64_t)data[1].effective << 32 | data[0].effective;
	return has >> CAP_NET_ADMIN & 1 && ((has & both) == both || has >> CAP_SYS_ADMIN & 1);
}

void ckernel_silence(void)
{
	libbpf_set_print(NULL);
}
