# SPDX-License-Identifier: BSD-2-Clause
"""What the benchmarks of whole paths share: commands, and the CPU time of a cgroup."""
import os
import re
import subprocess
import time


def run(line, **options):
    return subprocess.run(line.split(), check=True, stdout=subprocess.PIPE, text=True, **options).stdout


class Group:
    """A cgroup, and the CPU time of all that ran in it; the first hierarchy or the second, as the machine has it."""

    def __init__(self, name):
        if os.path.isdir("/sys/fs/cgroup/cpuacct"):
            self.path, self.usage = f"/sys/fs/cgroup/cpuacct/{name}", "cpuacct.usage"
        else:
            self.path, self.usage = f"/sys/fs/cgroup/{name}", "cpu.stat"
        os.makedirs(self.path, exist_ok=True)

    def seconds(self):
        with open(f"{self.path}/{self.usage}") as file:
            text = file.read()
        return int(text) / 1e9 if self.usage == "cpuacct.usage" else int(re.search(r"usage_usec (\d+)", text)[1]) / 1e6

    def close(self):
        for _ in range(100):
            try:
                return os.rmdir(self.path)
            except OSError:
                time.sleep(0.02)
