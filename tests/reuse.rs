//! `sign --reuse`: only where a pinned policy allows it, only what did not change, always said; and
//! `bit-rot`, which the same record finds. Files are made to age, because a stamp that is younger
//! than two seconds does not tell two states apart.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests read and change their own files"
)]

mod common;

use common::{Bench, DESK, Outcome, PRESS};
use serde_json::Value;
use std::fs::Metadata;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::time::Duration;
use vidimus::codec::hex;
use vidimus::digest::sha256;

const POLICY: &str = "a/keys/policy.toml";
const BUNDLE: &str = "a/manifests/seeds/SHA256SUMS.sigstore.json";
const STATE: [&str; 2] = ["--state", "../state"];

fn policy_sha256(bench: &Bench) -> String {
    hex::encode(&sha256(&bench.read(POLICY)))
}

/// Lets the policy allow reuse, and signs it again.
fn allow(bench: Bench) -> Bench {
    bench.edit(POLICY, "version = 1", "version = 1\nallow-reuse = true");
    bench.resign_policy(PRESS);
    bench
}

/// Waits until no stamp made before is too young to count.
fn age() {
    std::thread::sleep(Duration::from_millis(3_100));
}

/// An archive that allows reuse, aged, with a signing that is remembered.
fn remembered() -> Bench {
    let bench = allow(Bench::archive());
    age();
    bench.sign(PRESS, &STATE).expect(0, &[]);
    bench
}

/// `sign --reuse`, pinned on the command line.
fn reuse(bench: &Bench, key: &str) -> Outcome {
    let pin = policy_sha256(bench);
    bench.sign(key, &["--reuse", "--state", "../state", "--policy-sha256", &pin])
}

fn not_read(bench: &Bench) -> Option<u64> {
    bench.payload(BUNDLE).1["predicate"].get("notRead").map(|number| number.as_u64().unwrap())
}

fn serial(bench: &Bench) -> u64 {
    bench.payload(BUNDLE).1["predicate"]["serial"].as_u64().unwrap()
}

/// The one record in the state folder.
fn record(bench: &Bench) -> PathBuf {
    let entries = std::fs::read_dir(bench.path("state")).unwrap();
    let mut stamps: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "stamps"))
        .collect();
    assert_eq!(stamps.len(), 1, "{stamps:?}");
    stamps.remove(0)
}

fn stamp(metadata: &Metadata) -> String {
    format!(
        "{:016x} {:016x} {} {}.{:09} {}.{:09}",
        metadata.dev(),
        metadata.ino(),
        metadata.size(),
        metadata.mtime(),
        metadata.mtime_nsec(),
        metadata.ctime(),
        metadata.ctime_nsec()
    )
}

/// Rewrites the record's lines and its closing digest, as somebody can who may write the folder.
fn forge(bench: &Bench, change: impl Fn(&str) -> String) {
    let file = record(bench);
    let text = String::from_utf8(std::fs::read(&file).unwrap()).unwrap();
    let lines = text.split_terminator('\0').filter(|line| !line.starts_with("end "));
    let mut text: String = lines.map(|line| change(line) + "\0").collect();
    text.push_str(&format!("end {}\0", hex::encode(&sha256(text.as_bytes()))));
    std::fs::write(file, text).unwrap();
}

/// Changes `two.txt`, not its length, and has the record say that it was like this when it was read.
fn change_unseen(bench: &Bench) {
    let name = "two.txt";
    bench.write(&format!("a/seeds/{name}"), "Five people were detained.\n");
    age();
    let now = stamp(&std::fs::metadata(bench.path(&format!("a/seeds/{name}"))).unwrap());
    forge(bench, |line| {
        let tail = line.strip_suffix(&format!(" {name}")).and_then(|head| head.rsplit_once(' '));
        tail.map_or_else(
            || line.replace("began 2", "began 3"),
            |(_, digest)| format!("{now} {digest} {name}"),
        )
    });
}

#[test]
fn unchanged_files_are_not_read_and_everybody_is_told() {
    let bench = remembered();
    let mode = std::fs::metadata(record(&bench)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    bench.write("a/seeds/one.txt", "The council does not meet.\n");
    let signed = reuse(&bench, PRESS);
    signed.expect(0, &[]);
    let said = &signed.json["signed"][0];
    assert_eq!((said["action"].as_str(), said["not_read"].as_u64()), (Some("new"), Some(2)));
    assert_eq!(not_read(&bench), Some(2));
    let verified = bench.json_in("a", &["verify"]);
    verified.expect(0, &[]);
    assert_eq!(verified.json["collections"][0]["not_read"], 2);
    let words = "seeds: 2 of 3 not read when signed";
    assert!(verified.json["not_checked"].to_string().contains(words), "{:#}", verified.json);
    assert!(bench.run_in("a", &["verify"]).ok().stdout.contains(words));
    // The proof of one file and its page say it too.
    bench.run_in("a", &["prove", "seeds/one.txt", "--pack", "../pack"]).ok();
    let policy = bench.path(POLICY).display().to_string();
    let proof =
        ["verify", "one.txt", "--proof", "evidence/one.txt.tlog-proof", "--policy", &policy];
    let proven = bench.run_in("pack", &proof).ok();
    assert!(proven.stdout.contains("2 of 3 not read when signed"), "{}", proven.stdout);
    assert!(bench.text("pack/READ-ME-FIRST.html").contains("2 of 3 not read when signed"));
    // One that is read whole again says nothing.
    bench.write("a/seeds/one.txt", "The council meets after all.\n");
    bench.sign(PRESS, &STATE).expect(0, &[]);
    assert_eq!((serial(&bench), not_read(&bench)), (3, None));
    let text = bench.run_in("a", &["verify"]).ok().stdout;
    assert!(!text.contains("not read when signed"), "{text}");
}

#[test]
fn what_is_taken_over_was_not_read() {
    let bench = remembered();
    change_unseen(&bench);
    bench.write("a/seeds/one.txt", "The council does not meet.\n");
    let signed = reuse(&bench, PRESS);
    signed.expect(0, &[]);
    assert_eq!(not_read(&bench), Some(2));
    // The old digest was signed again, and verify, which reads everything, sees it.
    bench.json_in("a", &["verify"]).expect(1, &["digest-mismatch"]);
}

#[test]
fn a_record_cannot_bring_in_a_digest_that_was_not_signed() {
    let bench = remembered();
    let other = hex::encode(&sha256(b"Forged.\n"));
    forge(&bench, |line| match line.strip_suffix(" two.txt") {
        Some(head) => format!("{} {other} two.txt", head.rsplit_once(' ').unwrap().0),
        None => line.to_owned(),
    });
    bench.write("a/seeds/one.txt", "The council does not meet.\n");
    let signed = reuse(&bench, PRESS);
    signed.expect(0, &[]);
    assert_eq!(not_read(&bench), None);
    let note = signed.finding("missing");
    assert_eq!(note["severity"], "note");
    assert!(
        note["message"].as_str().unwrap().ends_with("nothing was taken over from it"),
        "{note}"
    );
    bench.json_in("a", &["verify"]).expect(0, &[]);
}

#[test]
fn young_files_are_read_again() {
    let bench = allow(Bench::archive());
    bench.write("a/seeds/one.txt", "The council meets on Tuesday.\n");
    bench.sign(PRESS, &STATE).expect(0, &[]);
    age();
    // The record is old by now; what counts is how young its stamps were when it was made.
    bench.write("a/seeds/two.txt", "Ten people were detained.\n");
    reuse(&bench, PRESS).expect(0, &[]);
    assert_eq!(not_read(&bench), None);
}

#[test]
fn any_difference_of_the_stamp_is_read_again() {
    let bench = remembered();
    let one = bench.path("a/seeds/one.txt");
    let before = std::fs::metadata(&one).unwrap();
    // Other bytes of the same length, the time set back: only ctime tells.
    bench.write("a/seeds/one.txt", "The council meets on Friday.\n");
    let file = std::fs::File::options().write(true).open(&one).unwrap();
    file.set_modified(before.modified().unwrap()).unwrap();
    assert_eq!(std::fs::metadata(&one).unwrap().mtime_nsec(), before.mtime_nsec());
    // The same bytes in another file: only the inode tells, and ctime.
    bench.write("a/seeds/copy", bench.read("a/seeds/two.txt"));
    bench.rename("a/seeds/copy", "a/seeds/two.txt");
    let signed = reuse(&bench, PRESS);
    signed.expect(0, &[]);
    assert_eq!(not_read(&bench), Some(1));
    bench.json_in("a", &["verify"]).expect(0, &[]);
    // To whoever goes by size and time, nothing had changed.
    let found = signed.finding("bit-rot");
    assert_eq!(
        (found["severity"].as_str(), found["path"].as_str()),
        (Some("warning"), Some("seeds/one.txt"))
    );
}

#[test]
fn a_record_that_cannot_be_used_is_said_and_replaced() {
    let bench = remembered();
    let file = record(&bench);
    let whole = std::fs::read(&file).unwrap();
    let damage: [(&str, &dyn Fn()); 4] = [
        ("malformed", &|| std::fs::write(&file, &whole[..whole.len() - 9]).unwrap()),
        ("malformed", &|| std::fs::write(&file, b"garbage").unwrap()),
        ("missing", &|| std::fs::remove_file(&file).unwrap()),
        ("weak-key", &|| {
            std::fs::write(&file, &whole).unwrap();
            std::fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).unwrap();
        }),
    ];
    for (number, (code, damage)) in damage.into_iter().enumerate() {
        damage();
        bench.write("a/seeds/one.txt", format!("Text {number}.\n"));
        let signed = reuse(&bench, PRESS);
        signed.expect(0, &[]);
        assert_eq!(signed.finding(code)["severity"], "note", "{number}");
        assert_eq!((serial(&bench), not_read(&bench)), (number as u64 + 2, None));
        assert!(std::fs::read(&file).unwrap().len() > 200);
    }
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn only_a_pinned_policy_that_allows_it() {
    let bench = Bench::archive();
    let before = bench.tree("a");
    let reused = |more: &[&str]| bench.sign(PRESS, &[&["--reuse"], more].concat());
    let with_state = |more: &[&str]| reused(&[&STATE[..], more].concat());
    let pin = policy_sha256(&bench);
    with_state(&["--policy-sha256", &pin]).expect(2, &["usage"]);
    let bench = allow(bench);
    let pin = policy_sha256(&bench);
    let reused = |more: &[&str]| bench.sign(PRESS, &[&["--reuse"], more].concat());
    let with_state = |more: &[&str]| reused(&[&STATE[..], more].concat());
    let unpinned = with_state(&[]);
    unpinned.expect(11, &["unpinned"]);
    assert!(unpinned.finding("unpinned")["help"].as_str().unwrap().contains("--policy-sha256"));
    with_state(&["--policy-sha256", &"0".repeat(64)]).expect(11, &["unpinned"]);
    with_state(&["--policy-sha256", "0"]).expect(3, &["malformed"]);
    reused(&["--policy-sha256", &pin]).expect(2, &["usage"]);
    reused(&["--policy-sha256", &pin, "--no-state"]).expect(2, &["usage"]);
    with_state(&["--policy-sha256", &pin, "--also", "minisign"]).expect(2, &["usage"]);
    bench.sign(PRESS, &["--policy-sha256", &pin]).expect(2, &["usage"]);
    // Not one that is edited and not signed.
    let text = bench.text(POLICY);
    bench.edit(POLICY, "version = 1", "version = 2");
    let edited = policy_sha256(&bench);
    assert_eq!(with_state(&["--policy-sha256", &edited]).exit, 10);
    bench.write(POLICY, &text);
    // Elsewhere than in an archive there is no policy to allow it.
    bench.write("dist/file", "x");
    let release = ["sign", "dist", "--key", "keyring/press.key.pem", "--reuse", "--state", "state"];
    bench.json_in("", &release).expect(2, &["usage"]);
    assert!(!bench.path("dist/SHA256SUMS").exists());
    let policy = |path: &PathBuf| path.starts_with(bench.path("a/keys"));
    let same = |tree: &std::collections::BTreeMap<PathBuf, Vec<u8>>| {
        tree.iter()
            .filter(|(path, _)| !policy(path))
            .map(|(path, bytes)| (path.clone(), bytes.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(same(&bench.tree("a")), same(&before), "a refusal wrote something");
    // What verify remembers pins it too.
    let verify = ["verify", "--state", "../state", "--policy-sha256", &pin];
    bench.json_in("a", &verify).expect(0, &[]);
    with_state(&[]).expect(0, &[]);
}

#[test]
fn nobody_vouches_for_more_than_was_read() {
    let bench = allow(Bench::archive_of_two(1));
    bench.resign_policy(PRESS);
    age();
    bench.sign(PRESS, &STATE).expect(0, &[]);
    // All was read for the statement; the second signer would read nothing, and so has to.
    let second = reuse(&bench, DESK);
    second.expect(0, &[]);
    assert_eq!(second.json["signed"][0]["action"], "added");
    assert_eq!((serial(&bench), not_read(&bench)), (1, None));
    std::fs::remove_file(bench.path("a/manifests/seeds/SHA256SUMS.desk.sigstore.json")).unwrap();
    change_unseen(&bench);
    let second = reuse(&bench, DESK);
    second.expect(0, &[]);
    assert_eq!(second.json["signed"][0]["action"], "new", "the change was not seen");
    assert_eq!((serial(&bench), not_read(&bench)), (2, None));
    bench.json_in("a", &["verify"]).expect(0, &[]);
    // A signer for whom nothing was read adds to a statement that says so, and to no other.
    age();
    bench.write("a/seeds/one.txt", "The council does not meet.\n");
    bench.sign(DESK, &STATE).expect(0, &[]);
    age();
    bench.write("a/seeds/one.txt", "The council meets again.\n");
    reuse(&bench, DESK).expect(0, &[]);
    assert_eq!((serial(&bench), not_read(&bench)), (4, Some(2)));
    let payload = bench.payload(BUNDLE).0;
    bench.sign(PRESS, &STATE).expect(0, &[]);
    let added = bench.payload("a/manifests/seeds/SHA256SUMS.press.sigstore.json").0;
    assert_eq!(added, payload);
    let verified = bench.json_in("a", &["verify"]);
    verified.expect(0, &[]);
    assert_eq!(verified.json["collections"][0]["not_read"], 2);
}

#[test]
fn a_statement_that_cannot_be_true_is_refused() {
    let bench = remembered();
    bench.write("a/seeds/one.txt", "The council does not meet.\n");
    reuse(&bench, PRESS).expect(0, &[]);
    let (payload, _) = bench.payload(BUNDLE);
    let text = String::from_utf8(payload).unwrap();
    for (number, expected) in [("0", false), ("3", true), ("4", false)] {
        let other = text.replace("\"notRead\":2", &format!("\"notRead\":{number}"));
        let statement: Value = serde_json::from_str(&other).unwrap();
        let read = vidimus::envelope::predicate::from_value(&statement["predicate"]);
        assert_eq!(read.is_ok(), expected, "{number}");
    }
}

/// Changes `one.txt`, and sets its time back.
fn rot(bench: &Bench) {
    let one = bench.path("a/seeds/one.txt");
    let before = std::fs::metadata(&one).unwrap().modified().unwrap();
    bench.write("a/seeds/one.txt", "The council meets on Friday.\n");
    let file = std::fs::File::options().write(true).open(&one).unwrap();
    file.set_modified(before).unwrap();
}

#[test]
fn verify_names_rot_beside_what_changed() {
    let bench = Bench::archive();
    bench.sign(PRESS, &STATE).expect(0, &[]);
    rot(&bench);
    bench.write("a/seeds/two.txt", "Five people were detained.\n");
    let verify = |more: &[&str]| bench.json_in("a", &[&["verify"], more].concat());
    let found = verify(&STATE);
    found.expect(1, &["digest-mismatch"]);
    assert_eq!(found.codes("warning"), ["bit-rot"]);
    let findings = found.json["findings"].as_array().unwrap();
    let at = |code: &str| findings.iter().position(|finding| finding["code"] == code).unwrap();
    assert_eq!(at("bit-rot"), at("digest-mismatch") + 1);
    // The other has another time: somebody wrote it.
    assert_eq!(findings.iter().filter(|finding| finding["code"] == "bit-rot").count(), 1);
    let rotten = found.finding("bit-rot");
    assert_eq!(rotten["path"], "seeds/one.txt");
    let whole = |text: &[u8]| format!("sha256:{}", hex::encode(&sha256(text)));
    assert_eq!(rotten["remembered"], whole(b"The council meets on Monday.\n"));
    assert_eq!(rotten["found"], whole(b"The council meets on Friday.\n"));
    // Without the record nothing of it is said; with a torn one that is.
    for more in [&["--no-state"][..], &["--state", "../other"]] {
        assert_eq!(verify(more).codes("warning").len(), 0);
    }
    let file = record(&bench);
    std::fs::write(&file, b"garbage").unwrap();
    let torn = verify(&STATE);
    torn.expect(1, &["digest-mismatch"]);
    assert_eq!(
        (torn.codes("warning").len(), torn.codes("note")),
        (0, vec!["malformed".to_owned()])
    );
    // A full signing says it too, and what was signed is then what is there.
    std::fs::remove_file(file).unwrap();
    bench.sign(PRESS, &STATE).expect(0, &[]);
    std::thread::sleep(Duration::from_millis(20));
    bench.write("a/seeds/one.txt", "The council meets on Sunday.\n");
    bench.sign(PRESS, &STATE).expect(0, &[]);
    rot(&bench);
    let signed = bench.sign(PRESS, &STATE);
    signed.expect(0, &[]);
    assert_eq!(signed.finding("bit-rot")["path"], "seeds/one.txt");
    assert_eq!(bench.sign(PRESS, &STATE).codes("warning").len(), 0);
}
