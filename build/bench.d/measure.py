"""Runs a command and measures the wall time, processor time and peak memory of it and its children, and the write-back afterwards."""
import os
import resource
import statistics
import subprocess
import sys
import time

import blocks

# As much as the largest result in the page cache.
TOUCHED = 5 << 30


class CommandFailed(Exception):
    """A measured command ended with an unexpected code."""


def run(argv, cwd=None, env=None, stdout=None, inputs=(), expect=0, log=None):
    """Runs a command with its inputs in the page cache and nothing left to write back, and returns a sample."""
    settle(inputs)
    busy = busy_seconds()
    with open(stdout or os.devnull, "wb") as out, open(log or os.devnull, "wb") as err:
        start = time.perf_counter()
        process = subprocess.Popen(argv, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        usage = wait(process)
        wall = time.perf_counter() - start
        busy = busy_seconds() - busy
    if process.returncode != expect:
        raise CommandFailed(f"{' '.join(argv[:3])} … ended with {process.returncode}, not {expect}: {tail(log)}")
    return sample(wall, [usage], busy)


def settle(inputs):
    for path in inputs:
        blocks.warm(path)
    os.sync()
    touch_free_memory()


def touch_free_memory():
    """Has the machine hand over free memory before the clock starts.

    A virtual machine gives unused pages back to its host and pays for each at its next use; whoever runs first would pay for the others.
    """
    with open("/proc/meminfo") as f:
        free = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in f}["MemFree"]
    amount = min(TOUCHED, free * 6 // 10)
    code = f"import mmap; mmap.mmap(-1, {amount}, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE).close()"
    # In a process of its own, whose peak does not become this one's.
    subprocess.run([sys.executable, "-c", code], check=False, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def wait(process):
    """Waits for a process and returns its resource usage with that of its children."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage


def sample(wall, usages, busy):
    """Makes a sample; `busy` is the time that all cores together were busy meanwhile, `foreign` the number of cores others kept so."""
    cpu = sum(u.ru_utime + u.ru_stime for u in usages)
    foreign = max(0.0, busy - cpu) / wall
    start = time.perf_counter()
    os.sync()
    # A child starts as a copy of this process, so a smaller peak than this process's own cannot be told from it.
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rss = max(u.ru_maxrss for u in usages)
    return {"wall": wall, "cpu": cpu, "rss": rss * 1024, "rss_floor": rss <= own, "flush": time.perf_counter() - start, "foreign": foreign}


def busy_seconds():
    """Seconds that all cores together have been busy or stolen since the machine started."""
    with open("/proc/stat") as f:
        user, nice, system, _, _, irq, softirq, steal = (int(x) for x in f.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def tail(log):
    if not log or not os.path.exists(log):
        return "(no message)"
    with open(log, errors="replace") as f:
        return " | ".join(f.read().strip().splitlines()[-6:])


def median(samples, field):
    return statistics.median(s[field] for s in samples)


def rate(argv, amount, rounds=3, before=None):
    """Runs a command a few times and returns its median speed in units of amount per second."""
    walls = []
    for _ in range(rounds):
        if before:
            before()
        os.sync()
        start = time.perf_counter()
        subprocess.run(argv, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        walls.append(time.perf_counter() - start)
    return amount / statistics.median(walls)
