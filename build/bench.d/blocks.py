"""Reads, compares and copies volume images block by block.

Holes are found with SEEK_DATA and never read, so a 64 GiB sparse image costs nothing.
"""
import errno
import os

BLOCK = 4096
CHUNK = 1 << 20
ZERO_BLOCK = bytes(BLOCK)
ZERO_CHUNK = bytes(CHUNK)


def data_extents(fd, size):
    """Yields (start, end) of every extent that holds data, ascending."""
    position = 0
    while position < size:
        try:
            start = os.lseek(fd, position, os.SEEK_DATA)
        except OSError as e:
            if e.errno == errno.ENXIO:
                return
            raise
        position = min(os.lseek(fd, start, os.SEEK_HOLE), size)
        yield start, position


def chunks_with_data(fds, size):
    """Yields the offset and length of each 1 MiB chunk in which any of the files holds data."""
    done = 0
    touched = sorted(extent for fd in fds for extent in data_extents(fd, size))
    for start, end in touched:
        offset = max(done, start // CHUNK * CHUNK)
        while offset < end:
            yield offset, min(CHUNK, size - offset)
            offset += CHUNK
        done = max(done, offset)


def read_all(path):
    """Reads a file, holes included, so that the page cache holds what the next command reads."""
    buffer = bytearray(4 * CHUNK)
    with open(path, "rb", buffering=0) as f:
        while f.readinto(buffer):
            pass


def warm(path):
    """The same for a file or for every file below a directory."""
    if os.path.isfile(path):
        read_all(path)
        return
    for directory, _, names in os.walk(path):
        for name in names:
            read_all(os.path.join(directory, name))


def stored_bytes(path):
    """Adds up the lengths of a file or of all files below a directory."""
    if os.path.isfile(path):
        return os.path.getsize(path)
    return sum(os.path.getsize(os.path.join(d, n)) for d, _, names in os.walk(path) for n in names)


def copy_sparse(source, target):
    """Copies the data extents and leaves the holes; written zeros stay written."""
    with open(source, "rb", buffering=0) as src, open(target, "wb", buffering=0) as dst:
        size = os.fstat(src.fileno()).st_size
        dst.truncate(size)
        for start, end in data_extents(src.fileno(), size):
            while start < end:
                # Not copy_file_range: the two may be on different file systems.
                start += os.pwrite(dst.fileno(), os.pread(src.fileno(), min(4 * CHUNK, end - start), start), start)


def used_bytes(path):
    """Counts the 4 KiB blocks that are not all zero, in bytes."""
    used = 0
    with open(path, "rb", buffering=0) as f:
        size = os.fstat(f.fileno()).st_size
        for offset, length in chunks_with_data([f.fileno()], size):
            data = os.pread(f.fileno(), length, offset)
            if data != ZERO_CHUNK[:length]:
                used += sum(BLOCK for i in range(0, length, BLOCK) if data[i:i + BLOCK] != ZERO_BLOCK[:length - i])
    return used


def changed_runs(base, successor):
    """Yields (offset, length) of every run of 4 KiB blocks that differ, ascending, neighbours merged."""
    with open(base, "rb", buffering=0) as a, open(successor, "rb", buffering=0) as b:
        size = os.fstat(b.fileno()).st_size
        if os.fstat(a.fileno()).st_size != size:
            raise ValueError("the images differ in size")
        run_start = run_end = None
        for offset, length in chunks_with_data([a.fileno(), b.fileno()], size):
            old, new = os.pread(a.fileno(), length, offset), os.pread(b.fileno(), length, offset)
            if old == new:
                continue
            for i in range(0, length, BLOCK):
                if old[i:i + BLOCK] == new[i:i + BLOCK]:
                    continue
                start, end = offset + i, min(offset + i + BLOCK, size)
                if run_end == start:
                    run_end = end
                else:
                    if run_end is not None:
                        yield run_start, run_end - run_start
                    run_start, run_end = start, end
        if run_end is not None:
            yield run_start, run_end - run_start


def read_runs(list_path):
    """Reads a change list: one `offset length` pair per line."""
    with open(list_path) as f:
        return [tuple(int(field) for field in line.split()) for line in f]


def write_runs(list_path, runs):
    """Writes a change list."""
    with open(list_path, "w") as f:
        f.writelines(f"{offset} {length}\n" for offset, length in runs)


def first_difference(expected, actual, overlay=None, runs=()):
    """Returns the offset of the first differing 1 MiB chunk, or None.

    With an overlay, the runs are expected to hold the overlay's bytes.
    """
    with open(expected, "rb", buffering=0) as a, open(actual, "rb", buffering=0) as b, open(overlay or expected, "rb", buffering=0) as o:
        size = os.fstat(a.fileno()).st_size
        if os.fstat(b.fileno()).st_size != size:
            return min(size, os.fstat(b.fileno()).st_size)
        pending = list(reversed(runs))
        for offset, length in chunks_with_data([a.fileno(), b.fileno(), o.fileno()], size):
            want = bytearray(os.pread(a.fileno(), length, offset))
            while pending and pending[-1][0] < offset + length:
                start, count = pending[-1]
                end = min(start + count, offset + length)
                start = max(start, offset)
                want[start - offset:end - offset] = os.pread(o.fileno(), end - start, start)
                if pending[-1][0] + pending[-1][1] > offset + length:
                    break
                pending.pop()
            if want != os.pread(b.fileno(), length, offset):
                return offset
    return None
