"""The rows of the comparison: which tool does what, and how each result of ours is proved right before its time counts."""
import os
import shutil
import subprocess
import sys

import blocks
import measure
import tools

MIB = 1 << 20
OURS, OURS_ZSTD, OURS_NO_SYNC = "waybill", "waybill zstd", "waybill --no-sync"
OURS_SEALED = "waybill, encrypted"
RESTIC = "restic"
TENTH = "waybill, a tenth of the changes"
FULL, FULL_ZSTD, INCREMENTAL = "full.waybill", "full-zstd.waybill", "incremental.waybill"
SEALED = "full-encrypted.waybill"
TENTH_FILE, SPARSE = "tenth.waybill", "sparse.waybill"

ROWS = {
    "full-lz4": "Full backup, LZ4",
    "full-zstd": "Full backup, zstd 1",
    "verify": "Verify",
    "restore": "Restore to a new sparse file",
    "range": "One range of 1 MiB, whole process",
    "incremental": "Incremental without a change list",
    "changed": "Incremental with a change list",
    "chain": "Restore the incremental",
    "memory": "A sparse volume of 64 GiB",
}
# Commands that each peer needs.
NEEDS = {"restic": "restic", "borg": "borg", "qemu-img": "qemu-img", "lz4": "lz4", "zstd": "zstd", "cp": "cp"}


class WrongResult(Exception):
    """A command ended well, but what it left is not right."""


class Rows:
    """Runs rows round by round. A result that a selected row builds on and that is not there is made first, unmeasured."""

    def __init__(self, bench, with_ours, quick):
        self.bench, self.with_ours, self.quick = bench, with_ours, quick
        self.waybill, self.restic, self.plain = tools.Waybill(bench), tools.Restic(bench), tools.Plain(bench)
        self.borgs = {name: tools.Borg(bench, name) for name in tools.BORG_VARIANTS}
        self.samples = {}
        self.skipped = {peer: f"`{command}` is not installed" for peer, command in NEEDS.items() if not shutil.which(command)}
        if "restic" not in self.skipped and not os.path.exists("/dev/fuse"):
            self.skipped["restic mount"] = "there is no FUSE device"
        self.extras = {"peak": 0}
        self.made = set()
        self.runs = blocks.read_runs(bench.changes)
        self.tenth = self.runs[::10]
        blocks.write_runs(bench.path("tenth.txt"), self.tenth)
        self.offset = bench.facts["range_offset"]

    def round(self, number, selected):
        """Runs the selected rows once; the order of the tools turns from round to round, so that none always runs after the same other."""
        for row in (name for name in ROWS if name in selected):
            work = [(tool, action) for tool, action in self.actions(row).items() if self.wanted(tool)]
            shift = number % len(work) if work else 0
            for tool, action in work[shift:] + work[:shift]:
                try:
                    measured = action()
                except (measure.CommandFailed, subprocess.CalledProcessError, FileNotFoundError) as e:
                    if self.is_ours(tool):
                        raise
                    self.skipped[tool] = f"failed: {e}"
                    print(f"  {row}: {tool} skipped: {e}", file=sys.stderr)
                    continue
                self.samples.setdefault(row, {}).setdefault(tool, []).append(measured)
                print(f"  {row}: {tool}: {measured['wall']:.2f} s, {measured['cpu']:.1f} CPU s, {measured['rss'] / MIB:.0f} MiB",
                      file=sys.stderr)
                if self.is_ours(tool):
                    self.extras["peak"] = max(self.extras["peak"], measured["rss"])
        # What an incremental was added to is no base for the next one.
        if {"incremental", "chain"} & set(selected):
            self.made -= {"restic", "restic 2", *self.borgs}

    def actions(self, row):
        """Returns what each tool does in a row, as functions that return a sample."""
        ours, plain = self.waybill, self.plain
        match row:
            case "full-lz4":
                return {OURS: lambda: self.make(FULL, True), OURS_SEALED: lambda: self.make(SEALED, True), RESTIC: lambda: self.make("restic", True),
                        **{name: lambda n=name: self.make(n, True) for name in self.borgs},
                        "lz4 -1": lambda: self.make("v0.lz4", True), "qemu-img convert -c, zstd": lambda: self.make("v0.qcow2", True)}
            case "full-zstd":
                return {OURS_ZSTD: lambda: self.make(FULL_ZSTD, True), "zstd -1 -T2": lambda: self.make("v0.zst", True)}
            case "verify":
                return {OURS: lambda: self.verify(FULL), OURS_SEALED: self.after(SEALED, self.verify_sealed), OURS_ZSTD: lambda: self.verify(FULL_ZSTD),
                        "restic check --read-data": self.after("restic", self.restic.check),
                        "borg check --verify-data": self.after(tools.BORG, self.borgs[tools.BORG].check),
                        "lz4 -t": self.after("v0.lz4", lambda: plain.check(["lz4", "-tq"], "v0.lz4")),
                        "zstd -t": self.after("v0.zst", lambda: plain.check(["zstd", "-tq"], "v0.zst"))}
            case "restore":
                return {OURS: lambda: self.restore(FULL), OURS_NO_SYNC: lambda: self.restore(FULL, ["--no-sync"]),
                        OURS_ZSTD: lambda: self.restore(FULL_ZSTD),
                        RESTIC: self.after("restic", lambda: self.peer_restore(self.restic.restore())),
                        "borg extract --sparse": self.after(tools.BORG, lambda: self.peer_restore(self.borgs[tools.BORG].extract("full"))),
                        "cp --sparse=always": lambda: self.peer_restore(plain.restore(["cp", "--sparse=always"], self.bench.v0)),
                        "lz4 -d": self.after("v0.lz4", lambda: self.peer_restore(plain.restore(["lz4", "-dq", "--sparse"], "v0.lz4"))),
                        "zstd -d": self.after("v0.zst", lambda: self.peer_restore(
                            plain.restore(["zstd", "-dq", "--sparse"], "v0.zst", to=["-o"]))),
                        "qemu-img convert": self.after("v0.qcow2", lambda: self.peer_restore(
                            plain.restore(["qemu-img", "convert", "-O", "raw"], "v0.qcow2")))}
            case "range":
                return {OURS: self.read_range, "restic mount, dd": self.after("restic", self.restic_range),
                        "qemu-img dd": self.after("v0.qcow2", lambda: self.proved_range(plain.qemu_read("v0.qcow2", self.offset, MIB)))}
            case "incremental":
                return {OURS: self.incremental, RESTIC: lambda: self.make("restic 2", True),
                        **{name: self.after(name, lambda b=borg: b.create(self.bench.v1, "incremental"))
                           for name, borg in self.borgs.items()}}
            case "changed":
                return {OURS: lambda: self.make(INCREMENTAL, True), TENTH: self.incremental_tenth}
            case "chain":
                return {OURS: self.after(INCREMENTAL, self.restore_chain),
                        RESTIC: self.after("restic 2", lambda: self.peer_restore(self.restic.restore(), self.bench.v1))}
            case "memory":
                return {"waybill create": lambda: self.make(SPARSE, True),
                        "waybill verify": self.after(SPARSE, lambda: self.waybill.verify(SPARSE)),
                        "waybill restore": self.after(SPARSE, self.sparse_restore)}
        raise KeyError(row)

    def wanted(self, tool):
        if self.is_ours(tool):
            return self.with_ours
        return not any(tool.startswith(peer) for peer in self.skipped)

    @staticmethod
    def is_ours(tool):
        return tool.startswith(OURS)

    def after(self, need, action):
        """Returns the action with what it builds on made first."""
        def run():
            self.make(need)
            return action()
        return run

    def make(self, name, again=False):
        """Makes a result that other rows build on, unless it is there, and returns its sample."""
        if name in self.made and not again:
            return None
        plain, v0 = self.plain, self.bench.v0
        if name == FULL:
            measured = self.proved(self.waybill.create(FULL, v0), FULL, v0)
        elif name == SEALED:
            measured = self.waybill.create(SEALED, v0, options=["--recipient", self.waybill.new_key()[1]])
            self.verify_sealed()
        elif name == FULL_ZSTD:
            measured = self.proved(self.waybill.create(FULL_ZSTD, v0, codec="zstd"), FULL_ZSTD, v0)
        elif name == INCREMENTAL:
            self.make(FULL)
            measured = self.waybill.create(INCREMENTAL, self.bench.v1, parent=FULL, changed=self.bench.changes)
            self.proved(measured, INCREMENTAL, self.bench.v1)
        elif name == SPARSE:
            measured = self.waybill.create(SPARSE, self.sparse_volume(), warm=False)
        elif name == "restic":
            self.restic.start()
            measured = self.restic.backup(v0)
        elif name == "restic 2":
            self.make("restic")
            measured = self.restic.backup(self.bench.v1)
        elif name in self.borgs:
            self.borgs[name].start()
            measured = self.borgs[name].create(v0, "full")
        elif name == "v0.lz4":
            measured = plain.convert(["lz4", "-1q"], v0, name)
        elif name == "v0.zst":
            measured = plain.convert(["zstd", "-1q", "-T2"], v0, name, to=["-o"])
        elif name == "v0.qcow2":
            options = ["-c", "-O", "qcow2", "-o", "compression_type=zstd", "-W", "-m", "16"]
            measured = plain.convert(["qemu-img", "convert", *options], v0, name)
        else:
            raise KeyError(name)
        self.made.add(name)
        return measured

    # What proves a result of ours.

    def same(self, expected, actual, what, **overlay):
        difference = blocks.first_difference(expected, actual, **overlay)
        if difference is not None:
            raise WrongResult(f"{what} differs from what went in, at or after offset {difference}")

    def proved(self, measured, bundle, image, **overlay):
        """Restores a bundle and compares it with the image it was made of."""
        self.waybill.restore(bundle)
        self.same(image, self.waybill.restored(), bundle, **overlay)
        self.bench.clear("restored")
        return measured

    def proved_range(self, measured):
        with open(self.bench.v0, "rb") as image, open(self.bench.path("range.bin"), "rb") as got:
            image.seek(self.offset)
            if image.read(MIB) != got.read():
                raise WrongResult("the range read is not the range of the volume")
        return measured

    # The actions that take more than one line.

    def verify(self, bundle):
        self.make(bundle)
        if "damage found" not in self.extras:
            self.prove_damage_is_found(bundle)
        return self.waybill.verify(bundle)

    def prove_damage_is_found(self, bundle):
        """Flips one byte in the middle of the bundle: verify and restore must both refuse, or their times mean nothing."""
        path = self.bench.path(bundle)
        middle = os.path.getsize(path) // 2
        flip(path, middle)
        try:
            self.waybill.verify(bundle, expect=3)
            try:
                self.waybill.restore(bundle)
            except measure.CommandFailed:
                self.extras["damage found"] = True
            else:
                raise WrongResult("restore accepted a bundle with a flipped byte")
        finally:
            flip(path, middle)
            self.bench.clear("restored")

    def restore(self, bundle, options=()):
        self.make(bundle)
        measured = self.waybill.restore(bundle, options=options)
        self.same(self.bench.v0, self.waybill.restored(), bundle)
        self.bench.clear("restored")
        return measured

    def peer_restore(self, measured, expected=None):
        self.same(expected or self.bench.v0, self.bench.path("restored", "volume.img"), "the peer's restored volume")
        self.bench.clear("restored")
        return measured

    def read_range(self):
        self.make(FULL)
        measured = self.proved_range(self.waybill.read(FULL, self.offset, MIB))
        if "reads" not in self.extras:
            self.extras["reads"] = self.waybill.count_reads(FULL, self.offset, MIB)
        return measured

    def restic_range(self):
        measured, read = self.restic.mounted_read(self.offset, MIB)
        self.proved_range(measured)
        self.samples.setdefault("range", {}).setdefault("restic mount, dd: the read alone", []).append(read)
        return measured

    def incremental(self):
        self.make(FULL)
        measured = self.waybill.create("scanned.waybill", self.bench.v1, parent=FULL)
        return self.proved(measured, "scanned.waybill", self.bench.v1)

    def verify_sealed(self):
        return self.waybill.verify(SEALED, options=["--key", self.waybill.new_key()[0]])

    def incremental_tenth(self):
        """Gives only every tenth change, to see whether the time follows the change: the bundle then holds the parent with those."""
        self.make(FULL)
        measured = self.waybill.create(TENTH_FILE, self.bench.v1, parent=FULL, changed=self.bench.path("tenth.txt"))
        return self.proved(measured, TENTH_FILE, self.bench.v0, overlay=self.bench.v1, runs=self.tenth)

    def restore_chain(self):
        measured = self.waybill.restore(INCREMENTAL, parents=(FULL,))
        self.same(self.bench.v1, self.waybill.restored(), INCREMENTAL)
        self.bench.clear("restored")
        return measured

    def sparse_volume(self):
        """Makes a volume of 64 GiB with 1 MiB of data in each of 300 places."""
        path = self.bench.path("sparse.img")
        if not os.path.exists(path):
            size, count = 64 << 30, 40 if self.quick else 300
            with open(path, "wb", buffering=0) as f, open(self.bench.v0, "rb", buffering=0) as source:
                f.truncate(size)
                used = [o for o, length in blocks.chunks_with_data([source.fileno()], self.bench.facts["image_mib"] * MIB) if length == MIB]
                for number in range(count):
                    data = os.pread(source.fileno(), MIB, used[number * len(used) // count])
                    os.pwrite(f.fileno(), data, size // count * number // 4096 * 4096)
            os.sync()
        return path

    def sparse_restore(self):
        measured = self.waybill.restore(SPARSE)
        self.same(self.sparse_volume(), self.waybill.restored(), "the sparse volume")
        self.bench.clear("restored")
        return measured


def flip(path, offset):
    with open(path, "r+b", buffering=0) as f:
        byte = os.pread(f.fileno(), 1, offset)
        os.pwrite(f.fileno(), bytes([byte[0] ^ 0x5A]), offset)
        os.fsync(f.fileno())


def size_references(bench):
    """Compresses the changed 4 KiB blocks alone: joined, as one stream of `lz4 -1`, and each block for itself."""
    changed, packed = bench.path("changed.bin"), bench.path("changed.lz4")
    with open(bench.v1, "rb", buffering=0) as image, open(changed, "wb") as out:
        for offset, length in blocks.read_runs(bench.changes):
            out.write(os.pread(image.fileno(), length, offset))
    subprocess.run(["lz4", "-1qf", changed, packed], check=True)
    alone = subprocess.run(["lz4", "-b1", "-i1", f"-B{blocks.BLOCK}", changed], capture_output=True, text=True, check=True)
    sizes = [int(word) for word in (alone.stdout + alone.stderr).split("->")[-1].split()[:1]]
    result = {"raw": os.path.getsize(changed), "joined": os.path.getsize(packed), "each": sizes[0] if sizes else None}
    bench.clear("changed.bin", "changed.lz4")
    return result
