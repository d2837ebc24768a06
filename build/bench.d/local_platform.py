"""Measures the engine on the local platform: snapshot and changes of a large sparse volume, many volumes at once, an incremental against restic."""
import contextlib
import json
import os
import random
import shutil
import statistics
import subprocess
import sys

import blocks
import measure
import sections
import tools

MIB, GIB = 1 << 20, 1 << 30
SPARSE_BYTES, SPARSE_EXTENTS = 100 * GIB, 10_000
MANY, MANY_BYTES = 20, 200 * MIB
FILE_SYSTEMS = {"xfs": ["mkfs.xfs", "-q"], "btrfs": ["mkfs.btrfs", "-q"]}


class WrongResult(Exception):
    """What was restored is not what was protected."""


def run(directory, root, images, facts, waybill, rounds, output):
    if os.geteuid() != 0:
        sys.exit("bench: the local platform is measured on file systems of its own: run this as root")
    lines = [
        "## Engine and local platform", "",
        f"`build/bench --platform`, {rounds} rounds, medians with [lowest-highest]; whole `waybill app protect` processes, snapshot, changes, reading, "
        "writing and verification of the bundle included. The pool and the bundles are on a file system in a sparse file.", "",
        "| work | on | wall s | CPU s | cores busy | peak MiB | goal | |", "|---|---|---|---|---|---|---|---|"]
    for name, make in FILE_SYSTEMS.items():
        with mounted(directory, make) as mount:
            bench = Scene(mount, images, facts, waybill)
            lines += bench.sparse(name, rounds)
            lines += changes(mount, root, name, rounds)
            lines += bench.many(name, rounds)
            lines += bench.incremental(name, rounds)
    sections.replace(output, "platform", "\n".join(lines))
    print(f"bench: wrote {output}", file=sys.stderr)


@contextlib.contextmanager
def mounted(directory, make):
    image, mount = os.path.join(directory, "platform.img"), os.path.join(directory, "platform")
    subprocess.run(["umount", mount], check=False, stderr=subprocess.DEVNULL)
    shutil.rmtree(mount, ignore_errors=True)
    os.makedirs(mount)
    with open(image, "wb") as f:
        f.truncate(48 * GIB)
    try:
        subprocess.run([*make, image], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["mount", "-o", "loop", image, mount], check=True)
        try:
            yield mount
        finally:
            subprocess.run(["umount", mount], check=True)
    finally:
        os.remove(image)


def changes(mount, root, name, rounds):
    """Returns the row of the snapshot and the list of changes alone, which no command does."""
    table = subprocess.run(["dotnet", "run", "-c", "Release", "--project", os.path.join(root, "tests", "Waybill.Benchmarks"), "--", "local", mount, name, str(rounds)],
                           check=True, stdout=subprocess.PIPE, text=True).stdout
    shutil.rmtree(os.path.join(mount, "scale"))
    return [row for row in table.splitlines() if row.startswith("|")]


class Scene:
    """One pool with its store, and the applications that are protected from it."""

    def __init__(self, mount, images, facts, waybill):
        self.mount, self.waybill, self.facts = mount, waybill, facts
        self.v0, self.v1, self.changes = (os.path.join(images, name) for name in ("v0.img", "v1.img", "changed.txt"))
        self.log = os.path.join(mount, "stderr.log")
        self.applications, self.volumes = {}, {}

    def path(self, *parts):
        return os.path.join(self.mount, *parts)

    def add(self, application, volumes):
        self.volumes |= {name: path for name, path in volumes.items()}
        self.applications[application] = {"volumes": {name: {"provider": "local", "volume": name} for name in volumes}}
        configuration = {"store": self.path("store"), "state": self.path("state"), "applications": self.applications,
                         "providers": {"local": {"type": "local", "pool": self.path("pool"), "volumes": self.volumes}}}
        with open(self.path("waybill.json"), "w") as f:
            json.dump(configuration, f)

    def protect(self, application, inputs=()):
        return measure.run([self.waybill, "app", "protect", application, "--config", self.path("waybill.json")], log=self.log, inputs=inputs)

    def forget(self, application):
        """Starts over: no points, no snapshots."""
        for name in ("store", "state", "pool"):
            shutil.rmtree(self.path(name), ignore_errors=True)
        del self.applications[application]

    def prove(self, volume, image):
        """Restores the newest point and compares the volume."""
        newest = max((entry for entry in os.scandir(self.path("store")) if entry.name.endswith(".waybill")), key=lambda entry: entry.stat().st_mtime_ns)
        target = self.path("proof")
        subprocess.run([self.waybill, "bundle", "restore", newest.path, "--to", target, "--parents", self.path("store")], check=True,
                       stdout=subprocess.DEVNULL)
        restored = os.path.join(target, "volumes", f"{volume}.img")
        if subprocess.run(["cmp", "-s", restored, image], check=False).returncode:
            raise WrongResult(f"{volume} came back different")
        shutil.rmtree(target)

    def sparse(self, on, rounds):
        """A large sparse volume in which 10 000 scattered blocks change."""
        image = self.path("sparse.img")
        with open(image, "wb") as f:
            f.truncate(SPARSE_BYTES)
        self.scatter(image, 0)
        self.add("sparse", {"sparse": image})
        first = self.protect("sparse")
        samples = []
        for number in range(1, rounds + 1):
            self.scatter(image, number)
            samples.append(self.protect("sparse"))
        self.forget("sparse")
        os.remove(image)
        return [line(f"100 GiB sparse volume, {SPARSE_EXTENTS} scattered blocks changed: incremental", on, samples, "under 2 s", middle(samples) < 2),
                line("the same volume, the first point", on, [first])]

    @staticmethod
    def scatter(image, seed):
        """Writes a block at a place of its own in each part, so that no two join."""
        generator, part = random.Random(seed), SPARSE_BYTES // SPARSE_EXTENTS // blocks.BLOCK
        with open(image, "r+b", buffering=0) as f:
            for index in range(SPARSE_EXTENTS):
                f.seek((index * part + generator.randrange(part - 1)) * blocks.BLOCK)
                f.write(generator.randbytes(blocks.BLOCK))
            os.fsync(f.fileno())

    def many(self, on, rounds):
        """Twenty volumes of one application, in full."""
        volumes = {}
        with open(self.v0, "rb") as source:
            for index in range(MANY):
                volumes[f"v{index}"] = self.path(f"v{index}.img")
                source.seek(index * MANY_BYTES % (self.facts["image_mib"] * MIB - MANY_BYTES))
                with open(volumes[f"v{index}"], "wb") as target:
                    shutil.copyfileobj(Limited(source, MANY_BYTES), target, MIB)
        samples = []
        for _ in range(rounds):
            self.add("many", volumes)
            samples.append(self.protect("many", inputs=volumes.values()))
            self.forget("many")
        for path in volumes.values():
            os.remove(path)
        self.volumes.clear()
        busy = statistics.median(s["cpu"] / s["wall"] for s in samples)
        return [line(f"{MANY} volumes of {MANY_BYTES // MIB} MiB: the first point", on, samples, "both cores busy", busy >= 0.9 * os.cpu_count())]

    def incremental(self, on, rounds):
        """The volume of the comparison, 1 % changed, against restic in the same round."""
        image = self.path("volume.img")
        os.makedirs(self.path("source"), exist_ok=True)
        restic = tools.Restic(ResticPlace(self))
        ours, theirs = [], []
        for number in range(rounds):
            blocks.copy_sparse(self.v0, image)
            self.add("volume", {"volume": image})
            self.protect("volume")
            restic.start()
            restic.backup(self.v0)
            self.apply(image)
            ours.append(self.protect("volume"))
            if number == 0:
                self.prove("volume", self.v1)
            theirs.append(restic.backup(self.v1))
            self.forget("volume")
        self.volumes.clear()
        ratio = middle(theirs) / middle(ours)
        changed = 100 * self.facts["changed_blocks"] * blocks.BLOCK / (self.facts["image_mib"] * MIB)
        return [line(f"4 GiB volume, {changed:.1f} % changed: incremental", on, ours, f"20 times restic; {ratio:.0f} times", ratio >= 20),
                line("the same image: `restic backup`", on, theirs)]

    def apply(self, image):
        """Makes the volume its successor, in place."""
        with open(self.v1, "rb", buffering=0) as source, open(image, "r+b", buffering=0) as target:
            for offset, length in blocks.read_runs(self.changes):
                target.seek(offset)
                source.seek(offset)
                target.write(source.read(length))
            os.fsync(target.fileno())


class ResticPlace:
    """What restic's commands need of a bench."""

    def __init__(self, scene):
        self.scene = scene
        self.log = scene.log

    def path(self, *parts):
        return self.scene.path(*parts)

    def clear(self, *names):
        for path in map(self.path, names):
            if os.path.isdir(path):
                shutil.rmtree(path)
            elif os.path.exists(path):
                os.remove(path)

    def run(self, argv, **options):
        return measure.run(argv, log=self.log, **options)

    def present(self, image):
        """restic sees the successor under the name of the original."""
        self.clear("source/volume.img")
        blocks.copy_sparse(image, self.path("source", "volume.img"))
        return self.path("source", "volume.img")


class Limited:
    """The next bytes of a file."""

    def __init__(self, source, length):
        self.source, self.left = source, length

    def read(self, size):
        data = self.source.read(min(size, self.left))
        self.left -= len(data)
        return data


def middle(samples):
    return statistics.median(s["wall"] for s in samples)


def line(work, on, samples, goal="", met=None):
    walls = [s["wall"] for s in samples]
    cpu = statistics.median(s["cpu"] for s in samples)
    verdict = {True: "met", False: "**missed**", None: ""}[met]
    spread = f" [{min(walls):.2f}-{max(walls):.2f}]" if len(walls) > 1 else ""
    peak = max(s["rss"] for s in samples) / MIB
    return (f"| {work} | {on} | {middle(samples):.2f}{spread} | {cpu:.2f} | {statistics.median(s['cpu'] / s['wall'] for s in samples):.2f} "
            f"| {peak:.0f} | {goal} | {verdict} |")
