/* SPDX-License-Identifier: BSD-2-Clause */
/* Ethernet frames: TAP devices and packet sockets. As in CLinux.h, functions return -1 and set errno. */
#ifndef CLINUX_FRAMES_H
#define CLINUX_FRAMES_H

#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

/* TUNSETIFF: makes a new TAP device with vnet headers; EBUSY if the name is taken. TUNGETIFF, as clinux_tun_name. */
int clinux_tap_create(int fd, const char *name);
int clinux_tap_name(int fd, char name[16], int *is_ours);

/* TUNSETOFFLOAD: whether the kernel may hand over gathered frames of TCP and unfinished checksums. */
int clinux_tap_offload(int fd, int is_on);

/* TUNSETCARRIER. */
int clinux_tap_carrier(int fd, int is_on);

/* SIOCSIFHWADDR and SIOCGIFHWADDR of the device. */
int clinux_tap_set_address(int fd, const uint8_t address[6]);
int clinux_tap_address(int fd, uint8_t address[6]);

/* A packet socket that hears nothing until it is bound. */
int clinux_frame_socket(void);

/* struct sock_filter of linux/filter.h. */
struct clinux_instruction {
    uint16_t code;
    uint8_t jump_true;
    uint8_t jump_false;
    uint32_t k;
};

/* SO_ATTACH_FILTER. */
int clinux_frame_filter(int fd, const struct clinux_instruction *program, unsigned count);

/* PACKET_VNET_HDR, PACKET_AUXDATA, SO_TIMESTAMPNS, and buffers of `size` bytes, or as many as the kernel permits. */
int clinux_frame_prepare(int fd, int size);

/* PACKET_IGNORE_OUTGOING. */
int clinux_frame_ignore_outgoing(int fd, int is_on);

/* PACKET_ADD_MEMBERSHIP and PACKET_DROP_MEMBERSHIP: all frames, or those to all groups. */
int clinux_frame_join(int fd, int index, int is_promiscuous, int is_on);

/* Hears everything on an interface from now on; and the ARPHRD_ number of that. */
int clinux_frame_bind(int fd, int index);
int clinux_frame_link_type(int fd);

struct clinux_frame_info {
    uint32_t length;
    /* PACKET_OUTGOING. */
    uint8_t is_outgoing;
    uint8_t has_tag;
    uint16_t tag_protocol;
    uint16_t tag_control;
    /* Nanoseconds since 1970; 0 is not known. */
    uint64_t stamp;
};

/* recvmmsg(2): at most one frame, behind its vnet header, in each slot. */
int clinux_frame_receive(int fd, struct iovec *slots, unsigned count, struct clinux_frame_info *infos);

/* sendmmsg(2): each frame in two parts, the vnet header first. */
int clinux_frame_send(int fd, struct iovec *parts, unsigned count);

/* PACKET_STATISTICS: frames that found no room, since it was asked before. */
int clinux_frame_drops(int fd, uint32_t *drops);

/* TCP_NOTSENT_LOWAT and SO_SNDBUF: so many bytes are kept that are not sent yet. */
int clinux_stream_limit(int fd, int unsent);

/* O_NONBLOCK. */
int clinux_never_wait(int fd);

/* What netdevice(7) tells of an interface; an IPv4 address of 0 is none. Numbers are in host order. */
struct clinux_link {
    uint32_t index;
    uint8_t address[6];
    int mtu;
    uint32_t ipv4;
    uint32_t mask;
    int is_running;
};
int clinux_link_state(const char *name, struct clinux_link *link);
int clinux_link_set_mtu(const char *name, int mtu);
int clinux_link_set_ipv4(const char *name, uint32_t address, uint32_t mask);
int clinux_link_up(const char *name);

/* getpeername(2), as clinux_local_name. */
struct clinux_endpoint6;
int clinux_peer_name(int fd, struct clinux_endpoint6 *name);

#endif
