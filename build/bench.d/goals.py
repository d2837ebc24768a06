"""The goals as ratios of one run, and the bounds that the machine sets."""
import statistics
from dataclasses import dataclass

import rows
import tools

MIB = 1 << 20


@dataclass
class Goal:
    """This run's answer to one wish."""
    work: str
    wanted: str
    reached: str
    met: bool | None
    ours: str
    theirs: str


@dataclass
class Bound:
    """The parts that a work of ours consists of, at the machine's rates."""
    work: str
    parts: dict
    wall: float
    cpu: float


def evaluate(results):
    """Returns every goal whose figures this run has; the others say that they were not measured."""
    def middle(row, tool, field="wall"):
        samples = results["samples"].get(row, {}).get(tool)
        return statistics.median(s[field] for s in samples) if samples else None

    def least(row, names):
        return min((x for x in (middle(row, name) for name in names) if x is not None), default=None)

    borg = tools.BORG_VARIANTS
    full, zstd = middle("full-lz4", rows.OURS), middle("full-zstd", rows.OURS_ZSTD)
    scan, listed = middle("incremental", rows.OURS), middle("changed", rows.OURS)
    restic_next = middle("incremental", rows.RESTIC)
    span = middle("range", rows.OURS)
    found = [
        faster("full, LZ4: restic", 4, full, middle("full-lz4", rows.RESTIC)),
        faster("full, LZ4: the best of borg's LZ4 variants", 2.2, full, least("full-lz4", borg)),
        faster("full, LZ4: `lz4 -1` on the raw image", 1.8, full, middle("full-lz4", "lz4 -1")),
        at_most("full, LZ4: CPU seconds, ours by restic's", 1 / 3, middle("full-lz4", rows.OURS, "cpu"),
                middle("full-lz4", rows.RESTIC, "cpu"), "s"),
        faster("full, LZ4, encrypted with AES-256-GCM: ours without encryption", 0.9, middle("full-lz4", rows.OURS_SEALED), full),
        at_most("full, LZ4, encrypted: peak memory, ours by ours without encryption", 1.5, middle("full-lz4", rows.OURS_SEALED, "rss"),
                middle("full-lz4", rows.OURS, "rss"), "MiB"),
        faster("full, zstd 1: `zstd -1 -T2` on the raw image", 1.2, zstd, middle("full-zstd", "zstd -1 -T2")),
        at_most("full, zstd 1: size, ours by `zstd -1`", 1.05, middle("full-zstd", rows.OURS_ZSTD, "size"),
                middle("full-zstd", "zstd -1 -T2", "size"), "MiB"),
        faster("incremental without a change list: restic", 5, scan, restic_next),
        faster("incremental with a change list: restic", 30, listed, restic_next),
    ]
    tenth = middle("changed", rows.TENTH)
    if listed and tenth:
        found.append(Goal("incremental with a change list: a tenth of the changes, ours by ours", "follows the change",
                          f"{tenth / listed:.2f} of the time", None,
                          show(tenth, "s"), show(listed, "s")))
    found += sizes(results, middle("changed", rows.OURS, "size"), middle("incremental", rows.OURS, "size"))
    found += restores(results, middle)
    found += [
        faster("verify: `restic check --read-data`", 4, middle("verify", rows.OURS), middle("verify", "restic check --read-data")),
        faster("1 MiB range: restic's mount and `dd`", 10, span, middle("range", "restic mount, dd")),
        at_most("1 MiB range: time, ours by `qemu-img dd` out of a compressed qcow2", 2, span, middle("range", "qemu-img dd"), "s"),
        reads(results["extras"].get("reads")),
        peak("peak memory, all rows", results["extras"]["peak"]),
        peak("peak memory, sparse volume of 64 GiB", max((s["rss"] for samples in results["samples"].get("memory",
                                                                                                         {}).values() for s in samples),
                                                         default=0)),
    ]
    return found


def restores(results, middle):
    """The peers return while their output is still in memory only: compared with ours that does the same, and ours with theirs and a sync."""
    def synced(tool):
        samples = results["samples"].get("restore", {}).get(tool)
        return statistics.median(s["wall"] + s["flush"] for s in samples) if samples else None

    cp, quick, safe = "cp --sparse=always", middle("restore", rows.OURS_NO_SYNC), middle("restore", rows.OURS)
    return [
        faster("restore, on no disk yet (`--no-sync`): restic", 4, quick, middle("restore", rows.RESTIC)),
        at_most(f"restore, on no disk yet (`--no-sync`): time, ours by `{cp}`", 1.7, quick, middle("restore", cp), "s"),
        faster("restore, on the disk (the default): restic and `sync`", 4, safe, synced(rows.RESTIC)),
        at_most(f"restore, on the disk (the default): time, ours by `{cp}` and `sync`", 1.7, safe, synced(cp), "s"),
    ]


def sizes(results, listed, scanned):
    references = results["extras"].get("references")
    if not references:
        return [Goal("stored size of the incremental", "at most 1.3 times", "not measured", None, "", "")]
    found = []
    for work, ours in (("with a list", listed), ("without", scanned)):
        found.append(at_most(f"stored size of the incremental {work}: by the changed blocks joined and compressed by `lz4 -1`", 1.3, ours,
                             references["joined"], "MiB"))
    if listed and references["each"]:
        found.append(Goal("the same with a list, by the changed blocks each compressed alone", "(the milder reading)",
                          f"{listed / references['each']:.2f} times", None,
                          f"{listed / MIB:.1f} MiB", f"{references['each'] / MIB:.1f} MiB"))
    return found


def faster(work, wanted, ours, theirs):
    goal = f"at least {wanted:g} times faster"
    if not ours or not theirs:
        return Goal(work, goal, "not measured", None, show(ours, "s"), show(theirs, "s"))
    return Goal(work, goal, f"{theirs / ours:.2f} times", theirs / ours >= wanted, show(ours, "s"), show(theirs, "s"))


def at_most(work, wanted, ours, theirs, unit):
    goal = f"at most {wanted:.3g} times"
    if not ours or not theirs:
        return Goal(work, goal, "not measured", None, show(ours, unit), show(theirs, unit))
    return Goal(work, goal, f"{ours / theirs:.2f} times", ours / theirs <= wanted, show(ours, unit), show(theirs, unit))


def show(value, unit):
    if not value:
        return ""
    return f"{value / MIB:.1f} MiB" if unit == "MiB" else f"{value:.{3 if value < 1 else 2}f} {unit}"


def reads(count):
    if count is None:
        return Goal("1 MiB range: read calls on the bundle", "at most 4", "not measured", None, "", "")
    return Goal("1 MiB range: read calls on the bundle", "at most 4", str(count), count <= 4, "", "")


def peak(work, rss):
    if not rss:
        return Goal(work, "at most 200 MiB", "not measured", None, "", "")
    return Goal(work, "at most 200 MiB", f"{rss / MIB:.0f} MiB", rss <= 200 * MIB, "", "")


def bounds(results):
    """Yields the bound of each work of ours that was measured."""
    limits, facts = results["limits"], results["facts"]
    used, read = facts["used_bytes"], facts["image_mib"] * MIB
    touched = results["touched_mib"] * MIB

    def parts(**amounts):
        return {name.replace("_", " "): amount / limits[limit] for name, (amount, limit) in amounts.items() if limit in limits}

    def work(title, row, tool, made_of):
        samples = results["samples"].get(row, {}).get(tool)
        if samples:
            wall, cpu = (statistics.median(s[field] for s in samples) for field in ("wall", "cpu"))
            yield Bound(title, made_of(samples), wall, cpu)

    def size(row, tool):
        samples = results["samples"].get(row, {}).get(tool)
        return statistics.median(s["size"] for s in samples) if samples else 0

    for codec, row, tool in (("lz4", "full-lz4", rows.OURS), ("zstd", "full-zstd", rows.OURS_ZSTD)):
        stored = size(row, tool)
        yield from work(f"full, {codec}, decoded again as a check", row, tool, lambda _, c=codec, s=stored: parts(
            read=(read, "read"), hash=(used, "sha256"), encode=(used, f"{c}_encode"), decode=(used, f"{c}_decode"), write=(s, "write")))
        yield from work(f"verify, {codec}", "verify", tool, lambda _, c=codec, s=stored: parts(
            read=(s, "read"), decode=(used, f"{c}_decode"), hash=(used, "sha256")))
        yield from work(f"restore, {codec}", "restore", tool, lambda _, c=codec, s=stored: parts(
            read=(s, "read"), decode=(used, f"{c}_decode"), hash=(used, "sha256"), write=(used, "write")))
    yield from work("incremental without a list, lz4", "incremental", rows.OURS, lambda _: parts(
        read=(read, "read"), hash=(used, "sha256"), parent_cells_decoded=(touched, "lz4_decode"), parent_cells_hashed=(touched, "sha256"),
        encode=(facts["changed_blocks"] * 4096, "lz4_encode")))
