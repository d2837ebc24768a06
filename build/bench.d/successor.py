"""Changes a little over 1 % of a volume: files appended to, rewritten, added and removed, random writes in the database, a journal."""
import os
import tempfile

import blocks
import ext4

DATABASE = "/database/orders.sqlite"


def edit(image, root, rng, image_mib, added_bytes):
    """Edits an image whose content is also below root. The counts are those of a 4 GiB volume and shrink with it."""
    scale = image_mib / 4096
    texts, headers, others = candidates(root)
    rng.shuffle(texts), rng.shuffle(headers), rng.shuffle(others)
    with tempfile.TemporaryDirectory(dir=os.path.dirname(image)) as temporary, open(image, "r+b", buffering=0) as f:
        append_to_texts(image, f.fileno(), root, texts[:int(400 * scale)], rng)
        rewrite(image, root, headers[:int(300 * scale)], temporary)
        remove(image, others[:int(50 * scale)])
        add(image, temporary, rng, int(300 * scale), added_bytes)
        write_into_database(image, f.fileno(), rng, int(6000 * scale))
        write_journal(image, f.fileno(), int(2000 * scale))
    ext4.check(image, "-fn")


def candidates(root):
    """Sorts the staged files into texts with room in their last block, headers, and the rest."""
    texts, headers, others = [], [], []
    for directory, subdirectories, names in os.walk(root):
        subdirectories.sort()
        for name in sorted(names):
            path = os.path.join(directory, name)
            inside = "/" + os.path.relpath(path, root)
            ours = inside.startswith(("/system/", "/text/")) and not name.startswith(".")
            if not ours or os.path.islink(path) or not inside.isprintable() or '"' in inside:
                continue
            size = os.path.getsize(path)
            if name.endswith((".h", ".hpp", ".py")) and 200 < size < 200_000:
                headers.append(inside)
            elif name.endswith((".txt", "copyright", ".html", ".md")) and 1024 < size and 0 < size % blocks.BLOCK < blocks.BLOCK - 1000:
                texts.append(inside)
            elif size:
                others.append(inside)
    return texts, headers, others


def append_to_texts(image, fd, root, paths, rng):
    """Appends a few lines to each file, as a log grows: its last block and its inode change."""
    sizes = [os.path.getsize(root + path) for path in paths]
    places = ext4.physical_blocks(image, [(path, size // blocks.BLOCK) for path, size in zip(paths, sizes)])
    commands = []
    for path, size, place in zip(paths, sizes, places, strict=True):
        if place == 0:
            continue  # A hole: the block is all zero so far.
        text = "".join(f"appended {number}: {rng.getrandbits(96):024x}\n" for number in range(rng.randrange(2, 20))).encode()
        os.pwrite(fd, text, place * blocks.BLOCK + size % blocks.BLOCK)
        commands += [f'set_inode_field "{path}" size {size + len(text)}', f'set_inode_field "{path}" mtime 20240615101500']
    ext4.run(image, commands)


def rewrite(image, root, paths, temporary):
    """Replaces each file by an edited copy in new blocks, as `sed -i` and most editors do."""
    commands = []
    for number, path in enumerate(paths):
        with open(root + path, "rb") as f:
            edited = f.read().replace(b"the", b"that").replace(b"int", b"long", 5) + b"\n"
        source = os.path.join(temporary, f"edited-{number}")
        with open(source, "wb") as f:
            f.write(edited)
        commands += [f'rm "{path}"', f'write "{source}" "{path}"']
    ext4.run(image, commands)


def remove(image, paths):
    """Removes files without discarding their blocks."""
    ext4.run(image, [f'rm "{path}"' for path in paths])


def add(image, temporary, rng, count, random_bytes):
    """Adds small text files and one incompressible file."""
    commands = ['mkdir "/added"']
    for number in range(count):
        source = os.path.join(temporary, f"added-{number}")
        with open(source, "w") as f:
            f.writelines(f"{rng.getrandbits(64):016x} record {number} line {line}\n" for line in range(rng.randrange(10, 300)))
        commands.append(f'write "{source}" "/added/report-{number:03}.txt"')
    source = os.path.join(temporary, "upload")
    with open(source, "wb") as f:
        f.write(rng.randbytes(random_bytes))
    commands.append(f'write "{source}" "/added/upload.bin"')
    ext4.run(image, commands)


def write_into_database(image, fd, rng, count):
    """Overwrites records in random 4 KiB blocks of the database file: a quarter of each block changes, as an update of rows does."""
    places = [physical + i for physical, length in ext4.extents(image, DATABASE) for i in range(length)]
    for place in sorted(rng.sample(places, min(count, len(places)))):
        data = bytearray(os.pread(fd, blocks.BLOCK, place * blocks.BLOCK))
        for quarter in range(4):
            at = quarter * 1024 + rng.randrange(768)
            record = f'{{"items": ["{rng.getrandbits(160):040x}"], "state": "updated", "note": "{rng.getrandbits(320):080x}"}}'
            data[at:at + 256] = record.ljust(256).encode()
        os.pwrite(fd, data, place * blocks.BLOCK)


def write_journal(image, fd, count):
    """Fills a part of the journal with copies of inode table blocks, as a mounted file system's journal holds. It stays marked as clean."""
    journal = [physical + i for physical, length in ext4.extents(image, "<8>") for i in range(length)]
    statistics = ext4.run(image, ["show_super_stats"], write=False)
    tables = [int(line.split("inode table at ")[1].split()[0].rstrip(",")) for line in statistics.splitlines() if "inode table at " in line]
    copied = 0
    while copied < count:
        # Eight blocks of each table in turn: journals hold many small pieces of many tables.
        group, piece = (copied // 8) % len(tables), copied // 8 // len(tables) * 8
        data = os.pread(fd, 8 * blocks.BLOCK, (tables[group] + piece) * blocks.BLOCK)
        for i in range(min(8, count - copied)):
            # Skip the journal's own header block, so that it stays valid.
            os.pwrite(fd, data[i * blocks.BLOCK:(i + 1) * blocks.BLOCK], journal[1 + (copied + i) % (len(journal) - 1)] * blocks.BLOCK)
        copied += 8
