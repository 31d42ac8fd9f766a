/* SPDX-License-Identifier: BSD-2-Clause */
/* libbpf: loads BPF objects, and wraps bpf(2) for maps. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
