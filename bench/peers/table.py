"""Markdown tables of the results of ../peers.sh: table.py FOLDER

A time is the median over all rounds, a ratio the one of two medians. Not reached is said as plainly
as reached; what was not measured has no row.
"""

import csv
import json
import os
import statistics
import sys

TREES = {
    "start": "five small files",
    "small": "100,000 files around 4 KiB",
    "large": "2,000 files of 1 MiB",
    "one": "one file of 2 GiB",
    "million": "1,000,000 tiny files",
}
PROGRAMS = ("rhash", "b3sum", "sha256sum", "hashdeep", "bagit.py", "model_signing")
# Vidimus / program, at most; files cached.
TARGETS = {
    "small": dict(zip(PROGRAMS, (0.36, 0.30, 0.18, 0.09, 0.04, 0.02))),
    "large": dict(zip(PROGRAMS, (0.30, 0.95, 0.09, 0.10, 0.13, 0.21))),
    "one": {"openssl": 1.0},
}
# KiB, at most, when verifying.
MEMORY = {"small": 64 * 1024, "million": 400 * 1024}
DOES = {
    "signed": "verifies the signed archive",
    "kernel": "verifies, with this kernel",
    "check": "checks",
    "hash": "hashes",
    "apart": "hashes, two processes",
    "floor": {"read": "opens, reads, closes; hashes nothing", "look": "the same, and looks twice"},
}


def times(row):
    return [time for run in row["runs"] for time in run["times"]]


def median(row):
    return statistics.median(times(row))


def seconds(value):
    """Three significant digits, in s or ms."""
    return f"{value:.2f} s" if value >= 1 else f"{value * 1000:.3g} ms"


def compared(rows):
    """By program, the row that Vidimus is compared with: the faster of checking and hashing."""
    best = {}
    for row in rows:
        if row["kind"] in ("check", "hash"):
            old = best.get(row["program"])
            if old is None or median(row) < median(old):
                best[row["program"]] = row
    return best


def target(ratio, limit):
    """Whether a ratio keeps its limit, before rounding."""
    if limit is None:
        return "", ""
    return f"<= {limit:.2f}", "yes" if ratio <= limit else "**no**"


def does_of(row):
    does = DOES[row["kind"]]
    return does if isinstance(does, str) else does[row["command"].split()[1]]


def line_of(row, ours, best, limits):
    spread = f"{seconds(min(times(row)))} to {seconds(max(times(row)))}"
    name, does = row["program"], does_of(row)
    if row["kind"] == "kernel":
        name = f"vidimus, {name}"
    limit, reached, ratio = "", "", ours / median(row)
    if best.get(name) is row:
        does += ", compared"
        limit, reached = target(ratio, limits.get(name))
    cells = [name, does, seconds(median(row)), spread, f"{ratio:.3f}", limit, reached]
    return "| " + " | ".join(cells) + " |"


def tree_table(document):
    tree, cache, rows = document["tree"], document["cache"], document["rows"]
    ours = next(median(row) for row in rows if row["kind"] == "signed")
    limits = TARGETS.get(tree, {}) if cache == "cached" and not document["quick"] else {}
    size = "a few files, which says nothing" if document["quick"] else TREES[tree]
    print(f"### {tree}: {size}, {cache}; {len(rows[0]['runs'])} rounds\n")
    print("| program | does | median | range | Vidimus / it | target | reached |")
    print("|---|---|---|---|---|---|---|")
    best = compared(rows)
    for row in rows:
        print(line_of(row, ours, best, limits))
    print()


def memory_table(rows, quick):
    print("### Peak memory of Vidimus\n")
    print("| tree | command | peak | target | reached |\n|---|---|---|---|---|")
    for tree, what, peak in rows:
        limit = None if quick or what != "verify" else MEMORY.get(tree)
        goal = "" if limit is None else f"<= {limit // 1024} MiB"
        reached = "" if limit is None else "yes" if int(peak) <= limit else "**no**"
        print(f"| {tree} | {what} | {int(peak) / 1024:.1f} MiB | {goal} | {reached} |")


def main(folder):
    quick = False
    for name in [f"{tree}-{cache}.json" for cache in ("cached", "cold") for tree in TREES]:
        path = os.path.join(folder, name)
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                document = json.load(file)
            quick = quick or document["quick"]
            tree_table(document)
    path = os.path.join(folder, "memory.tsv")
    if os.path.exists(path):
        with open(path, encoding="ascii") as file:
            memory_table(list(csv.reader(file, delimiter="\t")), quick)


main(sys.argv[1])
