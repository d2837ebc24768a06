"""Compares waybill with its peers on one volume, in one run. build/bench --help says how to call it."""
import argparse
import datetime
import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile

import catalog
import clusters
import csi_driver
import limits
import local_platform
import report
import rows
import tools

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
MIB = 1 << 20
# What the volume's content depends on: another version of these makes another volume.
VOLUME_SOURCES = ("volume.py", "successor.py", "ext4.py", "blocks.py")


def main():
    options = parse()
    directory = os.path.abspath(os.environ.get("WAYBILL_BENCH_DIR") or os.path.join(tempfile.gettempdir(), "waybill-bench"))
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, "lock"), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"bench: another run uses {directory}")
        output = options.output or os.path.join(ROOT, "docs", "performance.md")
        if options.csi:
            csi_driver.run(directory, ROOT, os.path.abspath(os.environ["WAYBILL_CSI_DRIVER"]), options.rounds, output)
            return
        if options.kubernetes:
            clusters.run(directory, ROOT, output)
            return
        if options.catalog:
            require_space(directory, options.points / 1_000_000 * 20)
            catalog.run(directory, ROOT, options.points, options.minutes, output)
            return
        images, facts = volume(directory, 8 if options.quick else 1)
        if options.platform:
            require_space(directory, 26)
            local_platform.run(directory, ROOT, images, facts, os.path.abspath(os.environ["WAYBILL"]), options.rounds, output)
            return
        require_space(directory, 22 * facts["image_mib"] / 4096)
        run_directory = os.path.join(directory, "run")
        shutil.rmtree(run_directory, ignore_errors=True)
        os.makedirs(run_directory)
        try:
            results = measure_all(options, run_directory, images, facts)
        except rows.WrongResult as e:
            sys.exit(f"bench: stopped, a result is wrong: {e}")
        except (rows.measure.CommandFailed, subprocess.CalledProcessError) as e:
            sys.exit(f"bench: stopped: {e}")
        finally:
            if not options.keep:
                shutil.rmtree(run_directory, ignore_errors=True)
    partial = options.quick or options.only or options.peers_only
    output = options.output or (os.path.join(directory, "performance.md") if partial else os.path.join(ROOT, "docs", "performance.md"))
    with open(os.path.join(directory, "results.json"), "w") as f:
        json.dump(results, f, indent=1)
    report.write(results, output)
    print(f"bench: wrote {output}", file=sys.stderr)


def parse():
    parser = argparse.ArgumentParser(prog="build/bench", description=__doc__, epilog=f"rows: {', '.join(rows.ROWS)}")
    parser.add_argument("--quick", action="store_true", help="a volume of 512 MiB, once: checks the harness, measures little")
    parser.add_argument("--only", metavar="ROWS", type=lambda text: text.split(","), help="only these rows, separated by commas")
    parser.add_argument("--rounds", type=int, help="how often each row runs (5)")
    parser.add_argument("--output", metavar="FILE",
                        help="where to write the tables (docs/performance.md; for a part of the rows, the bench directory)")
    parser.add_argument("--platform", action="store_true",
                        help="measure the local platform and the engine instead (as root); replaces that section of the output only")
    parser.add_argument("--csi", action="store_true",
                        help="measure the reference driver instead (as root); replaces that section of the output only")
    parser.add_argument("--kubernetes", action="store_true",
                        help="measure the capture of large clusters instead; replaces that section of the output only")
    parser.add_argument("--catalog", action="store_true",
                        help="measure the catalog at scale instead (as root); replaces that section of the output only")
    parser.add_argument("--points", type=int, default=1_000_000, help="with --catalog: how many points it gets (1000000)")
    parser.add_argument("--minutes", type=int, default=5, help="with --catalog: for how long points are added one by one at most, until 20000 are; all others come in bulk (5)")
    parser.add_argument("--peers-only", action="store_true", help="leave out waybill itself")
    parser.add_argument("--keep", action="store_true", help="keep bundles and repositories in the bench directory")
    options = parser.parse_args()
    unknown = set(options.only or ()) - set(rows.ROWS)
    if unknown:
        parser.error(f"no such row: {', '.join(sorted(unknown))} (rows: {', '.join(rows.ROWS)})")
    options.rounds = options.rounds or (1 if options.quick else 5)
    return options


def volume(directory, denominator):
    """Returns the directory and the facts of the test volume, made now unless an equal one is there."""
    key = hashlib.sha256()
    for name in VOLUME_SOURCES:
        with open(os.path.join(HERE, name), "rb") as f:
            key.update(f.read())
    prefix = f"volume-{denominator}-"
    target = os.path.join(directory, prefix + key.hexdigest()[:12])
    facts = read_facts(target)
    if facts is None:
        for name in os.listdir(directory):
            if name.startswith(prefix):
                shutil.rmtree(os.path.join(directory, name))
        require_space(directory, 10 / denominator)
        print("bench: making the volume", file=sys.stderr)
        os.makedirs(target)
        subprocess.run([sys.executable, os.path.join(HERE, "volume.py"), target, str(denominator)], check=True)
        facts = read_facts(target)
    return target, facts


def read_facts(target):
    """Returns the facts of a finished volume whose files are as they were left, or None."""
    try:
        with open(os.path.join(target, "facts.json")) as f:
            facts = json.load(f)
        states = {name: os.stat(os.path.join(target, name)) for name in facts["sizes"]}
    except (OSError, ValueError):
        return None
    intact = all(s.st_size == facts["sizes"][n] and s.st_mtime_ns == facts["times"][n] for n, s in states.items())
    return facts if intact else None


def require_space(directory, gib):
    free = shutil.disk_usage(directory).free
    if free < gib * (1 << 30):
        sys.exit(f"bench: {gib:.0f} GiB must be free in {directory}, and {free >> 30} are (WAYBILL_BENCH_DIR chooses another place)")


def measure_all(options, directory, images, facts):
    waybill = os.environ.get("WAYBILL")
    bench = tools.Bench(directory, images, facts, os.path.abspath(waybill) if waybill else None)
    selected = options.only or list(rows.ROWS)
    work = rows.Rows(bench, not options.peers_only, options.quick)
    started = datetime.datetime.now(datetime.timezone.utc)
    print("bench: measuring the machine's limits", file=sys.stderr)
    machine_limits = limits.all_limits(bench.v0, directory, options.quick)
    work.extras["references"] = rows.size_references(bench) if "lz4" not in work.skipped else None
    for number in range(options.rounds):
        print(f"bench: round {number + 1} of {options.rounds}", file=sys.stderr)
        work.round(number, selected)
    return {"started": started.isoformat(timespec="seconds"), "rounds": options.rounds, "quick": options.quick, "selected": selected,
            "facts": facts,
            "machine": machine(directory), "limits": machine_limits, "samples": work.samples, "extras": work.extras,
            "skipped": work.skipped,
            "touched_mib": touched(work.runs)}


def touched(runs):
    """Counts the 1 MiB cells that hold a change."""
    return len({cell for offset, length in runs for cell in range(offset // MIB, (offset + length - 1) // MIB + 1)})


def machine(directory):
    """Collects what a reader needs to judge the figures, and no names of hosts or places."""
    with open("/proc/cpuinfo") as f:
        fields = dict(line.split(":", 1) for line in f if ":" in line)
    fields = {name.strip(): value.strip() for name, value in fields.items()}
    flags = fields.get("flags", fields.get("Features", "")).split()
    with open("/proc/meminfo") as f:
        memory = int(f.readline().split()[1]) // 1024
    return {"cores": len(os.sched_getaffinity(0)), "cpu": fields.get("model name", platform.machine()), "memory_mib": memory,
            "flags": [flag for flag in ("avx2", "avx512f", "sha_ni", "sha2") if flag in flags], "kernel": platform.release().split("-")[0],
            "file_system": tools.output(["findmnt", "-n", "-o", "FSTYPE", "-T", directory]).strip(),
            "dotnet": tools.output(["dotnet", "--version"]).strip(),
            "tools": {name: version(argv) for name, argv in VERSIONS.items() if shutil.which(argv[0])}}


VERSIONS = {"restic": ["restic", "version"], "borg": ["borg", "--version"], "lz4": ["lz4", "--version"], "zstd": ["zstd", "--version"],
            "qemu-img": ["qemu-img", "--version"], "coreutils": ["cp", "--version"], "e2fsprogs": ["debugfs", "-V"],
            "openssl": ["openssl", "version"],
            "python3": [sys.executable, "--version"]}


def version(argv):
    """Returns the first thing in a tool's own words that looks like a version."""
    result = subprocess.run(argv, capture_output=True, text=True, check=False)
    words = (word.strip("v,()") for word in (result.stdout + result.stderr).replace("*", " ").split())
    return next((word for word in words if word[:1].isdigit() and "." in word), "?")


if __name__ == "__main__":
    main()
