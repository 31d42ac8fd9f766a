/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames on the wires of a network namespace, which Swift cannot reach: setns(2) and packet(7). */
#ifndef CWIRE_H
#define CWIRE_H

/*
 * A packet socket on a device of the network namespace with this path, such as /run/netns/a. It sends and receives whole
 * frames, but not those that the device's own namespace sends. -1 and errno as the call that failed.
 */
int cwire_open(const char *netns, const char *device);

#endif
