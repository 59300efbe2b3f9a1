# shellcheck shell=bash disable=SC2154,SC2164
# Read by ../peers.sh: runs the commands of rows.tsv, once each a round. A command that fails stops
# everything: a program that refuses the files is no measure.
# Its variables are those of ../peers.sh, which stops at the first failure.

# peak_of TREE WHAT COMMAND...: runs it and notes its peak memory.
peak_of() {
    local tree=$1 what=$2
    shift 2
    if ! has_peer time; then
        "$@"
        return
    fi
    /usr/bin/time -f %M -o peak "$@"
    printf '%s\t%s\t%s\n' "$tree" "$what" "$(cat peak)" >>"$results/memory.tsv"
}

can_drop_caches() {
    [ "$(id -u)" -eq 0 ] && sh -c 'sync; echo 3 >/proc/sys/vm/drop_caches' 2>/dev/null
}

# rounds_of TREE CACHE ROWS HYPERFINE-OPTION...
rounds_of() {
    local tree=$1 cache=$2 rows=$3 round commands
    shift 3
    mapfile -t commands < <(cut -f 3 "$rows")
    for ((round = 1; round <= rounds; round++)); do
        say "measuring: $tree, $cache, round $round of $rounds"
        hyperfine --shell=none --style none --runs 1 "$@" \
            --export-json "round-$round.json" "${commands[@]}" >"$scratch/log" 2>&1
    done
    python3 "$here/bench/peers/results.py" join "$tree" "$cache" "${quick:-0}" "$rows" \
        round-*.json >"$results/$tree-$cache.json"
    rm -f round-*.json
}

measure() {
    cd "$work/$1"
    xargs -0 -a names cat >/dev/null
    rounds_of "$1" cached rows.tsv --warmup "$((quick ? 0 : 1))"
    peak_of "$1" verify vidimus verify --no-state --archive archive >/dev/null
    [ -n "$cold" ] || return 0
    if ! can_drop_caches; then
        say "not run: the cold rows; dropping the page cache needs root"
        return
    fi
    awk -F '\t' '$1 != "kernel" && $1 != "apart"' rows.tsv >rows-cold.tsv
    rounds_of "$1" cold rows-cold.tsv --prepare "sh -c 'sync; echo 3 >/proc/sys/vm/drop_caches'"
}

# Whatever checks must see one changed byte, or its time means nothing.
notice_a_changed_byte() {
    local kind program command
    cd "$work/$1"
    python3 "$here/bench/peers/trees.py" flip archive/files
    while IFS=$'\t' read -r kind program command; do
        case $kind in
        signed | kernel | check)
            # The commands hold no quotes: words are apart by spaces.
            # shellcheck disable=SC2086
            if $command >/dev/null 2>&1 </dev/null; then
                fail "$1: $program does not see a changed byte"
            fi
            ;;
        esac
    done <rows.tsv
    python3 "$here/bench/peers/trees.py" flip archive/files
}
