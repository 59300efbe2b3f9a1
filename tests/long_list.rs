//! A list so long that files are read while it still is: the same findings, and a list that is no
//! list, though it was signed, is refused.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests make and change their own files"
)]

mod common;

use common::Bench;
use serde_json::Value;
use vidimus::{codec::hex, digest};

const MANIFEST: &str = "a/manifests/seeds/SHA256SUMS";
const BUNDLE: &str = "a/manifests/seeds/SHA256SUMS.sigstore.json";

/// Long names make a list of more than a mebibyte out of so few files, whose bytes are enough for
/// some to be hashed before the list is read.
const FILES: usize = 4_000;
const BYTES: usize = 5_000;

fn name(at: usize) -> String {
    format!("a/seeds/{:02}/{at:05}{}", at % 40, "x".repeat(230))
}

fn long() -> Bench {
    let bench = Bench::in_memory().with_archive();
    (0..FILES).for_each(|at| bench.write(&name(at), format!("{at:BYTES$}")));
    bench.sign("../keyring/press.key.pem", &[]).expect(0, &[]);
    assert!(bench.read(MANIFEST).len() > 1 << 20);
    bench
}

/// The codes of all errors, sorted. A table names every file, so nothing is ticked off for it: that
/// other way must find the same.
fn verify_both_ways(bench: &Bench, exit: i32) -> Vec<String> {
    let plain = bench.json_in("a", &["verify"]);
    assert_eq!(plain.exit, exit, "{:#}", plain.json);
    let of = |finding: &Value| finding["code"].as_str().unwrap().to_owned();
    let mut codes: Vec<String> =
        plain.json["findings"].as_array().unwrap().iter().map(of).collect();
    codes.sort();
    let table = bench.run_in("a", &["verify", "--format", "csv"]);
    assert_eq!(table.exit, exit);
    let column = |row: &str| row.split(',').nth(2).unwrap().to_owned();
    let mut rows: Vec<String> = table.stdout.lines().skip(1).map(column).collect();
    rows.retain(|code| !code.is_empty());
    rows.sort();
    assert_eq!(codes, rows);
    codes
}

#[test]
fn files_read_before_the_list_are_held_against_it_all_the_same() {
    let bench = long();
    assert!(verify_both_ways(&bench, 0).is_empty());
    // The first that are read, and the last.
    for at in [0, 40, 39, FILES - 1] {
        bench.write(&name(at), "changed");
    }
    bench.rename(&name(80), &name(FILES));
    let moved = ["missing", "moved", "unexpected"];
    assert_eq!(verify_both_ways(&bench, 1), [&["digest-mismatch"; 4][..], &moved].concat());
}

#[test]
fn a_signed_list_that_is_no_list_is_refused() {
    let bench = long();
    let mut list = bench.text(MANIFEST);
    assert_eq!(list.pop(), Some('\n'));
    bench.write(MANIFEST, &list);
    let sha256 = hex::encode(&digest::sha256(list.as_bytes()));
    bench.forge(BUNDLE, "press", |s| s["subject"][0]["digest"]["sha256"] = sha256.into());
    // Nobody waits for what no list is held against: reading this would take longer than a run may.
    std::fs::File::create(bench.path("a/seeds/huge")).unwrap().set_len(1 << 40).unwrap();
    let refused = bench.json_in("a", &["verify"]);
    refused.expect(3, &["malformed"]);
    assert_eq!(refused.finding("malformed")["path"], "manifests/seeds/SHA256SUMS");
    let not_checked = refused.json["not_checked"].to_string();
    assert!(not_checked.contains("the files of seeds"), "{not_checked}");
}
