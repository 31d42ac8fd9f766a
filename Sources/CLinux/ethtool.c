/* SPDX-License-Identifier: BSD-2-Clause */
#include "CLinux.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* More than the kernel has features. */
enum { MAX_FEATURES = 128 };

/* Room for what is asked and answered: the structures end with as many elements as they say. */
union question {
    struct ethtool_gfeatures features;
    struct ethtool_gstrings names;
    struct ethtool_sset_info set;
    unsigned char room[sizeof(struct ethtool_gstrings) + MAX_FEATURES * ETH_GSTRING_LEN];
};

static int ask(int fd, const char *device, void *question)
{
    struct ifreq request;

    memset(&request, 0, sizeof(request));
    strncpy(request.ifr_name, device, sizeof(request.ifr_name) - 1);
    request.ifr_data = question;
    return ioctl(fd, SIOCETHTOOL, &request);
}

/* Which features take tags off, by their places in the list of names: these are their bits in the kernel. */
static int find_stripping(int fd, const char *device, union question *question, uint32_t *count, uint64_t *features)
{
    memset(question, 0, sizeof(*question));
    question->set.cmd = ETHTOOL_GSSET_INFO;
    question->set.sset_mask = 1ull << ETH_SS_FEATURES;
    if (ask(fd, device, question) == -1)
        return -1;
    *count = question->set.data[0];
    if (*count > MAX_FEATURES) {
        errno = EOVERFLOW;
        return -1;
    }
    memset(question, 0, sizeof(*question));
    question->names.cmd = ETHTOOL_GSTRINGS;
    question->names.string_set = ETH_SS_FEATURES;
    question->names.len = *count;
    if (ask(fd, device, question) == -1)
        return -1;
    *features = 0;
    for (uint32_t place = 0; place < *count && place < 64; place++) {
        const char *name = (const char *)question->names.data + place * ETH_GSTRING_LEN;

        if (!strncmp(name, "rx-vlan-hw-parse", ETH_GSTRING_LEN)
            || !strncmp(name, "rx-vlan-stag-hw-parse", ETH_GSTRING_LEN))
            *features |= 1ull << place;
    }
    return 0;
}

int clinux_tag_stripping(const char *device, uint64_t *features, uint64_t *active)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), status, saved;
    union question question;
    uint32_t count = 0;

    if (fd == -1)
        return -1;
    status = find_stripping(fd, device, &question, &count, features);
    if (status == 0) {
        memset(&question, 0, sizeof(question));
        question.features.cmd = ETHTOOL_GFEATURES;
        question.features.size = (count + 31) / 32;
        status = ask(fd, device, &question);
        *active = 0;
        for (uint32_t block = 0; block < 2 && block < question.features.size; block++)
            *active |= (uint64_t)question.features.features[block].active << 32 * block;
        *active &= *features;
    }
    saved = errno;
    close(fd);
    errno = saved;
    return status;
}
