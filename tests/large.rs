//! Memory is bounded: constant for a file of any size, and a little for each of many files. Peaks
//! are those of this process, as Linux counts them; so both stand in one test, the smaller first.
//!
//! By default 20,000 files, since making and removing 200,000 takes longer than all other tests
//! together; with `VIDIMUS_LARGE=1`, which CI sets, it is 200,000. The bound is the same a file.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests make their own files"
)]

mod common;

use std::path::Path;
use vidimus::digest::Algorithm;
use vidimus::finding::{Exit, Outcome};
use vidimus::fs::Root;
use vidimus::key::SigningKey;
use vidimus::policy::TrustSet;
use vidimus::seal::{Context, ReleaseInput, ReleaseSigning, sign_release};
use vidimus::time::Time;
use vidimus::tree::{Ignore, NoProgress, Rules, SymlinkRule, snapshot};
use vidimus::verify::{Release, verify_release};

/// What a run needs that has hardly anything to do, in KiB: the program, and a buffer and a stack
/// for each processor.
fn base() -> u64 {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    (16 << 10) + 512 * u64::try_from(threads).unwrap()
}

/// The most memory that this process has had so far, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn memory_is_bounded_for_one_huge_file_and_for_many_small_ones() {
    if !Path::new("/proc/self/status").exists() {
        common::say("skipped: no /proc, so the memory cannot be measured");
        return;
    }
    a_sparse_file_of_four_gibibytes();
    let full = std::env::var_os("VIDIMUS_LARGE").is_some();
    many_small_files(if full { 200_000 } else { 20_000 });
}

fn a_sparse_file_of_four_gibibytes() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::File::create(folder.path().join("f")).unwrap().set_len(4 << 30).unwrap();
    let root = Root::open(folder.path()).unwrap();
    let rules = Rules { ignore: Ignore::none(), symlinks: SymlinkRule::Refuse };
    let found = snapshot(&root, &rules, &[Algorithm::Sha256], &[], &NoProgress);
    assert_eq!((found.bytes, found.problems.len()), (4 << 30, 0));
    // As coreutils say.
    let expected = "8479e43911dc45e89f934fe48d01297e16f51d17aa561d4d1c216b1ae0fcddca";
    assert_eq!(found.files[0].digests[0].to_hex(), expected);
    let peak = peak();
    common::say(&format!("a sparse file of 4 GiB: peak {peak} KiB"));
    assert!(peak < base(), "{peak} KiB");
}

/// Signs and verifies as many files of a few bytes, as `vidimus sign DIR` and `verify` do.
fn many_small_files(count: u64) {
    let folder = common::memory_folder();
    let (tree, out) = (folder.path().join("tree"), folder.path().join("out"));
    for number in 0..count {
        let below = tree.join((number / 1_000).to_string());
        if number % 1_000 == 0 {
            std::fs::create_dir_all(&below).unwrap();
        }
        std::fs::write(below.join(number.to_string()), number.to_string()).unwrap();
    }
    let key = SigningKey::from_seed(&[7; 32]);
    let root = Root::open(&tree).unwrap();
    let now = Time::parse("2026-01-31T12:00:00Z").unwrap();
    sign(&root, &out, &key, now, count);
    let outcome = verify(&root, &out, &key, now);
    assert_eq!(outcome.exit(), Exit::Done);
    assert_eq!(outcome.counts.unwrap().unchanged, count);
    let peak = peak();
    common::say(&format!("{count} files signed and verified: peak {peak} KiB"));
    // One KiB a file: its path and digest in the manifest, in the tree and in the comparison.
    assert!(peak < base() + count, "{peak} KiB");
}

fn sign(root: &Root, out: &Path, key: &SigningKey, now: Time, count: u64) {
    let job = ReleaseSigning {
        root,
        folder: Some("tree"),
        input: ReleaseInput::Folder,
        out,
        out_root: None,
        shown: b"",
        ignore: Vec::new(),
        symlinks: SymlinkRule::Refuse,
        signer: "test",
        journals: None,
    };
    let context = Context { key, now, also: &[], file_subjects: true, tool: "test" };
    assert_eq!(sign_release(&job, &context, &NoProgress).unwrap().files, count);
}

fn verify(root: &Root, out: &Path, key: &SigningKey, now: Time) -> Outcome {
    let trust = TrustSet::of_keys([("test".to_owned(), key.public().clone(), None)], 1);
    let release = Release {
        evidence: &Root::open(out).unwrap(),
        manifest: "SHA256SUMS",
        evidence_shown: b"",
        documents: root,
        documents_shown: b"",
        trust: &trust,
        source: "--key",
        at: (now, true),
        rows: false,
    };
    verify_release(&release, &NoProgress)
}
