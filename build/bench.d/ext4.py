"""Reads and edits an ext4 image through debugfs, so that no mount and no root is needed."""
import re
import subprocess


def run(image, commands, write=True):
    """Runs debugfs commands in one process and returns what it printed."""
    result = subprocess.run(["debugfs", *(["-w"] if write else []), "-f", "-", image], input="\n".join(commands) + "\n",
                            capture_output=True, text=True, errors="surrogateescape")
    # debugfs ends with 0 whatever happens; failed commands speak on standard error, below its own version line.
    complaints = [line for line in result.stderr.splitlines() if line.strip() and not line.startswith("debugfs ")]
    if result.returncode or complaints:
        raise RuntimeError(f"debugfs: {complaints[:3] or result.returncode}")
    return result.stdout


def extents(image, path):
    """Returns (first block, number of blocks) of each extent of a file, in file order."""
    found = []
    for line in run(image, [f'dump_extents -l "{path}"'], write=False).splitlines():
        # Level Entries Logical Physical Length Flags, for example " 0/ 0   1/  1     0 -   999  34816 - 35815   1000 "
        match = re.match(r"\s*\d+/\s*\d+\s+\d+/\s*\d+\s+\d+\s*-\s*\d+\s+(\d+)\s*-\s*(\d+)\s+(\d+)", line)
        if match:
            found.append((int(match[1]), int(match[3])))
    if not found:
        raise RuntimeError(f"debugfs: no extents found for {path}")
    return found


def physical_blocks(image, questions):
    """Returns the physical block of each (path, logical block)."""
    output = run(image, [f'bmap "{path}" {block}' for path, block in questions], write=False)
    return [int(line) for line in output.splitlines() if line.strip().isdigit()]


def check(image, *options):
    """Runs e2fsck; only a clean or repaired file system passes."""
    result = subprocess.run(["e2fsck", *options, image], capture_output=True, text=True)
    if result.returncode not in ((0,) if "-fn" in options else (0, 1)):
        raise RuntimeError(f"e2fsck {' '.join(options)} ended with {result.returncode}:\n{result.stdout[-2000:]}")
