/* SPDX-License-Identifier: BSD-2-Clause */
#include "CWire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RECEIVE_BUFFER = 8 << 20 };

/* In the namespace that the thread is in. */
static int open_here(const char *device)
{
    struct sockaddr_ll name = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
    int on = 1;
    int size = RECEIVE_BUFFER;

    name.sll_ifindex = (int)if_nametoindex(device);
    if (name.sll_ifindex == 0)
        return -1;
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd == -1)
        return -1;
    if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) == 0 &&
        bind(fd, (struct sockaddr *)&name, sizeof(name)) == 0)
        return fd;
    int failure = errno;
    close(fd);
    errno = failure;
    return -1;
}

int cwire_open(const char *netns, const char *device)
{
    int fd = -1;
    int here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    int there = open(netns, O_RDONLY | O_CLOEXEC);

    if (here != -1 && there != -1 && setns(there, CLONE_NEWNET) == 0) {
        fd = open_here(device);
        int failure = errno;
        /* A thread that stayed there would carry other tests along. */
        if (setns(here, CLONE_NEWNET) == -1)
            abort();
        errno = failure;
    }
    int failure = errno;
    if (here != -1)
        close(here);
    if (there != -1)
        close(there);
    errno = failure;
    return fd;
}
