# shellcheck shell=bash disable=SC2154,SC2164
# Read by ../peers.sh: makes a tree and what each program needs to check it, and names the commands.
# Everything is in $work/TREE, and the commands run there, so that they hold relative paths only.
# Its variables are those of ../peers.sh, which stops at the first failure.

# An archive around the files, made anew by the program that is measured.
sign_archive() {
    local key=bench@example.org
    rm -rf archive/keys archive/manifests "$key".*
    vidimus keygen "$key" --out . --no-password
    vidimus init --id example.org/bench --collection files --signer "$key=$key.pub.pem" archive
    vidimus policy sign --archive archive --key "$key.key.pem"
    peak_of "$1" sign env HOME="$scratch" XDG_STATE_HOME="$scratch" \
        vidimus sign --archive archive --key "$key.key.pem"
}

# The list that Python makes must be the one that was signed; other programs check its twin.
write_lists() {
    python3 "$here/bench/peers/trees.py" list archive/files >SHA256SUMS
    cmp SHA256SUMS archive/manifests/files/SHA256SUMS || fail "$1: the lists differ"
    sed 's,  ,  archive/files/,' SHA256SUMS >list.sha256
    sed 's,[^ ]*  ,,' list.sha256 | tr '\n' '\0' >names
    ! has_peer b3sum || xargs -0 -a names b3sum >list.b3
    ! has_peer hashdeep || hashdeep -c sha256 -l -r archive/files >list.hashdeep
}

# The same files by hard links, in the shape that bagit.py wants.
make_bag() {
    rm -rf bag
    cp -al archive/files bag
    bagit.py --quiet --sha256 --processes 2 bag
}

sign_model() {
    openssl ecparam -name prime256v1 -genkey -noout -out model.key
    openssl ec -in model.key -pubout -out model.pub 2>/dev/null
    model_signing sign key --private_key model.key --signature model.sig archive/files
}

# row KIND PROGRAM COMMAND: kinds are signed (Vidimus), kernel (Vidimus, its kernel in the place of
# the program), check, hash, apart (no target), floor (hashes
# nothing).
row() {
    if [ "$2" = vidimus ] || has_peer "$2"; then
        printf '%s\t%s\t%s\n' "$1" "$2" "$3" >>rows.tsv
    fi
}

write_rows() {
    local verify='vidimus verify --no-state --archive archive' kernel
    : >rows.tsv
    row signed vidimus "$verify"
    for kernel in sha2 shani avx2 avx512; do
        row kernel "$kernel" "$verify --kernel $kernel"
    done
    row check rhash 'rhash --sha256 -c --skip-ok list.sha256'
    row hash rhash 'rhash --sha256 -r archive/files'
    row check b3sum 'b3sum --check --quiet list.b3'
    row hash b3sum 'xargs -0 -a names b3sum'
    row check sha256sum 'sha256sum -c --quiet list.sha256'
    row hash sha256sum 'xargs -0 -a names sha256sum'
    row hash openssl 'xargs -0 -a names openssl dgst -sha256'
    row check hashdeep 'hashdeep -c sha256 -l -r -j 2 -a -k list.hashdeep archive/files'
    row hash hashdeep 'hashdeep -c sha256 -l -r -j 2 archive/files'
    row check bagit.py 'bagit.py --quiet --validate --processes 2 bag'
    row check model_signing \
        'model_signing verify key --public_key model.pub --signature model.sig archive/files'
    if [ "$1" != one ]; then
        row apart b3sum 'xargs -0 -P 2 -n 250 -a names b3sum'
        row apart openssl 'xargs -0 -P 2 -n 250 -a names openssl dgst -sha256'
    fi
    row floor floor 'floor read names'
    row floor floor 'floor look names'
}

prepare() {
    say "making: $1"
    mkdir -p "$work/$1/archive"
    cd "$work/$1"
    python3 "$here/bench/peers/trees.py" make "$1" archive/files ${quick:+--quick}
    {
        sign_archive "$1"
        write_lists "$1"
        ! has_peer bagit.py || make_bag
        ! has_peer model_signing || sign_model
    } >"$scratch/log" 2>&1
    write_rows "$1"
}
