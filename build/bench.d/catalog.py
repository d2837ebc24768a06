"""Measures the catalog at scale: a fleet that never was, in SQLite and in a PostgreSQL server of its own."""
import contextlib
import glob
import os
import shutil
import subprocess
import sys

import sections

HEAD = """## Catalog

`build/bench --catalog`, medians of 15 calls each with [lowest-highest] in one process, which has added nothing before. The first points were added one by one, the others are rows put into the tables in
bulk, which are the rows that adding them one by one makes. PostgreSQL {version} as it comes but for `shared_buffers = 1GB`, `max_wal_size = 8GB` and `synchronous_commit = off`.

| work | SQLite | PostgreSQL | goal |
|---|---|---|---|
"""

GOALS = {"search": "under 100 ms", "adding a point of 10 000 files": "under 1 s", "rebuilding": "at least 200 a second", "peak memory": "flat",
         "what it holds": "1 million points of 100 000 applications, 20 million tags, 50 million names"}
PARTS = ("fill", "bulk", "measure")  # Each a process of its own: what one keeps in memory is not the next one's.


def run(directory, root, points, minutes, output):
    if os.geteuid() != 0:
        sys.exit("bench: a PostgreSQL server of its own is run as nobody: run this as root")
    work = os.path.join(directory, "catalog")
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    benchmarks = os.path.join(root, "tests", "Waybill.Benchmarks")
    subprocess.run(["dotnet", "build", "-c", "Release", "-m:2", "-v", "q", benchmarks], check=True, stdout=sys.stderr)
    try:
        sqlite = measure(benchmarks, os.path.join(work, "sqlite"), points, minutes)
        with server() as (socket, version):
            postgres = measure(benchmarks, os.path.join(work, "postgres"), points, minutes, f"Host={socket};Username=postgres;Database=postgres")
    finally:
        shutil.rmtree(work, ignore_errors=True)
    rows = [f"| {what} | {sqlite.get(what, '')} | {postgres.get(what, '')} | {goal_of(what)} |" for what in dict.fromkeys([*sqlite, *postgres])]
    sections.replace(output, "catalog", HEAD.format(version=version) + "\n".join(rows))
    print(f"bench: wrote {output}", file=sys.stderr)


def measure(benchmarks, directory, points, minutes, location=None):
    os.makedirs(directory)
    print(f"bench: filling {'PostgreSQL' if location else 'SQLite'}", file=sys.stderr)
    figures = {}
    for part in PARTS:
        table = subprocess.run(["dotnet", "run", "-c", "Release", "--no-build", "--project", benchmarks, "--", "catalog", "--part", part, "--points", str(points),
                                "--minutes", str(minutes), "--directory", directory, *(["--catalog", location] if location else [])],
                               check=True, stdout=subprocess.PIPE, text=True).stdout
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line.startswith("|")]
        figures.update(rows[2:])
    return figures


def goal_of(what):
    return next((goal for begin, goal in GOALS.items() if what.startswith(begin)), "")


@contextlib.contextmanager
def server():
    programs = max(glob.glob("/usr/lib/postgresql/*/bin"), default=None)
    if programs is None:
        sys.exit("bench: there is no PostgreSQL server (Debian: apt-get install postgresql)")
    # Where the user nobody can get at it: the bench directory may be root's alone.
    home = subprocess.run(["mktemp", "-d", "--tmpdir", "waybill-bench-pg-XXXXXX"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    data = os.path.join(home, "data")
    nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    shutil.chown(home, "nobody", "nogroup")
    try:
        subprocess.run([*nobody, f"{programs}/initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8"], check=True, stdout=subprocess.DEVNULL)
        with open(os.path.join(data, "postgresql.conf"), "a", encoding="ascii") as f:
            f.write("\nshared_buffers = 1GB\nmax_wal_size = 8GB\nsynchronous_commit = off\n")
        control = [*nobody, f"{programs}/pg_ctl", "-D", data, "-w"]
        subprocess.run([*control, "-o", f"-k '{home}' -c listen_addresses=", "-l", os.path.join(home, "log"), "start"], check=True, stdout=subprocess.DEVNULL)
        try:
            yield home, subprocess.run([f"{programs}/postgres", "--version"], check=True, stdout=subprocess.PIPE, text=True).stdout.split()[2]
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=False, stdout=subprocess.DEVNULL)
    finally:
        shutil.rmtree(home, ignore_errors=True)
