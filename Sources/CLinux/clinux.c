/* SPDX-License-Identifier: BSD-2-Clause */
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/magic.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <linux/virtio_net.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Not in Debian 12's netinet/in.h, but as old as Linux 2.4. */
#ifndef IPV6_JOIN_ANYCAST
#define IPV6_JOIN_ANYCAST 27
#endif

_Static_assert(sizeof(struct clinux_vnet_header) == sizeof(struct virtio_net_hdr), "vnet header layout");
_Static_assert(CLINUX_VNET_NEEDS_CHECKSUM == VIRTIO_NET_HDR_F_NEEDS_CSUM, "vnet header flag");
_Static_assert(CLINUX_VNET_GSO_TCPV6 == VIRTIO_NET_HDR_GSO_TCPV6, "vnet header type");
_Static_assert(CLINUX_VNET_GSO_ECN == VIRTIO_NET_HDR_GSO_ECN, "vnet header type");

/* In linux/icmp.h, which does not go together with netinet/in.h. */
#ifndef ICMP_FILTER
#define ICMP_FILTER 1
#endif

int clinux_tun_create(int fd, const char *name)
{
    struct ifreq request;
    memset(&request, 0, sizeof(request));
    strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
    request.ifr_flags = (short)(IFF_TUN | IFF_NO_PI | IFF_VNET_HDR | IFF_TUN_EXCL);
    return ioctl(fd, TUNSETIFF, &request);
}

int clinux_tun_attach(int fd, const char *name)
{
    struct ifreq request;
    memset(&request, 0, sizeof(request));
    strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
    request.ifr_flags = (short)(IFF_TUN | IFF_NO_PI | IFF_VNET_HDR);
    return ioctl(fd, TUNSETIFF, &request);
}

int clinux_tun_persist(int fd, int is_persistent)
{
    return ioctl(fd, TUNSETPERSIST, (unsigned long)(is_persistent != 0));
}

int clinux_is_bpf_file_system(const char *path)
{
    struct statfs status;
    if (statfs(path, &status) == -1)
        return -1;
    return status.f_type == BPF_FS_MAGIC;
}

int clinux_tun_name(int fd, char name[16], int *is_ours)
{
    struct ifreq request;
    memset(&request, 0, sizeof(request));
    if (ioctl(fd, TUNGETIFF, &request) == -1)
        return -1;
    memcpy(name, request.ifr_name, 16);
    *is_ours = (request.ifr_flags & (IFF_TUN | IFF_NO_PI | IFF_VNET_HDR)) == (IFF_TUN | IFF_NO_PI | IFF_VNET_HDR);
    return 0;
}

int clinux_tun_offload(int fd)
{
    return ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO6 | TUN_F_TSO_ECN);
}

int clinux_accept(int fd)
{
    return accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

void clinux_name_thread(pthread_t thread, const char *name)
{
    char cut[16];
    strncpy(cut, name, sizeof(cut) - 1);
    cut[sizeof(cut) - 1] = '\0';
    pthread_setname_np(thread, cut);
}

int clinux_usable_cores(void)
{
    cpu_set_t set;
    return sched_getaffinity(0, sizeof(set), &set) == -1 ? -1 : CPU_COUNT(&set);
}

int clinux_peer_credentials(int fd, struct clinux_credentials *credentials)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == -1)
        return -1;
    credentials->pid = peer.pid;
    credentials->uid = peer.uid;
    credentials->gid = peer.gid;
    return 0;
}

int clinux_peer_groups(int fd, uint32_t *groups, unsigned capacity)
{
    socklen_t size = capacity * (socklen_t)sizeof(gid_t);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) == -1)
        return -1;
    return (int)(size / sizeof(gid_t));
}

int clinux_queue_drops(int fd, uint32_t *drops)
{
    uint32_t info[SK_MEMINFO_VARS];
    socklen_t size = sizeof(info);
    if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &size) == -1)
        return -1;
    *drops = info[SK_MEMINFO_DROPS];
    return 0;
}

int clinux_set_option(int fd, enum clinux_option option, int value)
{
    switch (option) {
    case CLINUX_HEADER_INCLUDED:
        return setsockopt(fd, IPPROTO_IP, IP_HDRINCL, &value, sizeof(value));
    case CLINUX_FREEBIND:
        return setsockopt(fd, IPPROTO_IP, IP_FREEBIND, &value, sizeof(value));
    case CLINUX_PACKET_INFO:
        return setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &value, sizeof(value));
    case CLINUX_NO_PATH_MTU_DISCOVERY:
        value = IP_PMTUDISC_DONT;
        return setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &value, sizeof(value));
    case CLINUX_RECEIVE_BUFFER:
        /* The forced form passes net.core.rmem_max but needs CAP_NET_ADMIN in the first user namespace. */
        if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &value, sizeof(value)) == 0)
            return 0;
        return setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &value, sizeof(value));
    case CLINUX_SEND_BUFFER:
        if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &value, sizeof(value)) == 0)
            return 0;
        return setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &value, sizeof(value));
    case CLINUX_REUSE_ADDRESS:
        return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &value, sizeof(value));
    case CLINUX_IPV6_ONLY:
        return setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &value, sizeof(value));
    case CLINUX_NO_DELAY:
        return setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, sizeof(value));
    case CLINUX_MARK:
        return setsockopt(fd, SOL_SOCKET, SO_MARK, &value, sizeof(value));
    case CLINUX_KEEPALIVE: {
        int on = value > 0;
        if (setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) == -1)
            return -1;
        return on ? setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &value, sizeof(value)) : 0;
    }
    case CLINUX_USER_TIMEOUT:
        return setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &value, sizeof(value));
    case CLINUX_BIND_WITHOUT_PORT:
        return setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &value, sizeof(value));
    case CLINUX_RESET_ON_CLOSE: {
        struct linger linger = { .l_onoff = value != 0, .l_linger = 0 };
        return setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    }
    case CLINUX_URGENT_INLINE:
        return setsockopt(fd, SOL_SOCKET, SO_OOBINLINE, &value, sizeof(value));
    }
    errno = EINVAL;
    return -1;
}

int clinux_receive_errors(int fd)
{
    uint32_t refused = ~(1u << ICMP_DEST_UNREACH | 1u << ICMP_TIME_EXCEEDED | 1u << ICMP_PARAMETERPROB);
    return setsockopt(fd, SOL_RAW, ICMP_FILTER, &refused, sizeof(refused));
}

int clinux_join_anycast(int fd, const uint8_t address[16], unsigned interface_index)
{
    struct ipv6_mreq request = { .ipv6mr_interface = interface_index };
    memcpy(&request.ipv6mr_multiaddr, address, 16);
    return setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_ANYCAST, &request, sizeof(request));
}

union name {
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
};

static struct clinux_endpoint6 endpoint_of(const union name *name)
{
    struct clinux_endpoint6 endpoint = { .port = ntohs(name->ipv6.sin6_port) };
    if (name->any.sa_family == AF_INET) {
        endpoint.port = ntohs(name->ipv4.sin_port);
        memset(endpoint.address + 10, 0xff, 2);
        memcpy(endpoint.address + 12, &name->ipv4.sin_addr, 4);
    } else {
        memcpy(endpoint.address, &name->ipv6.sin6_addr, sizeof(endpoint.address));
    }
    return endpoint;
}

int clinux_accept_from(int fd, struct clinux_endpoint6 *peer)
{
    union name name = { .ipv6 = { 0 } };
    socklen_t size = sizeof(name);
    int accepted = accept4(fd, &name.any, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (accepted != -1)
        *peer = endpoint_of(&name);
    return accepted;
}

int clinux_local_name(int fd, struct clinux_endpoint6 *name)
{
    union name local = { .ipv6 = { 0 } };
    socklen_t size = sizeof(local);
    if (getsockname(fd, &local.any, &size) == -1)
        return -1;
    *name = endpoint_of(&local);
    return 0;
}

int clinux_peer_name(int fd, struct clinux_endpoint6 *name)
{
    union name peer = { .ipv6 = { 0 } };
    socklen_t size = sizeof(peer);
    if (getpeername(fd, &peer.any, &size) == -1)
        return -1;
    *name = endpoint_of(&peer);
    return 0;
}

int clinux_tcp_socket(int family)
{
    return socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
}

static struct sockaddr_in name4(uint32_t address, uint16_t port)
{
    struct sockaddr_in name = { .sin_family = AF_INET, .sin_port = htons(port) };
    name.sin_addr.s_addr = htonl(address);
    return name;
}

static struct sockaddr_in6 name6(const struct clinux_endpoint6 *endpoint)
{
    struct sockaddr_in6 name = { .sin6_family = AF_INET6, .sin6_port = htons(endpoint->port) };
    memcpy(&name.sin6_addr, endpoint->address, sizeof(name.sin6_addr));
    return name;
}

int clinux_bind4(int fd, uint32_t address, uint16_t port)
{
    struct sockaddr_in local = name4(address, port);
    return bind(fd, (struct sockaddr *)&local, sizeof(local));
}

int clinux_bind6(int fd, const struct clinux_endpoint6 *name)
{
    struct sockaddr_in6 local = name6(name);
    return bind(fd, (struct sockaddr *)&local, sizeof(local));
}

ssize_t clinux_send_packet6(int fd, const void *packet, size_t length, const struct clinux_endpoint6 *to)
{
    struct sockaddr_in6 receiver = name6(to);
    return sendto(fd, packet, length, MSG_NOSIGNAL, (struct sockaddr *)&receiver, sizeof(receiver));
}

static int begun(int status)
{
    return status == -1 && errno == EINPROGRESS ? 0 : status;
}

int clinux_connect4(int fd, uint32_t address, uint16_t port)
{
    struct sockaddr_in server = name4(address, port);
    return begun(connect(fd, (struct sockaddr *)&server, sizeof(server)));
}

int clinux_connect6(int fd, const struct clinux_endpoint6 *name)
{
    struct sockaddr_in6 peer = name6(name);
    return begun(connect(fd, (struct sockaddr *)&peer, sizeof(peer)));
}

int clinux_socket_error(int fd, int *error)
{
    socklen_t size = sizeof(*error);
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, error, &size);
}

int clinux_pipe(int ends[2], int size)
{
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) == -1)
        return -1;
    /* Beyond pipe-user-pages-soft (pipe(7)) it stays as it is, which works too. */
    (void)fcntl(ends[0], F_SETPIPE_SZ, size);
    return 0;
}

int clinux_waiting_bytes(int fd, int *count)
{
    return ioctl(fd, FIONREAD, count);
}

ssize_t clinux_splice(int from, int to, size_t count)
{
    return splice(from, NULL, to, NULL, count, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
}

int clinux_watch_process(pid_t process)
{
    return pidfd_open(process, 0);
}

int clinux_leave_network(void)
{
    return unshare(CLONE_NEWNET);
}

int clinux_add_bridge(const char *name)
{
    int status, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd == -1)
        return -1;
    status = ioctl(fd, SIOCBRADDBR, name);
    close(fd);
    return status;
}
