"""The raw results of ../peers.sh: joins hyperfine's rounds, refuses what names this machine.

results.py join TREE CACHE QUICK ROWS ROUND... | refuse FOLDER WORD...
"""

import json
import os
import re
import sys

KEPT = ("times", "user", "system", "exit_codes")


def row_of(line):
    kind, program, command = line.rstrip("\n").split("\t")
    return {"kind": kind, "program": program, "command": command, "runs": []}


def join(tree, cache, quick, rows, *rounds):
    """One document a tree: its rows, each with hyperfine's result of every round."""
    with open(rows, encoding="ascii") as file:
        found = [row_of(line) for line in file]
    for name in rounds:
        with open(name, encoding="utf-8") as file:
            results = json.load(file)["results"]
        if [result["command"] for result in results] != [row["command"] for row in found]:
            sys.exit(f"{name}: not the commands that were asked for")
        for row, result in zip(found, results):
            row["runs"].append({key: result[key] for key in KEPT})
    document = {"tree": tree, "cache": cache, "quick": quick == "1", "rows": found}
    json.dump(document, sys.stdout, indent=1)
    print()


def names(word, text):
    """Whether the text holds the word as a whole."""
    return re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w-])", text) is not None


def refuse(folder, *words):
    """Results go to the public: a folder, a home or the name of this machine has no place there."""
    words = [word.rstrip("/") for word in words if word.rstrip("/") not in ("", "localhost")]
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            text = file.read()
        for word in words:
            if names(word, text):
                sys.exit(f"failed: {name} names {word}, of this machine")


def main(command, *rest):
    {"join": join, "refuse": refuse}[command](*rest)


main(*sys.argv[1:])
