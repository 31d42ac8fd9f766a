/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "CLinux.h"

/* What a process has to begin with (INIT_RLIMITS in Linux), where whoever started this one may have said otherwise. */
static const struct {
    int resource;
    rlim_t soft;
} limits[] = {
    { RLIMIT_CPU, RLIM_INFINITY },
    { RLIMIT_FSIZE, RLIM_INFINITY },
    { RLIMIT_DATA, RLIM_INFINITY },
    { RLIMIT_STACK, 8 << 20 },
    { RLIMIT_CORE, 0 },
    { RLIMIT_AS, RLIM_INFINITY },
    { RLIMIT_NOFILE, 1024 },
};

static void reset_limits(void)
{
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        struct rlimit limit;

        if (getrlimit(limits[i].resource, &limit) == -1)
            continue;
        limit.rlim_cur = limits[i].soft < limit.rlim_max ? limits[i].soft : limit.rlim_max;
        (void)setrlimit(limits[i].resource, &limit);
    }
}

static void reset_signals(void)
{
    struct sigaction standard = { .sa_handler = SIG_DFL };
    sigset_t none;

    for (int number = 1; number < _NSIG; number++)
        (void)sigaction(number, &standard, NULL);
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * Between vfork(2) and execve(2), in the memory of the parent, of which one thread waits: system calls only. Returns the
 * errno.
 */
static int become(const char *path, char *const arguments[], char *const environment[], int io, pid_t parent)
{
    if (setsid() == -1)
        return errno;
    /* What is one of these already would be closed by execve(2). */
    if (io <= 2 && (io = fcntl(io, F_DUPFD, 3)) == -1)
        return errno;
    for (int fd = 0; fd <= 2; fd++)
        if (dup2(io, fd) == -1)
            return errno;
    if (close_range(3, ~0U, 0) == -1 || chdir("/") == -1)
        return errno;
    (void)umask(022);
    reset_limits();
    /* Sent at the end of the thread that is the parent. It may have come before this. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
        return errno;
    if (getppid() != parent)
        return ESRCH;
    reset_signals();
    (void)execve(path, arguments, environment);
    return errno;
}

int clinux_spawn(const char *path, char *const arguments[], int io, pid_t *process)
{
    char *environment[] = { "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", NULL };
    volatile int error = 0;
    sigset_t all, before;
    pid_t parent = getpid();

    if (fcntl(io, F_SETFL, 0) == -1)
        return -1;
    /* A handler of this process would run in the child. */
    sigfillset(&all);
    int status = pthread_sigmask(SIG_SETMASK, &all, &before);
    if (status != 0) {
        errno = status;
        return -1;
    }
    pid_t child = vfork();
    if (child == 0) {
        error = become(path, arguments, environment, io, parent);
        _exit(127);
    }
    int failure = child == -1 ? errno : error;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failure == 0) {
        *process = child;
        return 0;
    }
    if (child != -1)
        while (waitpid(child, NULL, 0) == -1 && errno == EINTR)
            ;
    errno = failure;
    return -1;
}
