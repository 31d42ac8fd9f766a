/* SPDX-License-Identifier: BSD-2-Clause */
#include "CKernelPrograms.h"

#include <bpf/libbpf.h>
#include <linux/bpf.h>
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

void ckernel_silence(void)
{
	libbpf_set_print(NULL);
}
