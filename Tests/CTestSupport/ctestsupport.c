/* SPDX-License-Identifier: BSD-2-Clause */
#include "CTestSupport.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int ctest_enter_network(int fd)
{
	return setns(fd, CLONE_NEWNET);
}

int ctest_leave_network(void)
{
	return unshare(CLONE_NEWNET);
}

int ctest_run(const char *line)
{
	return system(line);
}

static int get(struct __user_cap_header_struct *header, struct __user_cap_data_struct data[2])
{
	header->version = _LINUX_CAPABILITY_VERSION_3;
	header->pid = 0;
	return (int)syscall(SYS_capget, header, data);
}

int ctest_get_capabilities(uint64_t *effective)
{
	struct __user_cap_header_struct header;
	struct __user_cap_data_struct data[2];

	if (get(&header, data) == -1)
		return -1;
	*effective = (uint64_t)data[1].effective << 32 | data[0].effective;
	return 0;
}

int ctest_set_capabilities(uint64_t effective)
{
	struct __user_cap_header_struct header;
	struct __user_cap_data_struct data[2];

	if (get(&header, data) == -1)
		return -1;
	data[0].effective = (uint32_t)effective;
	data[1].effective = (uint32_t)(effective >> 32);
	return (int)syscall(SYS_capset, &header, data);
}

int ctest_open_wire(const char *device)
{
	struct sockaddr_ll name = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	int on = 1, size = 8 << 20, fd, failure;

	name.sll_ifindex = (int)if_nametoindex(device);
	if (!name.sll_ifindex)
		return -1;
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) == 0 &&
	    bind(fd, (struct sockaddr *)&name, sizeof(name)) == 0)
		return fd;
	failure = errno;
	close(fd);
	errno = failure;
	return -1;
}
