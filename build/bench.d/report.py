"""Writes docs/performance.md from the results of a run. As a command: report.py RESULTS.json OUTPUT.md writes it again."""
import json
import os
import statistics
import sys

import goals
import rows
import sections

MIB, GIB = 1 << 20, 1 << 30


def write(results, path):
    """Writes the document; the sections of an earlier one, prose and other runs' tables, stay."""
    kept = {"prose": "", **sections.read(path)}
    text = "\n".join([*head(results), *goal_table(results), *work_tables(results), *limit_tables(results), *sections.render(kept)])
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def head(results):
    facts, machine = results["facts"], results["machine"]
    image, used = facts["image_mib"], facts["used_bytes"] / MIB
    changed = facts["changed_blocks"] * 4096 / MIB
    foreign = [s["foreign"] for tools in results["samples"].values() for samples in tools.values() for s in samples if s["wall"] > 0.2]
    lines = [
        "# Performance", "",
        "Written by `build/bench`, `build/bench --platform`, `--csi`, `--catalog` and `--kubernetes`; only the prose is written by hand. Figures hold for the machine named here; compare ratios, "
        "which come from one run with the tools in turn.", ""]
    if results["quick"] or results["rounds"] < 5:
        lines += ["**This was a short run that checks the harness. Its figures mean little.**", ""]
    if foreign and statistics.median(foreign) > 0.25:
        lines += ["**Other processes were busy during this run: its times are longer than the machine's best, its ratios uncertain.**", ""]
    lines += [
        f"- Run: {results['started'][:10]}, {results['rounds']} round{'s' if results['rounds'] > 1 else ''}, all tools of a row in turn in each "
        "round, medians with [lowest-highest]. Inputs are read into the page cache first, and free memory is touched, so that none pays for pages the "
        "machine has to get back from its host; `sync` runs before and after each command and is not counted. All outputs are on the file system of the inputs.",
        f"- Machine: {machine['cores']} cores of {machine['cpu']} ({', '.join(machine['flags']) or 'no special instructions'}), "
        f"{machine['memory_mib'] / 1024:.0f} GiB, Linux {machine['kernel']}, {machine['file_system']}, .NET SDK {machine['dotnet']}.",
        f"- Tools: {', '.join(f'{name} {version}' for name, version in machine['tools'].items())}.",
        f"- Volume: ext4, {image} MiB, of which {used:.0f} MiB ({100 * used / image:.0f} %) are 4 KiB blocks that are not zero, in "
        f"{facts['extents']} extents. System files, text, incompressible files, an SQLite database with 8 KiB pages, written zeros, remains "
        f"of deleted files (SHA-256 {facts['sha256'][:16]}…).",
        f"- Successor: {facts['changed_blocks']} blocks of 4 KiB changed = {changed:.1f} MiB = {100 * changed / image:.2f} % of the volume, in "
        f"{facts['changed_runs']} runs, touching {results['touched_mib']} cells of 1 MiB. Texts appended, headers rewritten, files added and "
        "removed, records updated in random blocks of the database, a part of the journal written.",
        f"- Other processes kept {statistics.median(foreign) if foreign else 0:.2f} cores busy at the median and {max(foreign, default=0):.2f} "
        "at most while a command ran (kernel write-back counts among them). A time marked ° had more than a quarter of a core taken at "
        "the median.",
        "- waybill's results are proved after every measured command: bundles are restored and compared with the image, the range with the "
        "image's bytes." + (" One flipped byte in a bundle made verify and restore fail." if results["extras"].get("damage found") else ""),
        "- A peak marked ≤ is the floor of the measurement, not the command's own.", ""]
    if results["skipped"]:
        lines += ["Left out: " + "; ".join(f"{tool} ({reason})" for tool, reason in results["skipped"].items()) + ".", ""]
    return lines


def goal_table(results):
    lines = [
        "## Goals", "",
        "Ratios of this run's medians: the peer's time by ours where the goal says faster, our figure by the peer's where it says at most.", "",
        "| work | goal | reached | | ours | theirs |", "|---|---|---|---|---|---|"]
    for goal in goals.evaluate(results):
        verdict = {True: "met", False: "**missed**", None: ""}[goal.met]
        lines.append(f"| {goal.work} | {goal.wanted} | {goal.reached} | {verdict} | {goal.ours} | {goal.theirs} |")
    return [*lines, ""]


def work_tables(results):
    lines = ["## Measurements", ""]
    for row, title in rows.ROWS.items():
        tools = results["samples"].get(row)
        if not tools:
            continue
        lines += [f"### {title}", ""]
        if row == "range":
            offset = results["facts"]["range_offset"] // MIB
            lines += [f"At offset {offset} MiB. restic's time is from the start of `restic mount` to the end of `dd`.", ""]
        result = {"verify": None, "range": None, "restore": "allocated MiB", "chain": "allocated MiB", "memory": "bundle or allocated MiB",
                  "incremental": "added MiB", "changed": "added MiB"}.get(row, "result MiB")
        columns = ["tool", "wall s", *(["MiB/s of the volume"] if speed(row) else []), "CPU s", "peak MiB", *([result] if result else []),
                   "write-back after s"]
        lines += ["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]
        for tool, samples in sorted(tools.items(), key=lambda item: statistics.median(s["wall"] for s in item[1])):
            lines.append(sample_line(results, row, tool, samples, result))
        lines.append("")
    return lines


def speed(row):
    return row not in ("range", "memory", "changed")


def sample_line(results, row, tool, samples, result):
    def middle(field):
        return statistics.median(s[field] for s in samples)
    walls = [s["wall"] for s in samples]
    digits = 3 if middle("wall") < 1 else 2
    wall = f"{middle('wall'):.{digits}f}{'°' if middle('foreign') > 0.25 else ''} [{min(walls):.{digits}f}-{max(walls):.{digits}f}]"
    peak = max(s["rss"] for s in samples) / MIB
    cells = [tool, wall]
    cells += [f"{results['facts']['image_mib'] / middle('wall'):.0f}"] if speed(row) else []
    cells += [f"{middle('cpu'):.2f}", f"{'≤ ' if all(s['rss_floor'] for s in samples) else ''}{peak:.0f}"]
    if result:
        size = statistics.median(s["size"] for s in samples) if all("size" in s for s in samples) else None
        cells.append("" if size is None else f"{size / MIB:.1f}")
    cells.append(f"{middle('flush'):.2f}")
    return "| " + " | ".join(cells) + " |"


LIMIT_NAMES = {
    "read": "read the image from the page cache (`dd`)",
    "write": "write a new file (`dd`)",
    "write_synced": "write a new file and sync it (`dd conv=fsync`)",
    "sha256": "SHA-256, one thread (`openssl speed`)",
    "sha256_all_cores": "SHA-256, all cores",
    "lz4_encode": "LZ4 level 1, one thread (`lz4 -b1`, 1 MiB blocks)",
    "lz4_decode": "LZ4 decode, one thread",
    "zstd_encode": "zstd level 1, one thread (`zstd -b1`, 1 MiB blocks)",
    "zstd_decode": "zstd decode, one thread",
}


def limit_tables(results):
    limits = results["limits"]
    lines = [
        "## Where the time goes", "",
        "What this machine does at most, in the same run. The codecs ran on a sample of the volume's own data:", "",
        "| limit | GiB/s |", "|---|---|"]
    lines += [f"| {LIMIT_NAMES[name]} | {rate / GIB:.2f} |" for name, rate in limits.items()]
    lines += [
        "", "What each work cannot do without, at those rates: every used byte hashed and coded or decoded once, the file read and written "
        "once. The bound is the sum of the processor seconds of these parts divided by the cores, as if nothing else ran and nothing waited. "
        "The rates are those of the C codecs; waybill's codecs are managed code.", "",
        "| work | parts, processor seconds | bound s | wall s | times the bound | CPU s | times the parts |", "|---|---|---|---|---|---|---|"]
    for bound in goals.bounds(results):
        parts = ", ".join(f"{name} {seconds:.2f}" for name, seconds in bound.parts.items())
        total = sum(bound.parts.values())
        at_best = total / results["machine"]["cores"]
        lines.append(f"| {bound.work} | {parts} | {at_best:.2f} | {bound.wall:.2f} | {bound.wall / at_best:.2f} | {bound.cpu:.2f} "
                     f"| {bound.cpu / total:.2f} |")
    return [*lines, ""]


if __name__ == "__main__":
    with open(sys.argv[1]) as source:
        write(json.load(source), sys.argv[2])
