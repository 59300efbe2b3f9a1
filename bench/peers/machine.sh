# shellcheck shell=bash disable=SC2154,SC2164
# Read by ../peers.sh: which programs are here, and what machine this is. Names no host, no folder.
# Its variables are those of ../peers.sh, which stops at the first failure.

commit() {
    local hash changed=''
    hash=$(git -C "$here" rev-parse --short=12 HEAD 2>/dev/null) || {
        printf unknown
        return
    }
    git -C "$here" diff --quiet HEAD -- || changed=-changed
    printf '%s%s' "$hash" "$changed"
}

peers=' '

# peer NAME HINT COMMAND...: NAME is measured when the command succeeds.
peer() {
    local name=$1 hint=$2
    shift 2
    if [[ ,$without, = *,$name,* ]]; then
        say "left out: $name"
    elif "$@" >/dev/null 2>&1; then
        peers+="$name "
    else
        say "missing: $name, its rows are left out; $hint"
    fi
}

has_peer() {
    [[ $peers = *" $1 "* ]]
}

find_peers() {
    peer rhash 'apt-get install rhash' rhash --version
    peer b3sum 'apt-get install b3sum, or cargo install b3sum' b3sum --version
    peer sha256sum 'apt-get install coreutils' sha256sum --version
    peer openssl 'apt-get install openssl' openssl version
    peer hashdeep 'apt-get install hashdeep' hashdeep -V
    peer bagit.py 'pip install bagit' bagit.py --help
    # model-signing imports pyOpenSSL without naming it among what it needs.
    peer model_signing 'pip install model-signing pyOpenSSL' model_signing verify key --help
    peer time 'apt-get install time (for peak memory)' /usr/bin/time -f %M true
    peer floor 'apt-get install gcc' \
        cc -O2 -pthread -o "$scratch/bin/floor" "$here/bench/peers/floor.c"
    local kernel
    : >"$scratch/sample"
    for kernel in sha2 shani avx2 avx512; do
        peer "$kernel" "this Vidimus or this processor has no such kernel" \
            vidimus --kernel "$kernel" hash "$scratch/sample"
    done
}

version_of() {
    case $1 in
    openssl) openssl version ;;
    hashdeep) printf 'hashdeep %s\n' "$(hashdeep -V)" ;;
    bagit.py) bagit.py --help | grep -o 'bagit-python version.*' ;;
    model_signing) model_signing --version ;;
    *) "$1" --version ;;
    esac 2>/dev/null | sed -n 1p
}

describe_machine() {
    local program
    printf 'date: %s\ncommit: %s\n' "$(date -u +%F)" "$(commit)"
    printf 'processor:%s\n' "$(sed -n '/^model name/{s/.*://p;q}' /proc/cpuinfo)"
    printf 'has: %s\n' "$(grep -m 1 ^flags /proc/cpuinfo |
        grep -oEw 'sha_ni|avx2|avx512[a-z]+' | tr '\n' ' ' || true)"
    printf 'cores: %s\n' "$(nproc)"
    sed -n 's/^MemTotal: */memory: /p' /proc/meminfo
    printf 'kernel: %s\n' "$(uname -sr)"
    printf 'file system: %s\n' "$(stat -f -c %T "$work")"
    printf 'load when started: %s\n' "$(cut -d ' ' -f 1-3 /proc/loadavg)"
    for program in vidimus hyperfine python3; do
        version_of "$program"
    done
    for program in rhash b3sum sha256sum openssl hashdeep bagit.py model_signing; do
        if has_peer "$program"; then
            version_of "$program" || printf '%s, version unknown\n' "$program"
        fi
    done
}
