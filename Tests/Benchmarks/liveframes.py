# SPDX-License-Identifier: BSD-2-Clause
"""Sends frames through a router at the speed of its CPU: live frames of BPF_PROG_TEST_RUN, redirected into a veth.

    python3 liveframes.py OBJECT GROUP COUNT LASTFLOW FROM DEVICE TO DEVICE FRAME PLACE...

FROM and TO are network namespaces; the devices are the far ends of the router's. FRAME is in hexadecimal. A PLACE is an
offset at which the flow's number is written, or its bits turned after a ~. Prints what each frame cost the cgroup GROUP
and the kernel's own threads for softirqs, in nanoseconds, and what part of the frames arrived.
"""
import ctypes
import glob
import os
import struct
import sys

from measuring import Group

TCX_INGRESS = 46
LIVE_FRAMES = 2
FRAME, PLACES = 96, 4
bpf = ctypes.CDLL("libbpf.so.1", use_errno=True)
libc = ctypes.CDLL(None, use_errno=True)
bpf.bpf_object__open_file.restype = bpf.bpf_object__find_program_by_name.restype = ctypes.c_void_p


class Options(ctypes.Structure):
    """struct bpf_test_run_opts"""
    _fields_ = [("sz", ctypes.c_size_t), ("data_in", ctypes.c_char_p), ("data_out", ctypes.c_void_p),
                ("data_size_in", ctypes.c_uint32), ("data_size_out", ctypes.c_uint32),
                ("ctx_in", ctypes.c_void_p), ("ctx_out", ctypes.c_void_p),
                ("ctx_size_in", ctypes.c_uint32), ("ctx_size_out", ctypes.c_uint32), ("retval", ctypes.c_uint32),
                ("repeat", ctypes.c_int), ("duration", ctypes.c_uint32), ("flags", ctypes.c_uint32),
                ("cpu", ctypes.c_uint32), ("batch_size", ctypes.c_uint32)]


def check(status, what):
    if status < 0:
        raise OSError(-status, f"{what}: {os.strerror(-status)}")
    return status


def enter(namespace):
    with open(f"/run/netns/{namespace}") as file:
        if libc.setns(file.fileno(), 0x40000000):
            raise OSError(ctypes.get_errno(), namespace)


def index(device):
    return libc.if_nametoindex(device.encode())


class Programs:
    def __init__(self, path):
        self.object = ctypes.c_void_p(bpf.bpf_object__open_file(path.encode(), None))
        check(bpf.bpf_object__load(self.object), path)

    def program(self, name):
        found = ctypes.c_void_p(bpf.bpf_object__find_program_by_name(self.object, name))
        return bpf.bpf_program__fd(found)

    def map(self, name):
        return bpf.bpf_object__find_map_fd_by_name(self.object, name)


def softirq_seconds(processor):
    """CPU time of the thread that takes over where softirqs become too many; it is in no cgroup of ours."""
    for path in glob.glob("/proc/[0-9]*/comm"):
        try:
            with open(path) as file:
                if file.read().strip() != f"ksoftirqd/{processor}":
                    continue
            with open(path.replace("comm", "schedstat")) as file:
                return int(file.read().split()[0]) / 1e9
        except FileNotFoundError:
            continue
    return 0


def arrived(programs):
    count = len(os.sched_getaffinity(1))
    with open("/sys/devices/system/cpu/possible") as file:
        count = max(count, int(file.read().strip().split("-")[-1]) + 1)
    values = (ctypes.c_uint64 * count)()
    check(bpf.bpf_map_lookup_elem(programs.map(b"sunk"), ctypes.byref(ctypes.c_uint32(0)), values), "sunk")
    return sum(values)


def send(programs, frame, count):
    options = Options(sz=ctypes.sizeof(Options), data_in=frame, data_size_in=len(frame), repeat=count,
                      flags=LIVE_FRAMES, batch_size=64)
    check(bpf.bpf_prog_test_run_opts(programs.program(b"frames"), ctypes.byref(options)), "BPF_PROG_TEST_RUN")


def main():
    path, name, count, last_flow, source, source_device, end, end_device, text, *places = sys.argv[1:]
    group, count = Group(name), int(count)
    processor = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {processor})
    programs = Programs(path)
    enter(end)
    link = check(bpf.bpf_link_create(programs.program(b"sink"), index(end_device), TCX_INGRESS, None), "sink")
    enter(source)
    frame = bytes.fromhex(text).ljust(FRAME, b"\0")
    offsets = [int(place.strip("~")) for place in places] + [0] * (PLACES - len(places))
    turned = [int(place.startswith("~")) for place in places] + [0] * (PLACES - len(places))
    plan = frame[:FRAME] + struct.pack("II4I4I", index(source_device), int(last_flow), *offsets, *turned)
    check(bpf.bpf_map_update_elem(programs.map(b"plan"), ctypes.byref(ctypes.c_uint32(0)), plan, 0), "plan")
    # Whatever is learnt from first packets is known then.
    send(programs, frame, max(count // 10, 1000))
    before = arrived(programs), group.seconds() + softirq_seconds(processor)
    send(programs, frame, count)
    cost = group.seconds() + softirq_seconds(processor) - before[1]
    print(f"ns={cost / count * 1e9:.1f} arrived={(arrived(programs) - before[0]) / count:.4f}")
    os.close(link)


if __name__ == "__main__":
    main()
