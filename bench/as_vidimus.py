#!/usr/bin/env python3
"""Runs another word diff on a pair of texts and prints what `vidimus diff --format json` would be read for by a scorer.

For measuring wdiff, dwdiff and git's word diff with the scorer that measures vidimus:
    AS=wdiff score.py --bin bench/as_vidimus.py        AS is wdiff, dwdiff or git; or a symlink bears that name
What it does not promise: the tools have no moves, kinds, weights or noise, so `op` is never `move`, `kinds` and `noise`
are empty, every weight is `minor`, and it is not the schema of docs/json.md. Each tool runs with its defaults in the
locale C.UTF-8 (in C, dwdiff takes a no-break space for a letter and marks more). The time is mostly the start of
Python: do not compare it. Words are walked between Unicode white space, as the scorer splits them. A change is a run of
marked words with no kept word between; spans are byte offsets in the original files. Exit 0 no change, 1 changes,
2 error.
"""
import json, os, pathlib, re, subprocess, sys

MARKS = [b"\1", b"\2", b"\3", b"\4"]  # start and end of deleted, of inserted
DELIMITERS = ["-w", "\1", "-x", "\2", "-y", "\3", "-z", "\4"]
COMMANDS = {
    "wdiff": ["wdiff", *DELIMITERS],
    "dwdiff": ["dwdiff", "--no-profile", *DELIMITERS],
    "git": ["git", "-c", "core.attributesFile=" + os.devnull, "diff", "--no-index", "--no-ext-diff", "--no-textconv",
            "--no-color", "--text", "--word-diff=porcelain", "-U100000"],
}


def tool_output(tool, old, new):
    env = dict(os.environ, LC_ALL="C.UTF-8", GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1",
               GIT_ATTR_NOSYSTEM="1")
    # from the root, so that no repository's configuration or attributes count
    done = subprocess.run([*COMMANDS[tool], str(old), str(new)], capture_output=True, env=env, cwd="/")
    if done.returncode not in (0, 1):
        raise ValueError(f"{tool} exit {done.returncode}: {done.stderr.decode(errors='replace')[-200:]}")
    return done.stdout


def marked_words(tool, output):
    """The words of the output in order, each with ' ' kept, '-' deleted or '+' inserted."""
    if tool == "git":
        body = output.split(b"\n@@ ", 1)[-1].split(b"\n")[1:]
        pieces = [(line[:1], line[1:]) for line in body if line[:1] in (b" ", b"-", b"+")]
    else:
        pieces, state = [], b" "
        for part in re.split(b"([\1-\4])", output):
            if part in MARKS:
                state = {b"\1": b"-", b"\3": b"+"}.get(part, b" ")
            else:
                pieces.append((state, part))
    return [(sign.decode(), word) for sign, text in pieces for word, *_ in words_of(text)]


def words_of(data):
    """(word, start, end) with byte offsets."""
    text, out, char, byte = data.decode("utf-8", "surrogateescape"), [], 0, 0
    for found in re.finditer(r"\S+", text):
        start = byte + len(text[char:found.start()].encode("utf-8", "surrogateescape"))
        word = found.group().encode("utf-8", "surrogateescape")
        char, byte = found.end(), start + len(word)
        out.append((word, start, byte))
    return out


def span(text, start, end):
    return dict(start=start, end=end, text=text[start:end].decode("utf-8", "replace"))


def changes_of(marked, texts):
    """Walks the words of both files; every word must be met, in order, under its mark."""
    words = [words_of(text) for text in texts]
    at, runs, fresh = [0, 0], [], True
    for sign, word in marked:
        sides = {" ": (0, 1), "-": (0,), "+": (1,)}[sign]
        for side in sides:
            found = words[side][at[side]][0] if at[side] < len(words[side]) else b"(end)"
            if found != word:
                raise ValueError(f"{('old', 'new')[side]} word {at[side]}: the tool has {word!r}, the file {found!r}")
            if sign != " ":
                if fresh:
                    runs.append(([], []))
                fresh = False
                runs[-1][side].append(words[side][at[side]])
            at[side] += 1
        fresh = fresh or sign == " "
    if at != [len(words[0]), len(words[1])]:
        raise ValueError(f"the walk ends at words {at} of {[len(w) for w in words]}")
    out = []
    for run in runs:
        spans = [[span(text, ws[0][1], ws[-1][2])] if ws else [] for text, ws in zip(texts, run)]
        op = "replace" if run[0] and run[1] else "delete" if run[0] else "insert"
        out.append(dict(op=op, kinds=[], weight="minor", old=spans[0], new=spans[1]))
    return out


def main():
    own = pathlib.Path(sys.argv[0]).name
    tool = own if own in COMMANDS else os.environ.get("AS", "")
    if tool not in COMMANDS or len(sys.argv) < 3:
        raise ValueError(f"usage: AS={'|'.join(COMMANDS)} {own} [diff --format json] OLD NEW")
    old, new = (pathlib.Path(name).resolve() for name in sys.argv[-2:])
    texts = [old.read_bytes(), new.read_bytes()]
    if any(mark in text for mark in MARKS for text in texts):
        raise ValueError("a text holds a control character that marks words here")
    same = texts[0] == texts[1]
    changes = [] if same else changes_of(marked_words(tool, tool_output(tool, old, new)), texts)
    verdict = "surface" if changes else "identical" if same else "noise-only"
    print(json.dumps(dict(verdict=verdict, changes=changes, noise=[])))
    return bool(changes)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ValueError, OSError) as problem:
        print(f"as_vidimus: {problem}", file=sys.stderr)
        sys.exit(2)
