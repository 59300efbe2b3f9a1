//! Signing, from the key to the verdict: what is written, what is kept, what is refused and then
//! leaves everything as it was.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests read and change their own files"
)]

mod common;

use common::{Bench, DESK, PRESS};

const MANIFEST: &str = "a/manifests/seeds/SHA256SUMS";

#[test]
fn of_several_collections_all_are_signed_or_none() {
    let bench = Bench::archive();
    bench.edit("a/keys/policy.toml", "[\"seeds\"]", "[\"seeds\", \"notes\"]");
    bench.resign_policy(PRESS);
    bench.write("a/seeds/four.txt", "4");
    bench.write("a/notes/n.txt", "n");
    std::os::unix::fs::symlink("n.txt", bench.path("a/notes/link")).unwrap();
    let before = bench.tree("a");
    bench.sign(PRESS, &[]).expect(3, &["not-regular"]);
    assert_eq!(bench.tree("a"), before);
    bench.remove("a/notes/link");
    // The name given twice is one collection.
    let signed = bench.sign(PRESS, &["notes", "seeds", "notes/"]);
    signed.expect(0, &[]);
    let scopes: Vec<_> =
        signed.json["signed"].as_array().unwrap().iter().map(|one| &one["scope"]).collect();
    assert_eq!(scopes, ["notes", "seeds"]);
    bench.json_in("a", &["verify"]).expect(0, &[]);
}

#[test]
fn a_manifest_that_is_not_the_signed_one_is_never_carried_into_the_history() {
    for (code, tamper) in [
        ("digest-mismatch", (|b| b.edit(MANIFEST, "one.txt", "0ne.txt")) as fn(&Bench)),
        ("missing", |b| b.remove(MANIFEST)),
    ] {
        // Nothing else has changed: the tree gives the very bytes that were signed.
        let bench = Bench::archive();
        let signed = bench.tree("a");
        tamper(&bench);
        bench.sign(PRESS, &[]).expect(0, &[]);
        assert_eq!(bench.tree("a"), signed);

        tamper(&bench);
        bench.write("a/seeds/four.txt", "4");
        let before = bench.tree("a");
        bench.sign(PRESS, &[]).expect(1, &[code]);
        assert_eq!(bench.tree("a"), before);
    }
}

#[test]
fn a_further_signer_of_a_release_signs_once() {
    let bench = Bench::new();
    for name in ["press", "desk"] {
        bench.keygen(name);
    }
    bench.write("a/dist/app", "app");
    bench.sign(PRESS, &["dist"]).expect(0, &[]);
    for (key, action) in [(DESK, "added"), (DESK, "nothing"), (PRESS, "nothing")] {
        let before = bench.tree("a");
        let signed = bench.sign(key, &["dist"]);
        signed.expect(0, &[]);
        assert_eq!(signed.json["signed"][0]["action"], action, "{key}");
        assert_eq!(bench.tree("a") == before, action == "nothing", "{key}");
    }
}

#[test]
fn a_release_that_is_refused_leaves_no_folder_behind() {
    let bench = Bench::new();
    bench.keygen("press");
    bench.write("a/dist/app", "app");
    std::os::unix::fs::symlink("app", bench.path("a/dist/link")).unwrap();
    let before = bench.tree("a");
    bench.sign(PRESS, &["dist", "--out", "out/deep"]).expect(3, &["not-regular"]);
    assert_eq!(bench.tree("a"), before);
}

#[test]
fn evidence_beneath_the_signed_folder_would_be_an_unexpected_file_of_it() {
    let bench = Bench::new();
    bench.keygen("press");
    bench.write("a/dist/app", "app");
    bench.write("a/dist/old/x", "x");
    let before = bench.tree("a");
    for out in ["dist/new", "dist/old", "dist/../dist/new/er"] {
        bench.sign(PRESS, &["dist", "--out", out]).expect(2, &["usage"]);
        assert_eq!(bench.tree("a"), before, "{out}");
    }
    bench.sign(PRESS, &["dist", "--out", "dist/../dist"]).expect(0, &[]);
    bench.sign(PRESS, &["dist", "--out", "dist-evidence"]).expect(0, &[]);
    let key = bench.public("press");
    for manifest in ["dist/SHA256SUMS", "dist-evidence/SHA256SUMS"] {
        let verify = ["verify", manifest, "--dir", "dist", "--key", &key];
        bench.json_in("a", &verify).expect(0, &[]);
    }
}
