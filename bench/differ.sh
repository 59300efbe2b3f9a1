#!/bin/sh
# Whole programs on the same pairs in the same run, on one core: vidimus, git, wdiff.
# Needs hyperfine, git, wdiff, taskset. Prints a table in Markdown.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$here"
cargo build --release --quiet
PAIRS=$folder cargo bench --quiet --bench differ
bin=${CARGO_TARGET_DIR:-$here/target}/release/vidimus
cd "$folder"
for pair in small 1mb 10mb; do
    files="$pair.old.txt $pair.new.txt"
    echo "### $pair"
    hyperfine --ignore-failure --shell=none --warmup 3 --style none \
        --export-markdown table.md \
        --command-name vidimus "taskset -c 0 $bin diff --format json $files" \
        --command-name "git word-diff" "taskset -c 0 git diff --no-index --word-diff $files" \
        --command-name wdiff "taskset -c 0 wdiff $files" >/dev/null 2>&1
    cat table.md
done
