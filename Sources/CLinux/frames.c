/* SPDX-License-Identifier: BSD-2-Clause */
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

_Static_assert(sizeof(struct clinux_instruction) == sizeof(struct sock_filter), "filter instruction layout");

enum { MAX_FRAMES = 64 };

static const short tap_flags = (short)(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR);

int clinux_tap_create(int fd, const char *name)
{
    struct ifreq request;
    memset(&request, 0, sizeof(request));
    strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
    request.ifr_flags = (short)(tap_flags | IFF_TUN_EXCL);
    return ioctl(fd, TUNSETIFF, &request);
}

int clinux_tap_name(int fd, char name[16], int *is_ours)
{
    struct ifreq request;
    memset(&request, 0, sizeof(request));
    if (ioctl(fd, TUNGETIFF, &request) == -1)
        return -1;
    memcpy(name, request.ifr_name, 16);
    *is_ours = (request.ifr_flags & tap_flags) == tap_flags;
    return 0;
}

int clinux_tap_offload(int fd, int is_on)
{
    return ioctl(fd, TUNSETOFFLOAD, is_on ? TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN : 0);
}

int clinux_tap_carrier(int fd, int is_on)
{
    return ioctl(fd, TUNSETCARRIER, &is_on);
}

int clinux_tap_set_address(int fd, const uint8_t address[6])
{
    struct ifreq request;
    memset(&request, 0, sizeof(request));
    request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
    memcpy(request.ifr_hwaddr.sa_data, address, 6);
    return ioctl(fd, SIOCSIFHWADDR, &request);
}

int clinux_tap_address(int fd, uint8_t address[6])
{
    struct ifreq request;
    memset(&request, 0, sizeof(request));
    if (ioctl(fd, SIOCGIFHWADDR, &request) == -1)
        return -1;
    memcpy(address, request.ifr_hwaddr.sa_data, 6);
    return 0;
}

int clinux_frame_socket(void)
{
    return socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

int clinux_frame_filter(int fd, const struct clinux_instruction *program, unsigned count)
{
    struct sock_fprog filter = { .len = (unsigned short)count, .filter = (struct sock_filter *)program };
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter));
}

int clinux_frame_prepare(int fd, int size)
{
    static const int on = 1;
    if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) == -1 ||
        setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) == -1 ||
        setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) == -1)
        return -1;
    /* Beyond net.core.rmem_max only CAP_NET_ADMIN may, and of the initial user namespace. */
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) == -1)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) == -1)
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    return 0;
}

int clinux_frame_ignore_outgoing(int fd, int is_on)
{
    return setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &is_on, sizeof(is_on));
}

int clinux_frame_join(int fd, int index, int is_promiscuous, int is_on)
{
    struct packet_mreq request = { .mr_ifindex = index,
                                   .mr_type = is_promiscuous ? PACKET_MR_PROMISC : PACKET_MR_ALLMULTI };
    return setsockopt(fd, SOL_PACKET, is_on ? PACKET_ADD_MEMBERSHIP : PACKET_DROP_MEMBERSHIP, &request,
                      sizeof(request));
}

int clinux_frame_bind(int fd, int index)
{
    struct sockaddr_ll name = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = index };
    return bind(fd, (struct sockaddr *)&name, sizeof(name));
}

int clinux_frame_link_type(int fd)
{
    struct sockaddr_ll name;
    socklen_t size = sizeof(name);
    if (getsockname(fd, (struct sockaddr *)&name, &size) == -1)
        return -1;
    return name.sll_hatype;
}

static void read_control(struct msghdr *message, struct clinux_frame_info *info)
{
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL; header = CMSG_NXTHDR(message, header)) {
        if (header->cmsg_level == SOL_PACKET && header->cmsg_type == PACKET_AUXDATA) {
            struct tpacket_auxdata data;
            memcpy(&data, CMSG_DATA(header), sizeof(data));
            /* A tag of all zeros is one too. */
            if (data.tp_status & TP_STATUS_VLAN_VALID) {
                info->has_tag = 1;
                info->tag_control = data.tp_vlan_tci;
                info->tag_protocol = data.tp_status & TP_STATUS_VLAN_TPID_VALID ? data.tp_vlan_tpid : ETH_P_8021Q;
            }
        } else if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SO_TIMESTAMPNS) {
            struct timespec time;
            memcpy(&time, CMSG_DATA(header), sizeof(time));
            info->stamp = (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
        }
    }
}

int clinux_frame_receive(int fd, struct iovec *slots, unsigned count, struct clinux_frame_info *infos)
{
    struct mmsghdr messages[MAX_FRAMES];
    struct sockaddr_ll names[MAX_FRAMES];
    union {
        char bytes[CMSG_SPACE(sizeof(struct tpacket_auxdata)) + CMSG_SPACE(sizeof(struct timespec))];
        struct cmsghdr align;
    } control[MAX_FRAMES];

    if (count > MAX_FRAMES)
        count = MAX_FRAMES;
    memset(messages, 0, count * sizeof(messages[0]));
    for (unsigned i = 0; i < count; i++) {
        messages[i].msg_hdr.msg_iov = &slots[i];
        messages[i].msg_hdr.msg_iovlen = 1;
        messages[i].msg_hdr.msg_name = &names[i];
        messages[i].msg_hdr.msg_namelen = sizeof(names[i]);
        messages[i].msg_hdr.msg_control = control[i].bytes;
        messages[i].msg_hdr.msg_controllen = sizeof(control[i].bytes);
    }
    int received = recvmmsg(fd, messages, count, MSG_DONTWAIT, NULL);
    for (int i = 0; i < received; i++) {
        memset(&infos[i], 0, sizeof(infos[i]));
        infos[i].length = messages[i].msg_len;
        infos[i].is_outgoing = names[i].sll_pkttype == PACKET_OUTGOING;
        read_control(&messages[i].msg_hdr, &infos[i]);
    }
    return received;
}

int clinux_frame_send(int fd, struct iovec *parts, unsigned count)
{
    struct mmsghdr messages[MAX_FRAMES];

    if (count > MAX_FRAMES)
        count = MAX_FRAMES;
    memset(messages, 0, count * sizeof(messages[0]));
    for (unsigned i = 0; i < count; i++) {
        messages[i].msg_hdr.msg_iov = &parts[2 * i];
        messages[i].msg_hdr.msg_iovlen = 2;
    }
    return sendmmsg(fd, messages, count, MSG_DONTWAIT);
}

int clinux_frame_drops(int fd, uint32_t *drops)
{
    struct tpacket_stats statistics;
    socklen_t size = sizeof(statistics);
    if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &statistics, &size) == -1)
        return -1;
    *drops = statistics.tp_drops;
    return 0;
}

int clinux_stream_limit(int fd, int unsent)
{
    return setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof(unsent));
}

int clinux_never_wait(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return flags == -1 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

static int request_link(unsigned long number, const char *name, struct ifreq *request)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd == -1)
        return -1;
    strncpy(request->ifr_name, name, sizeof(request->ifr_name) - 1);
    int result = ioctl(fd, number, request);
    int saved = errno;
    close(fd);
    errno = saved;
    return result;
}

int clinux_link_state(const char *name, struct clinux_link *link)
{
    struct ifreq request = { 0 };
    struct sockaddr_in ipv4;
    memset(link, 0, sizeof(*link));
    if (request_link(SIOCGIFINDEX, name, &request) == -1)
        return -1;
    link->index = (uint32_t)request.ifr_ifindex;
    if (request_link(SIOCGIFHWADDR, name, &request) == -1)
        return -1;
    memcpy(link->address, request.ifr_hwaddr.sa_data, 6);
    if (request_link(SIOCGIFMTU, name, &request) == -1)
        return -1;
    link->mtu = request.ifr_mtu;
    if (request_link(SIOCGIFFLAGS, name, &request) == -1)
        return -1;
    link->is_running = (request.ifr_flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING);
    /* There may be none. */
    if (request_link(SIOCGIFADDR, name, &request) == -1)
        return 0;
    memcpy(&ipv4, &request.ifr_addr, sizeof(ipv4));
    link->ipv4 = ntohl(ipv4.sin_addr.s_addr);
    if (request_link(SIOCGIFNETMASK, name, &request) == -1)
        return -1;
    memcpy(&ipv4, &request.ifr_netmask, sizeof(ipv4));
    link->mask = ntohl(ipv4.sin_addr.s_addr);
    return 0;
}

int clinux_link_set_mtu(const char *name, int mtu)
{
    struct ifreq request = { .ifr_mtu = mtu };
    return request_link(SIOCSIFMTU, name, &request);
}

int clinux_link_set_ipv4(const char *name, uint32_t address, uint32_t mask)
{
    struct ifreq request = { 0 };
    struct sockaddr_in ipv4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(address) };
    memcpy(&request.ifr_addr, &ipv4, sizeof(ipv4));
    if (request_link(SIOCSIFADDR, name, &request) == -1)
        return -1;
    ipv4.sin_addr.s_addr = htonl(mask);
    memcpy(&request.ifr_netmask, &ipv4, sizeof(ipv4));
    return request_link(SIOCSIFNETMASK, name, &request);
}

int clinux_link_up(const char *name)
{
    struct ifreq request = { 0 };
    if (request_link(SIOCGIFFLAGS, name, &request) == -1)
        return -1;
    request.ifr_flags = (short)(request.ifr_flags | IFF_UP);
    return request_link(SIOCSIFFLAGS, name, &request);
}
