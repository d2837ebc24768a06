"""The commands of waybill and of its peers. Every method returns a sample and leaves its result in the run's directory."""
import os
import shutil
import subprocess
import time

import blocks
import measure

BORG_VARIANTS = {"borg fixed 1 MiB": "fixed,1048576", "borg fixed 64 KiB": "fixed,65536", "borg buzhash": None}
BORG = "borg fixed 1 MiB"


class Bench:
    """Paths and facts that all tools share."""

    def __init__(self, directory, images, facts, waybill):
        self.directory, self.facts, self.waybill = directory, facts, waybill
        self.v0, self.v1, self.changes = (os.path.join(images, name) for name in ("v0.img", "v1.img", "changed.txt"))
        self.log = self.path("stderr.log")
        # Peers that back up files by name see the successor under the name of the original.
        os.makedirs(self.path("source"))

    def path(self, *parts):
        return os.path.join(self.directory, *parts)

    def clear(self, *names):
        """Removes earlier results, so that no measured command has to."""
        for path in map(self.path, names):
            if os.path.isdir(path):
                shutil.rmtree(path)
            elif os.path.exists(path):
                os.remove(path)

    def run(self, argv, result=None, **options):
        measured = measure.run(argv, log=self.log, **options)
        if result:
            measured["size"] = blocks.stored_bytes(self.path(result))
        return measured

    def present(self, image):
        """Puts an image where the peers look for it."""
        self.clear("source/volume.img")
        os.link(image, self.path("source", "volume.img"))
        return self.path("source", "volume.img")


class Waybill:
    """Our own command."""

    def __init__(self, bench):
        self.bench = bench

    def new_key(self):
        """Makes a key pair for encrypted bundles, once."""
        key, public = self.bench.path("bench.key"), self.bench.path("bench.pub")
        if not os.path.exists(key):
            subprocess.run([self.bench.waybill, "key", "new", "--out", key, "--kind", "encrypt"], check=True, stdout=subprocess.DEVNULL)
            with open(public, "wb") as out:
                subprocess.run([self.bench.waybill, "key", "public", key], check=True, stdout=out)
        return key, public

    def create(self, name, image, codec="lz4", parent=None, changed=None, warm=True, options=()):
        self.bench.clear(name)
        argv = [self.bench.waybill, "bundle", "create", self.bench.path(name), "--app", "bench", "--volume", f"data={image}", "--codec",
                codec]
        argv += ["--parent", self.bench.path(parent)] if parent else []
        argv += ["--changed", f"data={changed}"] if changed else []
        argv += options
        # A volume of 64 GiB is not read beforehand: its holes would fill the cache with zeros.
        inputs = [*([image] if warm else []), *([self.bench.path(parent)] if parent else [])]
        return self.bench.run(argv, result=name, inputs=inputs)

    def verify(self, name, expect=0, options=()):
        return self.bench.run([self.bench.waybill, "bundle", "verify", self.bench.path(name), *options], inputs=[self.bench.path(name)],
                              expect=expect)

    def restore(self, name, to="restored", parents=(), options=()):
        self.bench.clear(to)
        inputs = [self.bench.path(name) for name in (name, *parents)]
        measured = self.bench.run([self.bench.waybill, "bundle", "restore", self.bench.path(name), "--to", self.bench.path(to), *options],
                                  inputs=inputs)
        measured["size"] = allocated(self.restored(to))
        return measured

    def restored(self, to="restored"):
        return self.bench.path(to, "volumes", "data.img")

    def read_argv(self, name, offset, length):
        return [self.bench.waybill, "bundle", "read", self.bench.path(name), "--volume", "data", "--offset", str(offset), "--length",
                str(length)]

    def read(self, name, offset, length, to="range.bin"):
        measured = self.bench.run(self.read_argv(name, offset, length), stdout=self.bench.path(to), inputs=[self.bench.path(name)])
        measured["size"] = os.path.getsize(self.bench.path(to))
        return measured

    def count_reads(self, name, offset, length):
        """Counts the read calls on the bundle's file while a range is read, or returns None without strace."""
        if not shutil.which("strace"):
            return None
        trace, bundle = self.bench.path("reads.trace"), self.bench.path(name)
        subprocess.run(["strace", "-f", "-y", "-o", trace, "-e", "trace=read,pread64,readv,preadv,preadv2",
                        *self.read_argv(name, offset, length)],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(trace, errors="replace") as f:
            return sum(f"<{bundle}>" in line for line in f)


class Restic:
    """restic at its defaults: compressed, encrypted."""

    def __init__(self, bench):
        self.bench = bench
        self.environment = dict(os.environ, RESTIC_REPOSITORY=bench.path("restic"), RESTIC_CACHE_DIR=bench.path("restic-cache"),
                                RESTIC_PASSWORD="bench", RESTIC_PROGRESS_FPS="0.1")

    def start(self):
        self.bench.clear("restic", "restic-cache")
        subprocess.run(["restic", "init", "-q"], env=self.environment, check=True)

    def backup(self, image):
        before = blocks.stored_bytes(self.bench.path("restic"))
        source = self.bench.present(image)
        measured = self.bench.run(["restic", "backup", "-q", "--host", "bench", "volume.img"], cwd=os.path.dirname(source),
                                  env=self.environment, inputs=[source])
        measured["size"] = blocks.stored_bytes(self.bench.path("restic")) - before
        return measured

    def check(self):
        return self.bench.run(["restic", "check", "-q", "--read-data"], env=self.environment, inputs=[self.bench.path("restic")])

    def restore(self, to="restored"):
        self.bench.clear(to)
        sparse = ["--sparse"] if "--sparse" in output(["restic", "restore", "--help"]) else []
        measured = self.bench.run(["restic", "restore", "-q", *sparse, "latest", "--target", self.bench.path(to)], env=self.environment,
                                  inputs=[self.bench.path("restic")])
        measured["size"] = allocated(self.bench.path(to, "volume.img"))
        return measured

    def mounted_read(self, offset, length, to="range.bin"):
        """Mounts the repository, reads the range with dd and unmounts; the time ends with the read.

        Returns the sample of all and of the read alone.
        """
        mountpoint = self.bench.path("mountpoint")
        os.makedirs(mountpoint, exist_ok=True)
        measure.settle([self.bench.path("restic")])
        busy = measure.busy_seconds()
        start = time.perf_counter()
        with open(self.bench.log, "wb") as err:
            mount = subprocess.Popen(["restic", "mount", "--no-lock", mountpoint], env=self.environment, stdin=subprocess.DEVNULL,
                                     stdout=subprocess.PIPE, stderr=err)
        try:
            if not any(b"Now serving" in line for line in mount.stdout):
                measure.wait(mount)
                raise measure.CommandFailed(f"restic mount: {measure.tail(self.bench.log)}")
            mounted, busy_mounted = time.perf_counter(), measure.busy_seconds()
            reader = subprocess.Popen(["dd", f"if={mountpoint}/snapshots/latest/volume.img", f"of={self.bench.path(to)}", "bs=1M",
                                       f"skip={offset >> 20}", f"count={length >> 20}"], stderr=subprocess.DEVNULL)
            read_usage = measure.wait(reader)
            end, busy_end = time.perf_counter(), measure.busy_seconds()
            if reader.returncode:
                raise measure.CommandFailed("dd could not read from restic's mount")
        finally:
            if mount.returncode is None:
                unmount = [shutil.which("fusermount3") or "fusermount", "-u", mountpoint]
                if subprocess.run(unmount, check=False, stderr=subprocess.DEVNULL).returncode:
                    mount.terminate()
                usage = measure.wait(mount)
            mount.stdout.close()
        return (measure.sample(end - start, [usage, read_usage], busy_end - busy),
                measure.sample(end - mounted, [read_usage], busy_end - busy_mounted))


class Borg:
    """borg without encryption, LZ4, one repository for each way of chunking."""

    def __init__(self, bench, variant):
        self.bench, self.chunker = bench, BORG_VARIANTS[variant]
        self.repository = variant.replace(" ", "-")
        self.environment = dict(os.environ, BORG_BASE_DIR=bench.path(self.repository + "-home"),
                                BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK="yes",
                                BORG_RELOCATED_REPO_ACCESS_IS_OK="yes", BORG_REPO=bench.path(self.repository))

    def start(self):
        self.bench.clear(self.repository, self.repository + "-home")
        os.makedirs(self.environment["BORG_BASE_DIR"])
        subprocess.run(["borg", "init", "-e", "none"], env=self.environment, check=True, stderr=subprocess.DEVNULL)

    def create(self, image, archive):
        before = blocks.stored_bytes(self.bench.path(self.repository))
        source = self.bench.present(image)
        chunking = ["--chunker-params", self.chunker, "--sparse"] if self.chunker else []
        measured = self.bench.run(["borg", "create", "--compression", "lz4", *chunking, f"::{archive}", "volume.img"],
                                  cwd=os.path.dirname(source),
                                  env=self.environment, inputs=[source])
        measured["size"] = blocks.stored_bytes(self.bench.path(self.repository)) - before
        return measured

    def check(self):
        return self.bench.run(["borg", "check", "--verify-data"], env=self.environment, inputs=[self.bench.path(self.repository)])

    def extract(self, archive, to="restored"):
        self.bench.clear(to)
        os.makedirs(self.bench.path(to))
        measured = self.bench.run(["borg", "extract", "--sparse", f"::{archive}"], cwd=self.bench.path(to), env=self.environment,
                                  inputs=[self.bench.path(self.repository)])
        measured["size"] = allocated(self.bench.path(to, "volume.img"))
        return measured


class Plain:
    """Tools that turn one file into another."""

    def __init__(self, bench):
        self.bench = bench

    def convert(self, argv, source, target, to=()):
        self.bench.clear(target)
        return self.bench.run([*argv, source, *to, self.bench.path(target)], result=target, inputs=[source])

    def restore(self, argv, source, to=(), target="restored/volume.img"):
        self.bench.clear("restored")
        os.makedirs(self.bench.path("restored"))
        source = self.bench.path(source)
        measured = self.bench.run([*argv, source, *to, self.bench.path(target)], inputs=[source])
        measured["size"] = allocated(self.bench.path(target))
        return measured

    def check(self, argv, source):
        return self.bench.run([*argv, self.bench.path(source)], inputs=[self.bench.path(source)])

    def qemu_read(self, source, offset, length, to="range.bin"):
        # qemu-img before version 10 counts from the start of the image, not from skip; the shorter answer tells.
        for count in (length >> 20, (offset + length) >> 20):
            self.bench.clear(to)
            measured = self.bench.run(["qemu-img", "dd", "-f", "qcow2", "-O", "raw", "bs=1M", f"skip={offset >> 20}", f"count={count}",
                                       f"if={self.bench.path(source)}", f"of={self.bench.path(to)}"], inputs=[self.bench.path(source)])
            if os.path.getsize(self.bench.path(to)) == length:
                break
        return measured


def allocated(path):
    return os.stat(path).st_blocks * 512


def output(argv):
    return subprocess.run(argv, capture_output=True, text=True, check=False).stdout
