/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Swift cannot import from glibc and the kernel's headers: ioctl(2) requests, cmsg(3) macros, GNU extensions.
 * Functions return -1 and set errno, as the calls they stand for do.
 */
#ifndef CLINUX_H
#define CLINUX_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "CLinuxFrames.h"

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

/* The same for one that is there and that nobody has open; EBUSY if somebody has. If there is none, it makes one. */
int clinux_tun_attach(int fd, const char *name);

/* TUNSETPERSIST: whether the device outlives those who have it open. */
int clinux_tun_persist(int fd, int is_persistent);

/* statfs(2): 1 if the file is on a BPF file system, 0 if not. */
int clinux_is_bpf_file_system(const char *path);

/* TUNGETIFF: the present name of the device, and whether it is as clinux_tun_create makes it; EBADFD if it was deleted. */
int clinux_tun_name(int fd, char name[16], int *is_ours);

/* TUNSETOFFLOAD: the kernel may hand over TCP/IPv6 super-packets and unfinished checksums. */
int clinux_tun_offload(int fd);

/* recvmmsg(2): at most one packet in each slot; lengths[i] and the index of the receiving interface come back. */
int clinux_receive(int fd, struct iovec *slots, unsigned count, uint32_t *lengths, uint32_t *interfaces);

/* sendmmsg(2) of IPv4 packets with their headers, two parts each; the destination is read from the header. */
int clinux_send(int fd, struct iovec *parts, unsigned count);

/* The same, with a route from the source in the header, whatever the socket is bound to. */
int clinux_send_from(int fd, struct iovec *parts, unsigned count);

/*
 * SO_TIMESTAMPING: what the socket sends comes back as the device is given it, after all that has changed it, and with its
 * index. Then recvmsg(2) of the beginning of one such frame, which the device's own header is in front of.
 */
int clinux_echo(int fd);
ssize_t clinux_receive_echo(int fd, void *frame, size_t size, uint32_t *interface);

/* sendmsg(2) of one such packet on a socket without IP_HDRINCL, so that the kernel may fragment it. */
int clinux_send_fragmentable(int fd, const struct iovec *parts);

/* accept4(2) with SOCK_CLOEXEC and SOCK_NONBLOCK. */
int clinux_accept(int fd);

/* pthread_setname_np(3); what is longer than 15 bytes is cut. */
void clinux_name_thread(pthread_t thread, const char *name);

/* Processors that this process may run on. */
int clinux_usable_cores(void);

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
    CLINUX_REUSE_ADDRESS,
    CLINUX_IPV6_ONLY,
    CLINUX_NO_DELAY,
    /* Of what is sent: SO_MARK. */
    CLINUX_MARK,
    /* Seconds until the first keepalive probe; 0 sends none. */
    CLINUX_KEEPALIVE,
    /* Milliseconds that data may stay unacknowledged; 0 is what net.ipv4.tcp_retries2 gives. */
    CLINUX_USER_TIMEOUT,
    /* A port is chosen when connecting, where it need only be free for that destination. */
    CLINUX_BIND_WITHOUT_PORT,
    /* close(2) sends RST. */
    CLINUX_RESET_ON_CLOSE,
    /* Urgent data stays in the stream. */
    CLINUX_URGENT_INLINE,
};
int clinux_set_option(int fd, enum clinux_option option, int value);

/* ICMP_FILTER: of ICMPv4 messages, only errors about packets that were sent. */
int clinux_receive_errors(int fd);

/* An end of a TCP connection; over IPv4, the address is a mapped one (RFC 4291 2.5.5.2). The port is in host order. */
struct clinux_endpoint6 {
    uint8_t address[16];
    uint16_t port;
};

/* sendto(2) on a raw socket; the port of `to` is 0. */
ssize_t clinux_send_packet6(int fd, const void *packet, size_t length, const struct clinux_endpoint6 *to);

/* accept4(2) as above, with the peer's name; getsockname(2). */
int clinux_accept_from(int fd, struct clinux_endpoint6 *peer);
int clinux_local_name(int fd, struct clinux_endpoint6 *name);

/* socket(2), close-on-exec and non-blocking, for TCP over `family`. */
int clinux_tcp_socket(int family);

/* bind(2) to an address and port; connect(2) to one, where "in progress" is success. Host order. */
int clinux_bind4(int fd, uint32_t address, uint16_t port);
int clinux_bind6(int fd, const struct clinux_endpoint6 *name);
int clinux_connect4(int fd, uint32_t address, uint16_t port);
int clinux_connect6(int fd, const struct clinux_endpoint6 *name);

/* getsockopt(2) SO_ERROR. */
int clinux_socket_error(int fd, int *error);

/* pipe2(2), close-on-exec and non-blocking, holding up to `size` bytes, or as many as the kernel permits. */
int clinux_pipe(int ends[2], int size);

/* FIONREAD: bytes that can be read now. */
int clinux_waiting_bytes(int fd, int *count);

/*
 * SIOCETHTOOL: which features of the device take VLAN tags off frames that come in, as bits of the kernel's own, and which
 * of them are on. 0, or -1 and errno.
 */
int clinux_tag_stripping(const char *device, uint64_t *features, uint64_t *active);

/* splice(2) without waiting. */
ssize_t clinux_splice(int from, int to, size_t count);

/*
 * Starts a program with `io` for its standard input, output and error, which then may wait, and no other descriptor; in a
 * session of its own, in /, with limits and signals as a program expects them and PATH for its environment. It is killed
 * when the calling thread ends. Returns 0, or -1 and errno.
 */
int clinux_spawn(const char *path, char *const arguments[], int io, pid_t *process);

/*
 * sendmsg(2) and recvmsg(2) on a Unix socket, with one descriptor: SCM_RIGHTS. What comes is close-on-exec, -1 if nothing
 * does; of several, the others are closed.
 */
ssize_t clinux_send_with(int fd, const void *bytes, size_t size, int passed);
ssize_t clinux_receive_with(int fd, void *bytes, size_t size, int *passed);

/* pidfd_open(2): readable when the process has ended. */
int clinux_watch_process(pid_t process);

/* IPV6_JOIN_ANYCAST, for the life of the socket. */
int clinux_join_anycast(int fd, const uint8_t address[16], unsigned interface_index);

/* unshare(2) of the network: the calling thread is alone in a new namespace. */
int clinux_leave_network(void);

/* SIOCBRADDBR: makes a bridge without ports. */
int clinux_add_bridge(const char *name);

/* A timerfd(2), and when it is readable: so long from now, 0 never. */
int clinux_timer(void);
int clinux_set_timer(int timer, int64_t nanoseconds);

#endif
