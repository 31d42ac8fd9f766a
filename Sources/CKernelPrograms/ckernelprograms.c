/* SPDX-License-Identifier: BSD-2-Clause */
#include "CKernelPrograms.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Lists of reasons have rows of 3, 4 or 5; the name for scripts and the words for people are the last two. */
#define WORD_3(name, word, text) word,
#define TEXT_3(name, word, text) text,
#define WORD_4(name, direction, word, text) word,
#define TEXT_4(name, direction, word, text) text,
#define WORD_5(name, direction, told, word, text) word,
#define TEXT_5(name, direction, told, word, text) text,

/* The functions that give both texts of the reasons of a list. */
#define TEXTS(list, REASONS, columns) \
	const char *ckernel_##list##_name(uint32_t reason) \
	{ \
		static const char *const names[] = { REASONS(WORD_##columns) }; \
		return reason < sizeof(names) / sizeof(*names) ? names[reason] : ""; \
	} \
	const char *ckernel_##list##_text(uint32_t reason) \
	{ \
		static const char *const texts[] = { REASONS(TEXT_##columns) }; \
		return reason < sizeof(texts) / sizeof(*texts) ? texts[reason] : ""; \
	}

TEXTS(node_reason, NODE_REASONS, 3)
TEXTS(faith_reason, FAITH_REASONS, 3)
TEXTS(stf_reason, STF_REASONS, 5)
TEXTS(stf_left, STF_LEFT, 4)
TEXTS(stf_detour, STF_DETOURS, 3)

const char *ckernel_ask_text(uint32_t reason)
{
#define TEXT(name, text) [ASK_##name] = text,
	static const char *const texts[] = { ASK_REASONS(TEXT) ASK_CLOSED_REASONS(TEXT) };
#undef TEXT
	return reason < ASK_REASON_COUNT ? texts[reason] : "";
}

const char *ckernel_ask_field(uint32_t number)
{
#define FIELD(type, field) #type "." #field,
	static const char *const fields[] = { ASK_FIELDS(FIELD) ASK_TCX_FIELDS(FIELD) ASK_CLSACT_FIELDS(FIELD) };
#undef FIELD
	return number < ASK_FIELD_COUNT ? fields[number] : "";
}

enum stf_direction ckernel_stf_left_direction(uint32_t left)
{
#define DIRECTION(name, direction, word, text) STF_##direction,
	static const uint8_t directions[] = { STF_LEFT(DIRECTION) };
#undef DIRECTION
	return left < STF_LEFT_COUNT ? directions[left] : STF_INPUT;
}

enum stf_direction ckernel_stf_reason_direction(uint32_t reason)
{
#define DIRECTION(name, direction, told, word, text) STF_##direction,
	static const uint8_t directions[] = { STF_REASONS(DIRECTION) };
#undef DIRECTION
	return reason < STF_REASON_COUNT ? directions[reason] : STF_INPUT;
}

int ckernel_stf_reason_told(uint32_t reason)
{
#define TOLD(name, direction, told, word, text) STF_TELLS_##told,
	static const int8_t tells[] = { STF_REASONS(TOLD) };
#undef TOLD
	return reason < STF_REASON_COUNT ? tells[reason] : STF_TELLS_NOTHING;
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

/* What Linux 6.6 tells of a link at a device. */
struct link_info {
	uint32_t type;
	uint32_t identifier;
	uint32_t program;
	uint32_t unused;
	uint32_t device;
	uint32_t hook;
};

enum {
	LINK_TYPE_XDP = 6,
	LINK_TYPE_TCX = 11,
};

/* Links, programs and maps are told apart by the name of the open file: "anon_inode:bpf-link", "anon_inode:bpf-prog". */
static bool is_called(int number, const char *kind, const char *older)
{
	char path[32], target[64];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", number);
	length = readlink(path, target, sizeof(target) - 1);
	if (length < 0)
		return false;
	target[length] = 0;
	return strstr(target, kind) != NULL || strstr(target, older) != NULL;
}

int ckernel_link_place(int link, uint32_t *device, uint32_t *hook)
{
	struct link_info info;
	uint32_t size = sizeof(info);

	memset(&info, 0, sizeof(info));
	if (!is_called(link, "bpf-link", "bpf_link") || bpf_obj_get_info_by_fd(link, &info, &size) != 0
	    || (info.type != LINK_TYPE_TCX && info.type != LINK_TYPE_XDP))
		return -1;
	*device = info.device;
	*hook = info.type == LINK_TYPE_TCX ? info.hook : BPF_XDP;
	return 0;
}

uint32_t ckernel_program_identifier(int program)
{
	struct bpf_prog_info info;
	uint32_t size = sizeof(info);

	memset(&info, 0, sizeof(info));
	if (!is_called(program, "bpf-prog", "bpf_prog") || bpf_obj_get_info_by_fd(program, &info, &size) != 0)
		return 0;
	return info.id;
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
