"""Measures the capture of large clusters, against an API server double in a process of its own."""
import os
import shutil
import subprocess
import sys

import sections

HEAD = """## Clusters

`build/bench --kubernetes`: one process against an API server in memory, which runs in another on the same cores; objects of 2 KB. The first two rows of captures ask as fast as they can.
Files are stored and restored by the writer and restorer of bundles, once with the directory itself and once with the backup API before it, as movers do, over TLS on the loopback; both ends, and the
writer, share the two cores. The best of three rounds in turn.

| work | figure | goal | |
|---|---|---|---|
"""


def run(directory, root, output):
    work = os.path.join(directory, "clusters")
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    try:
        table = subprocess.run(["dotnet", "run", "-c", "Release", "--project", os.path.join(root, "tests", "Waybill.Benchmarks"), "--", "clusters", work],
                               check=True, stdout=subprocess.PIPE, text=True).stdout
    finally:
        shutil.rmtree(work, ignore_errors=True)
    sections.replace(output, "kubernetes", HEAD + "\n".join(line for line in table.splitlines() if line.startswith("|")))
    print(f"bench: wrote {output}", file=sys.stderr)
