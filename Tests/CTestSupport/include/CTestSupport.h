/* SPDX-License-Identifier: BSD-2-Clause */
/* What tests do to the calling thread, or in its network namespace, and Swift cannot import. -1 and errno if it fails. */
#ifndef CTESTSUPPORT_H
#define CTESTSUPPORT_H

#include <stdint.h>

/* setns(2) of a network namespace. */
int ctest_enter_network(int fd);

/* unshare(2) of the network: an empty namespace that goes with its last thread and socket. */
int ctest_leave_network(void);

/* system(3): unlike Foundation's Process it starts the command in the calling thread's namespace and waits there. */
int ctest_run(const char *line);

/* capget(2), capset(2): the effective capabilities 0...63, a bit for each. */
int ctest_get_capabilities(uint64_t *effective);
int ctest_set_capabilities(uint64_t effective);

/*
 * A packet(7) socket on a device of the thread's network namespace. It sends and receives whole frames, but not those
 * that the namespace itself sends.
 */
int ctest_open_wire(const char *device);

#endif
