"""Makes the trees of ../peers.sh, the same ones every time, and lists them as sha256sum does.

trees.py make TREE FOLDER [--quick] | list FOLDER | flip FOLDER
Names are plain ASCII: nothing here escapes one.
"""

import hashlib
import math
import os
import random
import shutil
import sys

SEED = 5
CHUNK = 1 << 20


def lognormal(chance):
    """A size whose mean is 4110 bytes: 100,000 files are 411 MB."""
    return int(chance.lognormvariate(math.log(4110) - 0.5, 1.0))


# How many files, in a quick run, how many in a folder, and how large each is.
TREES = {
    "start": (5, 5, 5, lambda chance: chance.randint(2000, 4000)),
    "small": (100_000, 200, 1000, lognormal),
    "large": (2_000, 8, 100, lambda _: 1 << 20),
    "one": (1, 1, 1, lambda _: 1 << 31),
    "million": (1_000_000, 300, 1000, lambda chance: chance.randint(1, 128)),
}


def write(path, size, chance):
    """One file of pseudo-random bytes."""
    with open(path, "wb") as file:
        while size > 0:
            file.write(chance.randbytes(min(size, CHUNK)))
            size -= CHUNK


def make(tree, folder, quick):
    """Makes the tree, unless the same one is there whole."""
    full, few, in_folder, size = TREES[tree]
    count = few if quick else full
    made = f"{folder}.made"
    words = f"{tree} {count} {SEED} {'quick' if quick else 'full'}\n"
    if os.path.exists(made) and open(made, encoding="ascii").read() == words:
        return
    shutil.rmtree(folder, ignore_errors=True)
    chance = random.Random(SEED)
    for at in range(count):
        inner = os.path.join(folder, f"{at // in_folder:04}")
        if at % in_folder == 0:
            os.makedirs(inner)
        length = size(chance)
        if quick and length > CHUNK:
            length >>= 8
        write(os.path.join(inner, f"{at:07}.bin"), length, chance)
    with open(made, "w", encoding="ascii") as file:
        file.write(words)


def paths(folder):
    """The files, relative, in the order of their bytes."""
    found = []
    for inner, _, names in os.walk(folder):
        found += [os.path.relpath(os.path.join(inner, name), folder) for name in names]
    return sorted(found, key=os.fsencode)


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def flip(folder):
    """Changes one byte of the file in the middle, or changes it back."""
    found = paths(folder)
    with open(os.path.join(folder, found[len(found) // 2]), "r+b") as file:
        at = os.fstat(file.fileno()).st_size // 2
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 1]))


def main(command, *rest):
    if command == "make":
        make(rest[0], rest[1], "--quick" in rest)
    elif command == "list":
        for path in paths(rest[0]):
            print(f"{sha256(os.path.join(rest[0], path))}  {path}")
    elif command == "flip":
        flip(rest[0])
    else:
        sys.exit(__doc__)


main(*sys.argv[1:])
