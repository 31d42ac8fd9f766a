/* SPDX-License-Identifier: BSD-2-Clause */
/* Raw IPv4 sockets: packets by the batch, with their headers. */
#include "CLinux.h"

#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

enum { MAX_MESSAGES = 64 };

int clinux_receive(int fd, struct iovec *slots, unsigned count, uint32_t *lengths, uint32_t *interfaces)
{
    struct mmsghdr messages[MAX_MESSAGES];
    union {
        char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
        struct cmsghdr align;
    } control[MAX_MESSAGES];

    if (count > MAX_MESSAGES)
        count = MAX_MESSAGES;
    memset(messages, 0, count * sizeof(messages[0]));
    for (unsigned i = 0; i < count; i++) {
        messages[i].msg_hdr.msg_iov = &slots[i];
        messages[i].msg_hdr.msg_iovlen = 1;
        messages[i].msg_hdr.msg_control = control[i].bytes;
        messages[i].msg_hdr.msg_controllen = sizeof(control[i].bytes);
    }
    int received = recvmmsg(fd, messages, count, MSG_DONTWAIT, NULL);
    for (int i = 0; i < received; i++) {
        lengths[i] = messages[i].msg_len;
        interfaces[i] = 0;
        struct cmsghdr *header = CMSG_FIRSTHDR(&messages[i].msg_hdr);
        if (header != NULL && header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(header), sizeof(info));
            interfaces[i] = (uint32_t)info.ipi_ifindex;
        }
    }
    return received;
}

/* The destination field of the IPv4 header that starts `part`. */
static struct sockaddr_in destination_of(const struct iovec *part)
{
    struct sockaddr_in destination = { .sin_family = AF_INET };
    memcpy(&destination.sin_addr, (const char *)part->iov_base + 16, sizeof(destination.sin_addr));
    return destination;
}

static void put_control(struct msghdr *message, struct cmsghdr *header, int type, const void *value, size_t size)
{
    header->cmsg_level = IPPROTO_IP;
    header->cmsg_type = type;
    header->cmsg_len = CMSG_LEN(size);
    memcpy(CMSG_DATA(header), value, size);
    message->msg_controllen += CMSG_SPACE(size);
}

/* The source field of the IPv4 header that starts `part`, for a route from there. */
static struct in_pktinfo source_of(const struct iovec *part)
{
    struct in_pktinfo info = { 0 };
    memcpy(&info.ipi_spec_dst, (const char *)part->iov_base + 12, sizeof(info.ipi_spec_dst));
    return info;
}

union source_control {
    char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
    struct cmsghdr align;
};

static int send_packets(int fd, struct iovec *parts, unsigned count, union source_control *sources)
{
    struct mmsghdr messages[MAX_MESSAGES];
    struct sockaddr_in destinations[MAX_MESSAGES];

    memset(messages, 0, count * sizeof(messages[0]));
    for (unsigned i = 0; i < count; i++) {
        struct msghdr *message = &messages[i].msg_hdr;
        destinations[i] = destination_of(&parts[2 * i]);
        message->msg_name = &destinations[i];
        message->msg_namelen = sizeof(destinations[i]);
        message->msg_iov = &parts[2 * i];
        message->msg_iovlen = parts[2 * i + 1].iov_len == 0 ? 1 : 2;
        if (sources != NULL) {
            struct in_pktinfo info = source_of(&parts[2 * i]);
            message->msg_control = sources[i].bytes;
            put_control(message, &sources[i].align, IP_PKTINFO, &info, sizeof(info));
        }
    }
    return sendmmsg(fd, messages, count, 0);
}

int clinux_send(int fd, struct iovec *parts, unsigned count)
{
    return send_packets(fd, parts, count < MAX_MESSAGES ? count : MAX_MESSAGES, NULL);
}

int clinux_send_from(int fd, struct iovec *parts, unsigned count)
{
    union source_control sources[MAX_MESSAGES];
    return send_packets(fd, parts, count < MAX_MESSAGES ? count : MAX_MESSAGES, sources);
}

int clinux_echo(int fd)
{
    int flags = SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_CMSG;
    return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(flags));
}

ssize_t clinux_receive_echo(int fd, void *frame, size_t size, uint32_t *interface)
{
    union {
        char bytes[512];
        struct cmsghdr align;
    } control;
    struct iovec part = { .iov_base = frame, .iov_len = size };
    struct msghdr message = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof(control.bytes),
    };
    ssize_t length = recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT);
    *interface = 0;
    if (length < 0)
        return length;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(header), sizeof(info));
            *interface = (uint32_t)info.ipi_ifindex;
        }
    }
    return length;
}

int clinux_send_fragmentable(int fd, const struct iovec *parts)
{
    const uint8_t *header = parts[0].iov_base;
    struct sockaddr_in destination = destination_of(&parts[0]);
    struct in_pktinfo info = source_of(&parts[0]);
    int type_of_service = header[1];
    int time_to_live = header[8];

    struct iovec payload[2] = {
        { .iov_base = (char *)parts[0].iov_base + 20, .iov_len = parts[0].iov_len - 20 },
        parts[1],
    };
    union {
        char bytes[CMSG_SPACE(sizeof(struct in_pktinfo)) + 2 * CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    memset(&control, 0, sizeof(control));
    struct msghdr message = {
        .msg_name = &destination,
        .msg_namelen = sizeof(destination),
        .msg_iov = payload,
        .msg_iovlen = 2,
        .msg_control = control.bytes,
    };
    put_control(&message, (struct cmsghdr *)control.bytes, IP_PKTINFO, &info, sizeof(info));
    put_control(&message, (struct cmsghdr *)(control.bytes + message.msg_controllen), IP_TOS, &type_of_service,
                sizeof(type_of_service));
    put_control(&message, (struct cmsghdr *)(control.bytes + message.msg_controllen), IP_TTL, &time_to_live,
                sizeof(time_to_live));
    return (int)sendmsg(fd, &message, 0);
}
