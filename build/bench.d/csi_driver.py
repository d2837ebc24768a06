"""Measures the reference driver on this machine: its own calls beside the shell commands that do the same."""
import os
import shutil
import subprocess
import sys

import sections

HEAD = """## CSI driver

`build/bench --csi`, medians of {calls} calls each, in turn with the shell command; the pool is on XFS in a sparse file.

| call | driver | beside it | goal | |
|---|---|---|---|---|
"""


def run(directory, root, driver, rounds, output):
    if os.geteuid() != 0:
        sys.exit("bench: the driver attaches loop devices and mounts: run this as root")
    work = os.path.join(directory, "csi")
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    try:
        table = subprocess.run(["dotnet", "run", "-c", "Release", "--project", os.path.join(root, "tests", "Waybill.Benchmarks"), "--",
                                "csi", driver, work, str(rounds)], check=True, stdout=subprocess.PIPE, text=True).stdout
    finally:
        shutil.rmtree(work, ignore_errors=True)
    rows = "\n".join(line for line in table.splitlines() if line.startswith("|"))
    sections.replace(output, "csi", HEAD.format(calls=30 * rounds) + rows)
    print(f"bench: wrote {output}", file=sys.stderr)
