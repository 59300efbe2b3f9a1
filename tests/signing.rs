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

use common::{Bench, DESK, Outcome, PRESS};
use serde_json::{Value, json};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use vidimus::codec::hex;
use vidimus::digest::sha256;

const FOLDER: &str = "a/manifests/seeds";
const BUNDLE: &str = "a/manifests/seeds/SHA256SUMS.sigstore.json";
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

#[test]
fn from_the_key_to_the_verdict() {
    let bench = Bench::archive();
    let listed = bench.text(MANIFEST);
    let names: Vec<&str> = listed.lines().map(|line| &line[66..]).collect();
    assert_eq!(names, ["one.txt", "sub/three.txt", "two.txt"]);
    let (_, statement) = bench.payload(BUNDLE);
    assert_eq!(statement["predicateType"], "urn:vidimus:manifest:v1");
    let subjects = statement["subject"].as_array().unwrap();
    let manifest = hex::encode(&sha256(listed.as_bytes()));
    assert_eq!(subjects[0], json!({"name": "SHA256SUMS", "digest": {"sha256": manifest}}));
    assert_eq!(subjects[1], json!({"name": "seeds/", "digest": {"dirHash": manifest}}));
    for (subject, line) in subjects[2..].iter().zip(listed.lines()) {
        let (digest, name) = line.split_once("  ").unwrap();
        assert_eq!(*subject, json!({"name": name, "digest": {"sha256": digest}}));
    }
    assert_eq!(subjects.len(), 5);
    let predicate = &statement["predicate"];
    assert_eq!(predicate["archive"], "example.org/test");
    assert_eq!(predicate["collection"], "seeds");
    assert_eq!((&predicate["serial"], &predicate["previous"]), (&json!(1), &Value::Null));
    assert_eq!((&predicate["files"], &predicate["merkle"]["size"]), (&json!(3), &json!(3)));
    assert_eq!(predicate["ignore"], json!([".git"]));
    assert_eq!(predicate["symlinks"], "refuse");
    let verified = bench.json_in("a", &["verify"]);
    verified.expect(0, &[]);
    assert_eq!(verified.json["signers"][1]["name"], "press");
}

#[test]
fn the_checkpoint_is_over_the_lines_and_names_its_statement() {
    let bench = Bench::archive();
    for serial in 1..=2 {
        let checkpoint = bench.text(&format!("{MANIFEST}.checkpoint"));
        let lines: Vec<&str> = checkpoint.lines().collect();
        let origin = format!("example.org/test/seeds/{serial}");
        let files = bench.text(MANIFEST).lines().count();
        assert_eq!((lines[0], lines[1]), (origin.as_str(), files.to_string().as_str()));
        let (_, statement) = bench.payload(BUNDLE);
        let root = vidimus::codec::base64::decode(lines[2]).unwrap();
        assert_eq!(statement["predicate"]["merkle"]["root"], hex::encode(&root));
        assert!(lines[3].is_empty() && lines[4].starts_with(&format!("\u{2014} {origin} ")));
        bench.write("a/seeds/four.txt", "4");
        bench.sign(PRESS, &[]).expect(0, &[]);
    }
    bench.edit(&format!("{MANIFEST}.checkpoint"), "seeds/2", "seeds/3");
    bench.json_in("a", &["verify"]).expect(10, &["origin"]);
}

#[test]
fn a_threshold_of_two_is_met_by_two_keys_over_the_same_bytes() {
    let bench = Bench::archive_of_two(2);
    let second = "a/manifests/seeds/SHA256SUMS.desk.sigstore.json";
    bench.json_in("a", &["verify"]).expect(11, &["threshold"]);
    // The same signer again: nothing new, and no second signature.
    let before = bench.tree("a");
    let again = bench.sign(PRESS, &[]);
    again.expect(0, &[]);
    assert_eq!(again.json["signed"][0]["action"], "nothing");
    assert_eq!(bench.tree("a"), before);
    // Nor does the first signature under another name count as a second.
    bench.write(second, bench.read(BUNDLE));
    bench.json_in("a", &["verify"]).expect(11, &["threshold"]);
    bench.remove(second);

    let added = bench.sign(DESK, &[]);
    added.expect(0, &[]);
    assert_eq!((&added.json["signed"][0]["action"]), &json!("added"));
    assert_eq!(bench.payload(second).0, bench.payload(BUNDLE).0);
    let verified = bench.json_in("a", &["verify"]);
    verified.expect(0, &[]);
    assert_eq!(verified.json["thresholds"][1]["have"], 2);
    let before = bench.tree("a");
    assert_eq!(bench.sign(DESK, &[]).json["signed"][0]["action"], "nothing");
    assert_eq!(bench.tree("a"), before);
    // The checkpoint has both signatures, and stands under one origin.
    let checkpoint = bench.text(&format!("{MANIFEST}.checkpoint"));
    assert_eq!(checkpoint.lines().filter(|line| line.starts_with('\u{2014}')).count(), 2);

    // Signatures of two keys over different statements do not add up.
    bench.write("a/seeds/four.txt", "4");
    let old = bench.read(second);
    bench.sign(PRESS, &[]).expect(0, &[]);
    assert!(!bench.path(second).exists());
    bench.write(second, old);
    bench.json_in("a", &["verify"]).expect(11, &["scope"]);
}

#[test]
fn a_changed_tree_gets_the_next_serial_and_what_was_signed_is_kept() {
    let bench = Bench::archive_of_two(1);
    bench.sign(DESK, &["--also", "minisign,sshsig,dsse"]).expect(0, &[]);
    let mut kept: Vec<Vec<(String, Vec<u8>)>> = Vec::new();
    for serial in 2..=4_u64 {
        let old = files_of(&bench, FOLDER);
        let (payload, _) = bench.payload(BUNDLE);
        kept.push(old);
        bench.write("a/seeds/one.txt", format!("version {serial}"));
        let signed = bench.sign(PRESS, &[]);
        signed.expect(0, &[]);
        assert_eq!(signed.json["signed"][0]["serial"], serial);
        assert_eq!(signed.json["signed"][0]["action"], "new");
        let predicate = &bench.payload(BUNDLE).1["predicate"];
        assert_eq!(predicate["serial"], serial);
        assert_eq!(predicate["previous"], hex::encode(&sha256(&payload)));
        for (index, old) in kept.iter().enumerate() {
            assert_eq!(files_of(&bench, &format!("{FOLDER}/history/{}", index + 1)), *old);
        }
        assert_eq!(files_of(&bench, FOLDER).len(), 3, "evidence of the old tree stayed");
        bench.json_in("a", &["verify"]).expect(0, &[]);
    }
    assert_eq!(kept[0].len(), 7);
}

/// The files right in a folder, by name.
fn files_of(bench: &Bench, folder: &str) -> Vec<(String, Vec<u8>)> {
    let above = bench.path(folder);
    let inside = bench.tree(folder).into_iter();
    inside
        .filter(|(path, bytes)| path.parent() == Some(above.as_path()) && bytes != b"(folder)")
        .map(|(path, bytes)| (path.file_name().unwrap().to_string_lossy().into_owned(), bytes))
        .collect()
}

#[test]
fn tampering_with_the_history_is_found() {
    let old = |name: &str| format!("{FOLDER}/history/1/{name}");
    let table: [(&str, &dyn Fn(&Bench), &str); 6] = [
        ("a lost statement", &|b| b.remove(&old("SHA256SUMS.sigstore.json")), "missing"),
        ("a lost manifest", &|b| b.remove(&old("SHA256SUMS")), "missing"),
        ("an edited manifest", &|b| b.edit(&old("SHA256SUMS"), "one", "0ne"), "digest-mismatch"),
        (
            "the statement of another serial",
            &|b| {
                let other = b.read(&format!("{FOLDER}/history/2/SHA256SUMS.sigstore.json"));
                b.write(&old("SHA256SUMS.sigstore.json"), other);
            },
            "digest-mismatch",
        ),
        (
            "no history at all",
            &|b| std::fs::remove_dir_all(b.path(&format!("{FOLDER}/history"))).unwrap(),
            "missing",
        ),
        (
            "one serial gone",
            &|b| std::fs::remove_dir_all(b.path(&format!("{FOLDER}/history/1"))).unwrap(),
            "missing",
        ),
    ];
    for (what, tamper, code) in table {
        println!("{what}");
        let bench = Bench::archive();
        for text in ["2", "3"] {
            bench.write("a/seeds/one.txt", text);
            bench.sign(PRESS, &[]).expect(0, &[]);
        }
        bench.json_in("a", &["verify"]).expect(0, &[]);
        tamper(&bench);
        bench.json_in("a", &["verify"]).expect(1, &[code]);
    }
}

#[test]
fn rules_count_only_from_the_signed_statement_and_what_they_leave_out_is_named() {
    let bench = Bench::archive();
    bench.write("a/seeds/draft.tmp", "x");
    bench.write("a/seeds/sub/.git/config", "x");
    std::os::unix::fs::symlink("one.txt", bench.path("a/seeds/link")).unwrap();
    // Unsigned, they change nothing: there is no flag of verify and no file that could.
    bench.json_in("a", &["verify"]).expect(3, &["not-regular", "unexpected"]);
    bench.sign(PRESS, &["--ignore", "*.tmp", "--symlinks", "skip"]).expect(0, &[]);
    let predicate = bench.payload(BUNDLE).1["predicate"].clone();
    assert_eq!(predicate["ignore"], json!([".git", "*.tmp"]));
    assert_eq!((&predicate["symlinks"], &predicate["files"]), (&json!("skip"), &json!(3)));
    let verified = bench.json_in("a", &["verify"]);
    verified.expect(0, &[]);
    let not_checked = verified.json["not_checked"].to_string();
    for name in ["seeds/draft.tmp", "seeds/sub/.git", "seeds/link"] {
        assert!(not_checked.contains(name), "{name}: {not_checked}");
    }
    assert_eq!(verified.json["counts"]["ignored"], 3);
    // The rules are kept by the next signing that names none.
    bench.write("a/seeds/four.txt", "4");
    bench.write("a/seeds/other.tmp", "x");
    bench.sign(PRESS, &[]).expect(0, &[]);
    assert_eq!(bench.payload(BUNDLE).1["predicate"]["ignore"], predicate["ignore"]);
    bench.json_in("a", &["verify"]).expect(0, &[]);
    // Rules of their own are a statement of their own, also over the same files.
    bench.remove("a/seeds/other.tmp");
    bench.remove("a/seeds/draft.tmp");
    bench.remove("a/seeds/link");
    let signed = bench.sign(PRESS, &["--ignore", "*.bak", "--symlinks", "refuse"]);
    signed.expect(0, &[]);
    assert_eq!(signed.json["signed"][0]["serial"], 4);
    bench.write("a/seeds/draft.tmp", "x");
    bench.json_in("a", &["verify"]).expect(1, &["unexpected"]);
}

#[test]
fn when_single_files_are_subjects() {
    let names = |bench: &Bench| -> Vec<String> {
        let (_, statement) = bench.payload(BUNDLE);
        let subjects = statement["subject"].as_array().unwrap();
        subjects.iter().map(|subject| subject["name"].as_str().unwrap().to_owned()).collect()
    };
    let bench = Bench::archive();
    bench.write("a/seeds/four.txt", "4");
    bench.sign(PRESS, &["--no-file-subjects"]).expect(0, &[]);
    assert_eq!(names(&bench), ["SHA256SUMS", "seeds/"]);
    // Up to 1,024 files they are, and with one more none is.
    for number in 5..=1_024 {
        bench.write(&format!("a/seeds/{number}"), "");
    }
    bench.sign(PRESS, &[]).expect(0, &[]);
    assert_eq!(names(&bench).len(), 1_026);
    bench.json_in("a", &["verify"]).expect(0, &[]);
    bench.write("a/seeds/1025", "");
    bench.sign(PRESS, &[]).expect(0, &[]);
    assert_eq!(names(&bench), ["SHA256SUMS", "seeds/"]);
    bench.json_in("a", &["verify"]).expect(0, &[]);
}

#[test]
fn names_that_leave_subjects_out() {
    // The name, and whether the tree and the single files are subjects.
    let table: [(&[u8], bool, bool); 5] = [
        (b"plain", true, true),
        (b"not-utf8-\xff", true, false),
        (b"back\\slash", false, true),
        (b"line\nfeed", false, true),
        (b"carriage\rreturn", false, true),
    ];
    for (name, tree, files) in table {
        let bench = Bench::archive();
        std::fs::write(bench.path("a/seeds").join(OsStr::from_bytes(name)), "x").unwrap();
        let signed = bench.sign(PRESS, &[]);
        signed.expect(0, &[]);
        let (_, statement) = bench.payload(BUNDLE);
        let text = statement["subject"].to_string();
        let found = (text.contains("dirHash"), text.contains("one.txt"));
        assert_eq!(found, (tree, files), "{}", name.escape_ascii());
        bench.json_in("a", &["verify"]).expect(0, &[]);
        let path = bench.path("a/seeds").join(OsStr::from_bytes(name));
        std::fs::write(path, "y").unwrap();
        bench.json_in("a", &["verify"]).expect(1, &["digest-mismatch"]);
    }
}

#[test]
fn further_forms_are_written_and_verify() {
    let bench = Bench::archive();
    let key = bench.public("press");
    for (form, file) in [("minisign", "minisig"), ("sshsig", "sshsig"), ("dsse", "intoto.json")] {
        let before = bench.tree("a");
        let signed = bench.sign(PRESS, &["--also", form]);
        signed.expect(0, &[]);
        // The statement was signed before, so only the form is new.
        assert_eq!(bench.tree("a").len(), before.len() + 1, "{form}");
        let signature = format!("manifests/seeds/SHA256SUMS.{file}");
        assert_eq!(signed.json["signed"][0]["written"], json!([signature]));
        let verify = [
            "verify",
            "manifests/seeds/SHA256SUMS",
            "--signature",
            signature.as_str(),
            "--key",
            key.as_str(),
        ];
        bench.json_in("a", &verify).expect(0, &[]);
        bench.json_in("a", &["verify"]).expect(0, &[]);
    }
    // All at once, of a changed tree; those of the old one are in the history.
    bench.write("a/seeds/four.txt", "4");
    bench.sign(PRESS, &["--also", "dsse,minisign", "--also", "sshsig"]).expect(0, &[]);
    assert_eq!(files_of(&bench, FOLDER).len(), 6);
    assert_eq!(files_of(&bench, &format!("{FOLDER}/history/1")).len(), 6);
    bench.json_in("a", &["verify"]).expect(0, &[]);
    bench.sign(PRESS, &["--also", "pgp"]).expect(2, &["usage"]);
}

#[test]
fn what_may_not_be_signed_is_refused_and_nothing_is_written() {
    type Case = (&'static str, fn(&Bench), &'static str, i32, &'static str);
    let table: [Case; 10] = [
        (
            "an unknown key",
            |b| b.keygen("stranger"),
            "../keyring/stranger.key.pem",
            11,
            "untrusted-key",
        ),
        (
            "a key out of scope",
            |b| change_policy(b, "signers = [\"press\", \"desk\"]", "signers = [\"press\"]"),
            DESK,
            11,
            "scope",
        ),
        (
            "an expired key",
            |b| {
                change_policy(
                    b,
                    "name = \"desk\"",
                    "name = \"desk\"\nvalid-before = \"2020-01-01T00:00:00Z\"",
                );
            },
            DESK,
            12,
            "expired",
        ),
        (
            "a key before its time",
            |b| {
                change_policy(
                    b,
                    "name = \"desk\"",
                    "name = \"desk\"\nvalid-after = \"2100-01-01T00:00:00Z\"",
                );
            },
            DESK,
            12,
            "expired",
        ),
        (
            "a revoked key",
            |b| {
                let revoked = "name = \"desk\"\nrevoked = { at = \"2020-01-01T00:00:00Z\", reason = \"retired\" }";
                change_policy(b, "name = \"desk\"", revoked);
            },
            DESK,
            12,
            "revoked",
        ),
        ("an empty collection", |b| empty(b, "a/seeds"), PRESS, 5, "empty"),
        (
            "no folder of the collection",
            |b| std::fs::remove_dir_all(b.path("a/seeds")).unwrap(),
            PRESS,
            4,
            "io",
        ),
        ("a FIFO", |b| fifo(b, "a/seeds/fifo"), PRESS, 3, "not-regular"),
        (
            "a symbolic link",
            |b| std::os::unix::fs::symlink("one.txt", b.path("a/seeds/link")).unwrap(),
            PRESS,
            3,
            "not-regular",
        ),
        ("a present bundle that cannot be read", |b| b.write(BUNDLE, "{"), PRESS, 3, "malformed"),
    ];
    for (what, prepare, key, exit, code) in table {
        println!("{what}");
        let bench = Bench::archive_of_two(1);
        bench.write("a/seeds/new.txt", "a change that would be signed");
        prepare(&bench);
        let before = bench.tree("a");
        bench.sign(key, &[]).expect(exit, &[code]);
        assert_eq!(bench.tree("a"), before);
    }
}

/// Changes the policy and signs it again, by `press`.
fn change_policy(bench: &Bench, from: &str, to: &str) {
    bench.edit("a/keys/policy.toml", from, to);
    bench.resign_policy(PRESS);
}

/// A folder with nothing in it but an empty folder.
fn empty(bench: &Bench, name: &str) {
    std::fs::remove_dir_all(bench.path(name)).unwrap();
    std::fs::create_dir_all(bench.path(name).join("sub")).unwrap();
}

fn fifo(bench: &Bench, name: &str) {
    let folder = std::fs::File::open(bench.path("a")).unwrap();
    let name = name.strip_prefix("a/").unwrap();
    let (kind, mode) = (rustix::fs::FileType::Fifo, rustix::fs::Mode::from_raw_mode(0o644));
    rustix::fs::mknodat(&folder, name, kind, mode, 0).unwrap();
}

#[test]
fn a_key_kept_in_another_archive_signs_by_the_policy_of_the_one_named() {
    // A test without a sandbox of its own cannot say where the key lies: only `--archive` counts.
    let bench = Bench::archive();
    bench.keygen("stranger");
    bench.write("b/seeds/x.txt", "x");
    let stranger = format!("stranger={}", bench.path("keyring/stranger.pub.pem").display());
    let init = ["init", "--id", "example.org/b", "--collection", "seeds", "--signer", &stranger];
    bench.run_in("b", &init).ok();
    let key = "../keyring/stranger.key.pem";
    bench.run_in("b", &["policy", "sign", "--key", key]).ok();
    let before = bench.tree("a");
    let other = bench.json_in("a", &["sign", "--archive", "../b", "--key", key]);
    other.expect(0, &[]);
    assert_eq!(bench.tree("a"), before);
    bench.json_in("a", &["verify", "--archive", "../b"]).expect(0, &[]);
    bench.json_in("b", &["verify"]).expect(0, &[]);
    // In this archive the same key is a stranger's, and the key of this one is one there.
    bench.sign(key, &[]).expect(11, &["untrusted-key"]);
    bench.sign(PRESS, &["--archive", "../b"]).expect(11, &["untrusted-key"]);
    bench.sign(key, &["--archive", "../b", "notes"]).expect(11, &["scope"]);
}

fn verify_release(bench: &Bench, manifest: &str, more: &[&str]) -> Outcome {
    let key = bench.public("press");
    bench.json_in("a", &[&["verify", manifest, "--key", &key], more].concat())
}

fn release_bench() -> Bench {
    let bench = Bench::new();
    bench.keygen("press");
    bench.keygen("desk");
    bench.write("a/dist/app", "app");
    bench.write("a/dist/sub/lib", "lib");
    bench.write("a/docs/read.me", "read");
    bench
}

#[test]
fn a_released_folder_is_closed_and_released_files_are_not() {
    let bench = release_bench();
    bench.sign(PRESS, &["dist"]).expect(0, &[]);
    verify_release(&bench, "dist/SHA256SUMS", &[]).expect(0, &[]);
    bench.write("a/dist/added", "x");
    verify_release(&bench, "dist/SHA256SUMS", &[]).expect(1, &["unexpected"]);

    let bench = release_bench();
    bench.sign(PRESS, &["dist/app"]).expect(0, &[]);
    assert_eq!(bench.text("a/dist/SHA256SUMS").lines().count(), 1);
    let verified = verify_release(&bench, "dist/SHA256SUMS", &[]);
    verified.expect(0, &[]);
    assert!(verified.json["not_checked"].to_string().contains("sub/lib"), "{:#}", verified.json);
    assert_eq!(bench.payload("a/dist/SHA256SUMS.sigstore.json").1["predicate"]["listedOnly"], true);
    bench.write("a/dist/app", "changed");
    verify_release(&bench, "dist/SHA256SUMS", &[]).expect(1, &["digest-mismatch"]);
    bench.remove("a/dist/app");
    verify_release(&bench, "dist/SHA256SUMS", &[]).expect(1, &["missing"]);
}

#[test]
fn files_of_several_folders_are_named_from_their_common_one() {
    let bench = release_bench();
    bench.sign(PRESS, &["dist/sub/lib", "docs/read.me", "dist/app", "--out", "out"]).expect(0, &[]);
    let listed = bench.text("a/out/SHA256SUMS");
    let names: Vec<&str> = listed.lines().map(|line| &line[66..]).collect();
    assert_eq!(names, ["dist/app", "dist/sub/lib", "docs/read.me"]);
    assert_eq!(files_of(&bench, "a/out").len(), 3);
    verify_release(&bench, "out/SHA256SUMS", &["--dir", "."]).expect(0, &[]);
    // Without --dir the files are looked for beside the manifest, where they are not.
    verify_release(&bench, "out/SHA256SUMS", &[]).expect(1, &["missing"]);
    bench.write("a/docs/read.me", "other");
    verify_release(&bench, "out/SHA256SUMS", &["--dir", "."]).expect(1, &["digest-mismatch"]);
}

#[test]
fn a_release_is_signed_again_after_a_change() {
    let bench = release_bench();
    let bundle = "a/dist/SHA256SUMS.sigstore.json";
    bench.sign(PRESS, &["dist", "--also", "minisign"]).expect(0, &[]);
    bench.sign(DESK, &["dist"]).expect(0, &[]);
    let (first, _) = bench.payload(bundle);
    let before = bench.tree("a");
    assert_eq!(bench.sign(PRESS, &["dist"]).json["signed"][0]["action"], "nothing");
    assert_eq!(bench.tree("a"), before);
    bench.write("a/dist/app", "app 2");
    verify_release(&bench, "dist/SHA256SUMS", &[]).expect(1, &["digest-mismatch"]);
    bench.sign(PRESS, &["dist"]).expect(0, &[]);
    let predicate = &bench.payload(bundle).1["predicate"];
    assert_eq!(predicate["serial"], 2);
    assert_eq!(predicate["previous"], hex::encode(&sha256(&first)));
    assert_eq!((&predicate["archive"], &predicate["collection"]), (&Value::Null, &Value::Null));
    // What others signed of the old one, and its further forms, do not stay beside the new one.
    let names: Vec<String> = files_of(&bench, "a/dist").into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["SHA256SUMS", "SHA256SUMS.checkpoint", "SHA256SUMS.sigstore.json", "app"]);
    verify_release(&bench, "dist/SHA256SUMS", &[]).expect(0, &[]);
}

#[test]
fn a_release_wants_as_many_distinct_keys_as_are_asked_for() {
    let bench = release_bench();
    bench.sign(PRESS, &["dist"]).expect(0, &[]);
    let desk = bench.public("desk");
    let two = ["--key", desk.as_str(), "--threshold", "2"];
    verify_release(&bench, "dist/SHA256SUMS", &two).expect(11, &["threshold"]);
    bench.sign(DESK, &["dist"]).expect(0, &[]);
    verify_release(&bench, "dist/SHA256SUMS", &two).expect(0, &[]);
    // One key given twice is one key.
    let press = bench.public("press");
    let twice = ["--key", press.as_str(), "--threshold", "2"];
    verify_release(&bench, "dist/SHA256SUMS", &twice).expect(11, &["threshold"]);
}

#[test]
fn a_release_refuses_what_an_archive_refuses() {
    let table: [(&str, fn(&Bench), &[&str], i32, &str); 6] = [
        ("nothing named", |_| {}, &[], 5, "empty"),
        ("an empty folder", |b| empty(b, "a/dist"), &["dist"], 5, "empty"),
        ("a FIFO", |b| fifo(b, "a/dist/fifo"), &["dist"], 3, "not-regular"),
        ("a FIFO by name", |b| fifo(b, "a/dist/fifo"), &["dist/fifo"], 3, "not-regular"),
        ("a file and a folder", |_| {}, &["dist", "docs/read.me"], 2, "usage"),
        ("a file that is not there", |_| {}, &["dist/none"], 4, "io"),
    ];
    for (what, prepare, targets, exit, code) in table {
        println!("{what}");
        let bench = release_bench();
        prepare(&bench);
        let before = bench.tree("a");
        bench.sign(PRESS, targets).expect(exit, &[code]);
        assert_eq!(bench.tree("a"), before);
    }
}
