/* SPDX-License-Identifier: BSD-2-Clause */
/* libmnl, and the kernel's own rtnetlink message layouts. */
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/pkt_cls.h>
#include <linux/rtnetlink.h>
