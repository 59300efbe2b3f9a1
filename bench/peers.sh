#!/usr/bin/env bash
# Times Vidimus, verifying a signed archive, beside programs that check or hash the same files.
# Prints Markdown tables and leaves raw results. Says what is missing and goes on without it.
# Does not keep the machine quiet: other work on it shows in the ranges of the tables.
set -Eeuo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export LC_ALL=C
unset VIDIMUS_SHA256

usage() {
    cat <<'END'
usage: bench/peers.sh [OPTIONS]
  --trees A,B      of start,small,large,one,million (default: all)
  --without A,B    leave out these programs
  --rounds N       every command once a round (default 5)
  --cold           once more with the page cache dropped before each command (root)
  --dir DIR        where the trees are made (default: a temporary folder)
  --keep           keep the trees, and use the ones that are there
  --results DIR    where the raw results go (default: bench/results/DATE-COMMIT)
  --quick          tiny trees: tries this script, measures nothing
VIDIMUS=PATH names the program to measure (default: cargo build --release)
END
}

# What people read goes past the log that steps write into.
exec 3>&2
say() {
    printf '%s\n' "$*" >&3
}

fail() {
    say "failed: $*"
    exit 1
}

trees=start,small,large,one,million without='' rounds=5 cold='' dir='' keep='' results='' quick=''
while [ $# -gt 0 ]; do
    case $1 in
    --cold) cold=1 ;;
    --keep) keep=1 ;;
    --quick) quick=1 rounds=2 ;;
    --help | -h) usage && exit ;;
    --trees | --without | --rounds | --dir | --results)
        [ $# -gt 1 ] || fail "$1 needs a value"
        printf -v "${1#--}" %s "$2"
        shift
        ;;
    *) usage >&2 && exit 2 ;;
    esac
    shift
done
[[ $rounds =~ ^[1-9][0-9]*$ ]] || fail "--rounds takes a number, not $rounds"
for tree in ${trees//,/ }; do
    [[ $tree =~ ^(start|small|large|one|million)$ ]] || fail "no tree is called $tree"
done

[ -z "$keep" ] || [ -n "$dir" ] || fail "--keep needs --dir"

# shellcheck source=bench/peers/machine.sh
. "$here/bench/peers/machine.sh"
# shellcheck source=bench/peers/rows.sh
. "$here/bench/peers/rows.sh"
# shellcheck source=bench/peers/measure.sh
. "$here/bench/peers/measure.sh"

clean_up() {
    [ $? -eq 0 ] || tail -n 20 "$scratch/log" >&3
    if [ -z "$keep" ]; then
        rm -rf "$work"
    else
        say "kept: $work"
    fi
    rm -rf "$scratch"
}

find_vidimus() {
    if [ -z "${VIDIMUS:-}" ]; then
        (cd "$here" && cargo build --release --quiet)
        VIDIMUS=${CARGO_TARGET_DIR:-$here/target}/release/vidimus
    fi
    [ -x "$VIDIMUS" ] || fail "VIDIMUS names no program"
    # By a bare name, so that no folder of this machine is in the results.
    ln -s "$(realpath "$VIDIMUS")" "$scratch/bin/vidimus"
    export PATH=$scratch/bin:$PATH
}

find_results() {
    if [ -z "$results" ]; then
        results=$here/bench/results/$(date -u +%F)-$(commit)
        [ -z "$quick" ] || results=$scratch/results
    fi
    [ -z "$(ls -A "$results" 2>/dev/null)" ] || fail "results are there already: $results"
    mkdir -p "$results"
    results=$(realpath "$results")
}

for program in hyperfine python3 openssl; do
    command -v "$program" >/dev/null || fail "$program is needed: apt-get install $program"
done
scratch=$(mktemp -d)
work=${dir:-$scratch}/vidimus-peers
trap clean_up EXIT
trap 'say "failed: ${BASH_SOURCE[0]##*/}, line $LINENO, exit $?"' ERR
mkdir -p "$work" "$scratch/bin"
: >"$scratch/log"
work=$(realpath "$work")
find_vidimus
find_results
find_peers
describe_machine >"$results/machine.txt"
for tree in ${trees//,/ }; do
    prepare "$tree"
    measure "$tree"
    [ -z "$quick" ] || notice_a_changed_byte "$tree"
done
python3 "$here/bench/peers/table.py" "$results" | tee "$results/tables.md"
python3 "$here/bench/peers/results.py" refuse "$results" "$here" "$work" "$scratch" \
    "${HOME:-/root}" "${TMPDIR:-/tmp}" "$(uname -n)"
[ -n "$quick" ] || say "raw results: $results"
