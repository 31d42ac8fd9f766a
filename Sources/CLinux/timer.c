/* SPDX-License-Identifier: BSD-2-Clause */
#include <sys/timerfd.h>
#include <time.h>

#include "CLinux.h"

int clinux_timer(void)
{
    return timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
}

int clinux_set_timer(int timer, int64_t nanoseconds)
{
    struct itimerspec time = {
        .it_value = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000},
    };

    return timerfd_settime(timer, 0, &time, NULL);
}
