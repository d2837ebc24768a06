"""Makes the test volume: an ext4 image with real files, without mounting anything.

usage: volume.py DIRECTORY SCALE-DENOMINATOR

A staged tree goes into the image with `mke2fs -d`. Ballast files spread over the tree are removed and discarded afterwards, residue
files are removed without discarding: the used blocks then lie scattered as on a volume in use, with holes between them and deleted data
among them. All invented content comes from one seed; the system files are those of this machine.
"""
import hashlib
import json
import os
import random
import shutil
import sqlite3
import stat
import subprocess
import sys

import blocks
import ext4
import successor

SEED = 20240607
MIB = 1 << 20
IMAGE = "v0.img"
SUCCESSOR = "v1.img"
CHANGES = "changed.txt"
FACTS = "facts.json"

# Sizes of the full volume in MiB; a smaller one divides all of them.
SIZES = {
    "image": 4096, "system": 1120, "text": 60, "random": 600, "database": 451, "zeros": 160, "residue": 64, "ballast": 1100, "added": 8,
}

# The first of these fill the budget; the later ones stand in on a machine that has less installed.
SYSTEM_PARTS = ("bin", "include", "share/doc", "share/man", "lib/gcc", "lib/python3", "lib/python3.*", "share/perl", "share/locale", "lib",
                "share")

WORDS = (
    "volume bundle parent cell leaf record snapshot request accepted refused timeout retry worker queue latency bytes written read "
    "verified namespace production staging node zone replica primary follower lease renewed expired user session token order invoice"
).split()


def stage(root, sizes):
    """Fills a directory with what the volume shall hold and returns where the special files are."""
    os.makedirs(root)
    stage_system(os.path.join(root, "system"), sizes["system"] * MIB)
    stage_text(os.path.join(root, "text"), sizes["text"] * MIB)
    stage_random(os.path.join(root, "media"), sizes["random"] * MIB)
    os.makedirs(os.path.join(root, "database"))
    stage_database(os.path.join(root, "database", "orders.sqlite"), sizes["database"] * MIB)
    # Not zero yet: mke2fs turns zeros into holes. The zeros are written into the image afterwards.
    zeros = os.path.join(root, "database", "preallocated.log")
    fill(zeros, sizes["zeros"] * MIB)
    directories = sorted(d for d, _, _ in os.walk(root) if len(os.fsencode(d)) < 900)
    ballast = spread(root, directories, ".ballast", sizes["ballast"] * MIB, 4 * MIB, fill)
    rng = random.Random(SEED + 1)
    residue = spread(root, directories, ".residue", sizes["residue"] * MIB, 512 * 1024, lambda path, size: write(path, rng.randbytes(size)))
    return {"zeros": "/" + os.path.relpath(zeros, root), "ballast": ballast, "residue": residue}


def stage_system(root, budget):
    """Copies files of /usr, part by part, until the budget is spent.

    No part takes more than 30 % of it, so that a small volume is as mixed as a large one.
    """
    left = budget
    seen = set()
    for part in SYSTEM_PARTS:
        head, _, pattern = part.rpartition("/")
        parents = os.path.join("/usr", head)
        if pattern.endswith("*"):
            names = sorted(n for n in os.listdir(parents) if n.startswith(pattern[:-1])) if os.path.isdir(parents) else []
        else:
            names = [pattern]
        floor = max(0, left - budget * 3 // 10)
        for path in (p for name in names for p in files_below(os.path.join(parents, name))):
            if left <= floor:
                break
            if path not in seen and copy_file(path, os.path.join(root, os.path.relpath(path, "/usr"))):
                seen.add(path)
                left -= os.lstat(path).st_size


def files_below(root):
    for directory, subdirectories, files in os.walk(root):
        subdirectories.sort()
        yield from (os.path.join(directory, file) for file in sorted(files))


def copy_file(source, target):
    try:
        mode = os.lstat(source).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
            return False
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy2(source, target, follow_symlinks=False)
        return True
    except OSError:
        # Unreadable for this user, or gone since it was listed: the volume does without it.
        return False


def stage_text(root, budget):
    """Writes log files and source-like text."""
    rng = random.Random(SEED + 2)
    number = 0
    while budget > 0:
        size = min(budget, rng.randrange(2_000, 900_000))
        lines, length = [], 0
        while length < size:
            when = f"2024-06-{rng.randrange(1, 31):02} {rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}"
            what = " ".join(rng.choices(WORDS, k=rng.randrange(4, 14)))
            line = f"{when} {rng.choice(('INFO', 'WARN', 'DEBUG'))} {what} id={rng.getrandbits(48):012x}\n"
            lines.append(line)
            length += len(line)
        write(os.path.join(root, f"{number // 64:03}", f"log-{number:05}.txt"), "".join(lines).encode())
        number += 1
        budget -= size


def stage_random(root, budget):
    """Writes incompressible files of mixed sizes, as pictures, archives and encrypted data are."""
    rng = random.Random(SEED + 3)
    number = 0
    while budget > 0:
        size = min(budget, rng.choice((40_000, 300_000, 2_500_000, 9_000_000, 30_000_000)))
        write(os.path.join(root, f"{number // 32:02}", f"object-{number:04}.bin"),
              b"".join(rng.randbytes(min(MIB, size - i)) for i in range(0, size, MIB)))
        number += 1
        budget -= size


def stage_database(path, budget):
    """Writes an SQLite database with 8 KiB pages and two indexes."""
    rng = random.Random(SEED + 4)
    rows = budget // 322
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA page_size = 8192")
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("PRAGMA synchronous = OFF")
        db.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT, state TEXT, placed REAL, payload TEXT, signature BLOB)")
        db.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?)", (order(rng, number) for number in range(rows)))
        db.execute("CREATE INDEX by_customer ON orders (customer, placed)")
        db.execute("CREATE INDEX by_signature ON orders (signature)")
    db.close()


def order(rng, number):
    payload = json.dumps({"items": rng.choices(WORDS, k=rng.randrange(3, 9)), "total": rng.randrange(100, 90_000) / 100,
                          "ref": f"{rng.getrandbits(64):016x}"})
    state = rng.choice(("new", "paid", "shipped", "returned"))
    return number, f"customer-{rng.randrange(40_000):05}", state, 1.7e9 + rng.random() * 1e7, payload, rng.randbytes(24)


def spread(root, directories, prefix, budget, size, writer):
    """Writes files of one size evenly over the directories and returns their paths inside the volume."""
    count = max(1, budget // size)
    paths = []
    for number in range(count):
        path = os.path.join(directories[number * len(directories) // count], f"{prefix}-{number:04}")
        writer(path, size)
        paths.append("/" + os.path.relpath(path, root))
    return paths


def fill(path, size):
    write(path, b"waybill " * (size // 8))


def write(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


def make_image(image, root, special, size):
    """Makes the file system, frees the ballast with and the residue without discarding, and writes the zeros."""
    with open(image, "wb") as f:
        f.truncate(size)
    environment = dict(os.environ, SOURCE_DATE_EPOCH="1717718400", E2FSPROGS_FAKE_TIME="1717718400")
    uuid = "6d0e3c1a-5b0e-4a55-9a5e-3f6f6c6b7a10"
    extended = f"hash_seed={uuid},lazy_itable_init=0,lazy_journal_init=0"
    subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", "-b", "4096", "-m", "0", "-U", uuid, "-E", extended, "-L", "waybill-bench",
                    "-d", root, image], check=True, env=environment)
    ext4.run(image, [f'rm "{path}"' for path in special["ballast"]])
    # The first run repacks directories, and e2fsck discards nothing in a run that changed something.
    ext4.check(image, "-fy")
    ext4.check(image, "-fy", "-E", "discard")
    ext4.run(image, [f'rm "{path}"' for path in special["residue"]])
    with open(image, "r+b", buffering=0) as f:
        for physical, length in ext4.extents(image, special["zeros"]):
            for i in range(0, length, 256):
                os.pwrite(f.fileno(), bytes(min(256, length - i) * blocks.BLOCK), (physical + i) * blocks.BLOCK)
    ext4.check(image, "-fn")


def facts(directory, sizes):
    """Measures what the images hold."""
    image, changed = os.path.join(directory, IMAGE), os.path.join(directory, SUCCESSOR)
    runs = list(blocks.changed_runs(image, changed))
    blocks.write_runs(os.path.join(directory, CHANGES), runs)
    digest = hashlib.sha256()
    with open(image, "rb", buffering=0) as f:
        extents = list(blocks.data_extents(f.fileno(), sizes["image"] * MIB))
        f.seek(0)
        while data := f.read(MIB):
            digest.update(data)
        offset = first_full(f.fileno(), sizes["image"] * MIB * 1300 // 4096 // MIB * MIB)
    states = {name: os.stat(os.path.join(directory, name)) for name in (IMAGE, SUCCESSOR, CHANGES)}
    return {
        "image_mib": sizes["image"],
        "used_bytes": blocks.used_bytes(image),
        "allocated_bytes": states[IMAGE].st_blocks * 512,
        "extents": len(extents),
        "changed_blocks": sum(length for _, length in runs) // blocks.BLOCK,
        "changed_runs": len(runs),
        "range_offset": offset,
        "sha256": digest.hexdigest(),
        "sizes": {name: state.st_size for name, state in states.items()},
        "times": {name: state.st_mtime_ns for name, state in states.items()},
    }


def first_full(fd, offset):
    """Returns the first offset from here on where a MiB has no zero block, so that reading a range means reading data."""
    while True:
        data = os.pread(fd, MIB, offset)
        if len(data) < MIB:
            raise RuntimeError("the volume has no full MiB for the range")
        if all(data[i:i + blocks.BLOCK] != blocks.ZERO_BLOCK for i in range(0, MIB, blocks.BLOCK)):
            return offset
        offset += MIB


def main():
    directory, denominator = sys.argv[1], int(sys.argv[2])
    sizes = {name: mib // denominator for name, mib in SIZES.items()}
    root, image = os.path.join(directory, "stage"), os.path.join(directory, IMAGE)
    print("  staging files", file=sys.stderr)
    special = stage(root, sizes)
    print("  making the file system", file=sys.stderr)
    make_image(image, root, special, sizes["image"] * MIB)
    print("  making its successor", file=sys.stderr)
    blocks.copy_sparse(image, os.path.join(directory, SUCCESSOR))
    successor.edit(os.path.join(directory, SUCCESSOR), root, random.Random(SEED + 5), sizes["image"], sizes["added"] * MIB)
    shutil.rmtree(root)
    print("  comparing the two", file=sys.stderr)
    result = facts(directory, sizes)
    with open(os.path.join(directory, FACTS), "w") as f:
        json.dump(result, f, indent=2)


if __name__ == "__main__":
    main()
