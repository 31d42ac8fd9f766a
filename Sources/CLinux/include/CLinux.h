/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Swift cannot import from glibc and the kernel's headers: ioctl(2) requests, cmsg(3) macros, GNU extensions.
 * Functions return -1 and set errno, as the calls they stand for do.
 */
#ifndef CLINUX_H
#define CLINUX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/uio.h>

/* Layout of struct virtio_net_hdr, which a TUN device with IFF_VNET_HDR puts before each packet (linux/virtio_net.h). */
struct clinux_vnet_header {
    uint8_t flags;
    uint8_t gso_type;
    uint16_t header_length;
    uint16_t segment_size;
    uint16_t checksum_start;
    uint16_t checksum_offset;
};

enum {
    CLINUX_VNET_NEEDS_CHECKSUM = 1,
    CLINUX_VNET_GSO_NONE = 0,
    CLINUX_VNET_GSO_TCPV6 = 4,
    CLINUX_VNET_GSO_ECN = 0x80,
};

struct clinux_credentials {
    int32_t pid;
    uint32_t uid;
    uint32_t gid;
};

/* TUNSETIFF: makes a new TUN device without packet information and with vnet headers; EBUSY if the name is taken. */
int clinux_tun_create(int fd, const char *name);

/* TUNSETOFFLOAD: the kernel may hand over TCP/IPv6 super-packets and unfinished checksums. */
int clinux_tun_offload(int fd);

/* recvmmsg(2): at most one packet in each slot; lengths[i] and the index of the receiving interface come back. */
int clinux_receive(int fd, struct iovec *slots, unsigned count, uint32_t *lengths, uint32_t *interfaces);

/* sendmmsg(2) of IPv4 packets with their headers, two parts each; the destination is read from the header. */
int clinux_send(int fd, struct iovec *parts, unsigned count);

/* sendmsg(2) of one such packet on a socket without IP_HDRINCL, so that the kernel may fragment it. */
int clinux_send_fragmentable(int fd, const struct iovec *parts);

/* accept4(2) with SOCK_CLOEXEC and SOCK_NONBLOCK. */
int clinux_accept(int fd);

/* pthread_setname_np(3) of the calling thread; what is longer than 15 bytes is cut. */
void clinux_name_thread(const char *name);

/* SO_PEERCRED and SO_PEERGROUPS. The latter returns how many groups there are, at most `capacity` of them stored. */
int clinux_peer_credentials(int fd, struct clinux_credentials *credentials);
int clinux_peer_groups(int fd, uint32_t *groups, unsigned capacity);

/* SO_MEMINFO: packets dropped because the receive queue was full. */
int clinux_queue_drops(int fd, uint32_t *drops);

/* setsockopt(2) for the options below, which take an int. */
enum clinux_option {
    CLINUX_HEADER_INCLUDED,
    CLINUX_FREEBIND,
    CLINUX_PACKET_INFO,
    CLINUX_NO_PATH_MTU_DISCOVERY,
    CLINUX_RECEIVE_BUFFER,
    CLINUX_SEND_BUFFER,
};
int clinux_set_option(int fd, enum clinux_option option, int value);

/* ICMP_FILTER: of ICMPv4 messages, only errors about packets that were sent. */
int clinux_receive_errors(int fd);

/* IPV6_JOIN_ANYCAST, for the life of the socket. */
int clinux_join_anycast(int fd, const uint8_t address[16], unsigned interface_index);

#endif
