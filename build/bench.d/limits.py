"""Measures what this machine can do at most: hashing, compression, reading and writing. All rates are bytes per second."""
import os
import re
import subprocess
import time

import blocks
import measure

MIB = 1 << 20


def all_limits(image, directory, quick):
    """Returns every limit that could be measured; one that could not is absent."""
    sample, new = os.path.join(directory, "sample.bin"), os.path.join(directory, "new.bin")
    make_sample(image, sample, (64 if quick else 256) * MIB)
    seconds, written = (1, 256 * MIB) if quick else (3, 2048 * MIB)
    limits = {"read": measure.rate(["dd", f"if={image}", "of=/dev/null", "bs=1M"], os.path.getsize(image)),
              "write": measure.rate(["dd", "if=/dev/zero", f"of={new}", "bs=1M", f"count={written // MIB}"], written,
                                    before=lambda: remove(new)),
              "write_synced": measure.rate(["dd", "if=/dev/zero", f"of={new}", "bs=1M", f"count={written // MIB}", "conv=fsync"], written,
                                           before=lambda: remove(new))}
    remove(new)
    sha256(limits, seconds)
    codec(limits, "lz4", ["lz4", "-b1", f"-i{seconds}", "-B1048576", sample])
    codec(limits, "zstd", ["zstd", "-b1", f"-i{seconds}", "-B1048576", sample])
    remove(sample)
    return limits


def make_sample(image, path, size):
    """Picks 1 MiB chunks with data evenly from the image."""
    with open(image, "rb", buffering=0) as f, open(path, "wb") as out:
        chunks = list(blocks.chunks_with_data([f.fileno()], os.path.getsize(image)))
        used = [o for o, length in chunks if length == MIB and os.pread(f.fileno(), MIB, o).count(0) < MIB // 2]
        step = max(1, len(used) * MIB // size)
        for offset in used[::step]:
            out.write(os.pread(f.fileno(), MIB, offset))


def sha256(limits, seconds):
    for name, extra in (("sha256", []), ("sha256_all_cores", ["-multi", str(os.cpu_count())])):
        try:
            result = subprocess.run(["openssl", "speed", "-seconds", str(seconds), "-bytes", str(MIB), *extra, "-evp", "sha256"],
                                    capture_output=True, text=True, check=True)
            limits[name] = float(re.findall(r"([\d.]+)k\s*$", result.stdout, re.M)[-1]) * 1000
        except (OSError, subprocess.CalledProcessError, IndexError):
            if not extra:
                limits[name] = sha256_here(seconds)


def sha256_here(seconds):
    import hashlib
    data, done, start = bytes(MIB), 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        hashlib.sha256(data)
        done += MIB
    return done / (time.perf_counter() - start)


def codec(limits, name, argv):
    """Reads the rates from the codec's own benchmark mode, which runs in memory on one thread."""
    try:
        result = subprocess.run(argv, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return
    lines = re.split(r"[\r\n]+", result.stdout + result.stderr)
    found = [re.findall(r"([\d.]+) ?MB/s", line) for line in lines]
    rates = [rates for rates in found if len(rates) == 2]
    if rates:
        limits[f"{name}_encode"], limits[f"{name}_decode"] = (float(x) * 1e6 for x in rates[-1])


def remove(path):
    if os.path.exists(path):
        os.remove(path)
