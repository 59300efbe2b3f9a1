//! What runs remember (`--state`): nothing goes back, nothing is told twice in two ways, and what
//! cannot be remembered or read is said. Promise 8.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests read and change their own files"
)]

mod common;

use common::{Bench, Outcome, PRESS, finish};
use serde_json::Value;
use std::path::PathBuf;
use vidimus::codec::hex;
use vidimus::digest::sha256;

const POLICY: &str = "a/keys/policy.toml";
const ID: &str = "example.org/test";
const LOG_KEY: &str = "../keyring/log.key.pem";

/// What names the archive's policy as it is now.
fn policy_sha256(bench: &Bench) -> String {
    hex::encode(&sha256(&bench.read(POLICY)))
}

fn pinned(bench: &Bench) -> Outcome {
    let sha256 = policy_sha256(bench);
    bench.json_in("a", &["verify", "--state", "../state", "--policy-sha256", &sha256])
}

fn unpinned(bench: &Bench) -> Outcome {
    bench.json_in("a", &["verify", "--state", "../state"])
}

/// The name of what is remembered of an archive, without its ending.
fn name(id: &str) -> String {
    format!("state/{}", hex::encode(&sha256(id.as_bytes())))
}

fn record(bench: &Bench) -> Value {
    serde_json::from_slice(&bench.read(&format!("{}.json", name(ID)))).unwrap()
}

fn copy(bench: &Bench, from: &str, to: &str) {
    let from_path = bench.path(from);
    for (path, bytes) in bench.tree(from) {
        let below = path.strip_prefix(&from_path).unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            std::fs::create_dir_all(bench.path(to).join(below)).unwrap();
        } else {
            bench.write(&format!("{to}/{below}"), bytes);
        }
    }
}

/// Puts another folder in the place of one; that one is gone.
fn swap(bench: &Bench, from: &str, to: &str) {
    std::fs::remove_dir_all(bench.path(to)).unwrap();
    copy(bench, from, to);
}

/// Signs the collection with another text in it.
fn sign_text(bench: &Bench, archive: &str, text: &str) {
    bench.write(&format!("{archive}/seeds/one.txt"), text);
    bench.run_in(archive, &["sign", "--key", PRESS]).ok();
}

fn says_not_checked(outcome: &Outcome, why: &str) {
    let said = outcome.json["not_checked"].to_string();
    assert!(said.contains("rollback: not checked") && said.contains(why), "{said}");
}

/// Checks that a conflict is refused, that both pieces are kept and named, and that what was
/// remembered before stays so.
fn conflict(bench: &Bench, code: &str, path: &str, pieces: [&[u8]; 2]) {
    let before = record(bench);
    drop(std::fs::remove_dir_all(bench.path(&format!("{}.evidence", name(ID)))));
    for run in [unpinned, pinned] {
        let outcome = run(bench);
        assert_eq!(outcome.exit, 15, "{:#}", outcome.json);
        let finding = outcome.finding(code);
        assert_eq!(
            (finding["severity"].as_str(), finding["path"].as_str()),
            (Some("error"), Some(path))
        );
        let note = outcome.json["findings"].as_array().unwrap().iter();
        let note = note.filter(|finding| finding["severity"] == "note").collect::<Vec<_>>();
        let kept = bench.tree(&format!("{}.evidence", name(ID)));
        let said = note.iter().map(ToString::to_string).collect::<String>();
        for piece in pieces {
            let file: &PathBuf =
                kept.iter().find(|(_, bytes)| bytes.as_slice() == piece).expect("both are kept").0;
            let file = file.file_name().unwrap().to_str().unwrap();
            assert!(said.contains(file), "{file} in {said}");
        }
        assert_eq!(record(bench), before, "nothing of it is remembered");
    }
}

#[test]
fn only_a_pinned_run_remembers_and_then_pins_the_next() {
    let bench = Bench::archive();
    let first = unpinned(&bench);
    first.expect(0, &[]);
    says_not_checked(&first, "not pinned");
    assert!(!bench.path("state").exists());

    let sha256 = policy_sha256(&bench);
    let arguments = ["verify", "--no-state", "--policy-sha256", &sha256];
    let mut none = bench.command("a", &[&arguments[..], &["--format", "json"]].concat());
    let none = Outcome::of(&finish(none.env("HOME", bench.path("home"))));
    none.expect(0, &[]);
    says_not_checked(&none, "nothing is remembered");
    assert!(!bench.path("home").exists());

    let wrong = ["verify", "--state", "../state", "--policy-sha256", &"0".repeat(64)];
    bench.json_in("a", &wrong).expect(11, &["unpinned"]);
    let keys = ["verify", "--state", "../state", "--key", "../keyring/press.pub.pem"];
    let keys = bench.json_in("a", &keys);
    keys.expect(0, &[]);
    says_not_checked(&keys, "--key");
    assert!(!bench.path(&format!("{}.json", name(ID))).exists());

    let taught = pinned(&bench);
    taught.expect(0, &[]);
    says_not_checked(&taught, "from now on");
    let now = record(&bench);
    assert_eq!(now["archive"], ID);
    assert_eq!((&now["policy"]["version"], &now["policy"]["sha256"]), (&1.into(), &sha256.into()));
    assert_eq!(now["collections"]["seeds"]["serial"], 1);
    assert_eq!(now["log"], Value::Null);

    let later = bench.json_in("a", &["verify", "--state", "../state", "--require-pinned"]);
    later.expect(0, &[]);
    assert_eq!(later.json["trust"]["pinned"], true);
    assert!(!later.json["not_checked"].to_string().contains("rollback"));
    // What that run sees is remembered too.
    sign_text(&bench, "a", "two");
    unpinned(&bench).expect(0, &[]);
    assert_eq!(record(&bench)["collections"]["seeds"]["serial"], 2);
    // Without the memory the archive vouches for itself again.
    let alone = bench.json_in("a", &["verify", "--no-state", "--require-pinned"]);
    alone.expect(11, &["unpinned"]);
}

#[test]
fn a_run_that_fails_teaches_nothing_wrong() {
    let bench = Bench::archive();
    bench.write("a/seeds/one.txt", "changed");
    pinned(&bench).expect(1, &["digest-mismatch"]);
    // The statement is good, whatever became of the files.
    assert_eq!(record(&bench)["collections"]["seeds"]["serial"], 1);

    let bench = Bench::archive();
    bench.edit("a/manifests/seeds/SHA256SUMS.sigstore.json", "\"sig\":\"", "\"sig\":\"AAAA");
    assert_eq!(pinned(&bench).exit, 10);
    assert_eq!(record(&bench)["collections"], serde_json::json!({}));

    let bench = Bench::archive();
    bench.remove("a/keys/policy.toml.dsse.json");
    let outcome = pinned(&bench);
    assert_ne!(outcome.exit, 0);
    assert!(!bench.path(&format!("{}.json", name(ID))).exists(), "{:#}", outcome.json);
}

/// The envelope that is kept of a statement.
fn envelope(bench: &Bench, folder: &str) -> Vec<u8> {
    let bundle = bench.read(&format!("{folder}/SHA256SUMS.sigstore.json"));
    let bundle = vidimus::envelope::bundle::parse(&bundle).unwrap();
    match bundle.content {
        vidimus::envelope::bundle::Content::Dsse(envelope) => envelope.to_json(),
        vidimus::envelope::bundle::Content::Message { .. } => panic!("no statement"),
    }
}

#[test]
fn an_older_statement_and_a_second_one_of_the_same_serial_are_refused() {
    let bench = Bench::archive();
    copy(&bench, "a", "old");
    copy(&bench, "a", "other");
    sign_text(&bench, "a", "two");
    sign_text(&bench, "other", "another two");
    pinned(&bench).expect(0, &[]);
    copy(&bench, "a", "good");
    let known = envelope(&bench, "a/manifests/seeds");
    let shown = "manifests/seeds/SHA256SUMS.sigstore.json";
    let place =
        |outcome: &Outcome, code: &str| outcome.finding(code)["path"].as_str().unwrap().to_owned();

    swap(&bench, "old", "a");
    let path = place(&unpinned(&bench), "rollback");
    assert!(shown.starts_with(&path), "{path}");
    conflict(&bench, "rollback", &path, [&known, &envelope(&bench, "a/manifests/seeds")]);

    swap(&bench, "other", "a");
    conflict(&bench, "fork", &path, [&known, &envelope(&bench, "a/manifests/seeds")]);
    // A newer one does not hide it: the statements before it are in its history.
    sign_text(&bench, "other", "another three");
    swap(&bench, "other", "a");
    conflict(&bench, "fork", &path, [&known, &envelope(&bench, "a/manifests/seeds")]);

    swap(&bench, "good", "a");
    unpinned(&bench).expect(0, &[]);
    sign_text(&bench, "a", "three");
    unpinned(&bench).expect(0, &[]);
    assert_eq!(record(&bench)["collections"]["seeds"]["serial"], 3);
}

#[test]
fn an_older_policy_and_a_second_one_of_the_same_version_are_refused() {
    let bench = Bench::archive();
    let next = |archive: &str, from: u64, comment: &str| {
        let file = format!("{archive}/keys/policy.toml");
        bench.edit(&file, &format!("version = {from}"), &format!("version = {}", from + 1));
        bench.write(&file, bench.text(&file) + comment);
        bench.run_in(archive, &["policy", "sign", "--key", PRESS]).ok();
    };
    copy(&bench, "a", "old");
    copy(&bench, "a", "other");
    next("a", 1, "# this one\n");
    next("other", 1, "# that one\n");
    pinned(&bench).expect(0, &[]);
    copy(&bench, "a", "good");
    let known = bench.read(POLICY);

    swap(&bench, "old", "a");
    conflict(&bench, "rollback", "keys/policy.toml", [&known, &bench.read(POLICY)]);
    let fork = bench.read("other/keys/policy.toml");
    swap(&bench, "other", "a");
    conflict(&bench, "fork", "keys/policy.toml", [&known, &fork]);
    next("other", 2, "");
    swap(&bench, "other", "a");
    conflict(&bench, "fork", "keys/policy.toml", [&known, &fork]);

    swap(&bench, "good", "a");
    next("a", 2, "");
    let newer = unpinned(&bench);
    newer.expect(0, &[]);
    assert_eq!(newer.json["trust"]["pinned"], true);
    assert_eq!(record(&bench)["policy"]["version"], 3);
    // Version 5, with nothing kept that leads from 3 to it, is believed by nobody.
    next("a", 3, "");
    next("a", 4, "");
    std::fs::remove_dir_all(bench.path("a/keys/history/4")).unwrap();
    let gap = unpinned(&bench);
    gap.expect(11, &["unpinned"]);
    assert_eq!(gap.json["trust"]["pinned"], false);
    assert_eq!(record(&bench)["policy"]["version"], 3);
}

/// An archive whose policy names its log, which holds one entry.
fn logged() -> Bench {
    let bench = Bench::archive();
    bench.keygen("log");
    let log = bench.json_in("a", &["log", "init", "--key", LOG_KEY]).json;
    let tlog = format!(
        "tlog = \"\"\"\nlog {}\nquorum none\n\"\"\"\n\n[[signer]]",
        log["vkey"].as_str().unwrap()
    );
    bench.edit(POLICY, "[[signer]]", &tlog);
    bench.resign_policy(PRESS);
    bench.run_in("a", &["log", "append"]).ok();
    publish(&bench, "a");
    bench
}

fn publish(bench: &Bench, archive: &str) {
    bench.run_in(archive, &["log", "checkpoint", "--key", LOG_KEY]).ok();
}

#[test]
fn a_log_that_is_shorter_other_or_gone_is_refused() {
    let bench = logged();
    copy(&bench, "a", "other");
    copy(&bench, "a/manifests/log", "short");
    let grow = |archive: &str, text: &str| {
        sign_text(&bench, archive, text);
        publish(&bench, archive);
    };
    grow("a", "two");
    pinned(&bench).expect(0, &[]);
    assert_eq!(record(&bench)["log"]["size"], 2);
    copy(&bench, "a/manifests/log", "good");
    grow("other", "another two");
    copy(&bench, "other/manifests/log", "same-size");
    grow("other", "another three");
    copy(&bench, "other/manifests/log", "longer");

    let known = bench.read("good/checkpoint");
    let shown = "manifests/log/checkpoint";
    for (log, code) in [("short", "rollback"), ("same-size", "fork"), ("longer", "fork")] {
        swap(&bench, log, "a/manifests/log");
        let found = bench.read("a/manifests/log/checkpoint");
        conflict(&bench, code, shown, [&known, &found]);
        unpinned(&bench).expect(15, &[code]);
    }
    std::fs::remove_dir_all(bench.path("a/manifests/log")).unwrap();
    unpinned(&bench).expect(15, &["rollback"]);
    assert_eq!(unpinned(&bench).finding("rollback")["path"], shown);

    copy(&bench, "good", "a/manifests/log");
    unpinned(&bench).expect(0, &[]);
    grow("a", "three");
    unpinned(&bench).expect(0, &[]);
    assert_eq!(record(&bench)["log"]["size"], 3);
}

#[test]
fn a_fork_is_not_learned_in_two_runs() {
    // What would show it is taken away for the first run, and is back for the second.
    let bench = logged();
    copy(&bench, "a", "other");
    sign_text(&bench, "a", "two");
    publish(&bench, "a");
    pinned(&bench).expect(0, &[]);
    let before = record(&bench);
    for text in ["another two", "another three"] {
        sign_text(&bench, "other", text);
        publish(&bench, "other");
    }
    swap(&bench, "other", "a");
    bench.rename("a/manifests/log/tile", "tile");
    bench.rename("a/manifests/seeds/history", "history");
    assert_ne!(pinned(&bench).exit, 0);
    assert_eq!(record(&bench), before);
    bench.rename("tile", "a/manifests/log/tile");
    bench.rename("history", "a/manifests/seeds/history");
    pinned(&bench).expect(15, &["fork"]);
}

#[test]
fn a_run_at_a_named_time_teaches_nothing() {
    let bench = Bench::archive();
    let sha256 = policy_sha256(&bench);
    let at = [
        "verify",
        "--state",
        "../state",
        "--policy-sha256",
        &sha256,
        "--at",
        "2030-01-01T00:00:00Z",
    ];
    let outcome = bench.json_in("a", &at);
    outcome.expect(0, &[]);
    says_not_checked(&outcome, "--at");
    assert!(!bench.path(&format!("{}.json", name(ID))).exists());
}

#[test]
fn a_policy_that_was_edited_and_not_signed_is_no_fork() {
    let bench = Bench::archive();
    pinned(&bench).expect(0, &[]);
    let before = record(&bench);
    bench.edit(POLICY, "version = 1", "version = 1 # edited");
    unpinned(&bench).expect(10, &["bad-signature"]);
    assert_eq!(record(&bench), before);
    assert!(!bench.path(&format!("{}.evidence", name(ID))).exists());
}

#[test]
fn a_memory_that_cannot_be_read_is_no_empty_one() {
    let bench = Bench::archive();
    pinned(&bench).expect(0, &[]);
    let file = format!("{}.json", name(ID));
    let good = bench.text(&file);
    let swapped = |from: &str, to: &str| {
        assert!(good.contains(from));
        good.replace(from, to)
    };
    let bad = [
        String::new(),
        "{}\n".to_owned(),
        "\u{0}\u{ff}".to_owned(),
        good.trim_end().to_owned(),
        good.clone() + "\n",
        swapped("\"serial\": 1", "\"serial\": 1.0"),
        swapped("\"serial\": 1", "\"serial\": -1"),
        swapped("\"log\": null", "\"log\": null,\n  \"log\": null"),
        swapped("vidimus.state/v1", "vidimus.state/v2"),
        swapped(ID, "example.org/best"),
    ];
    for text in bad {
        bench.write(&file, &text);
        for run in [pinned, unpinned] {
            let outcome = run(&bench);
            outcome.expect(3, &["malformed"]);
            assert!(outcome.finding("malformed")["path"].as_str().unwrap().ends_with(&file[6..]));
        }
        assert_eq!(bench.text(&file), text, "it is left alone");
    }
    bench.remove(&file);
    std::fs::create_dir(bench.path(&file)).unwrap();
    for run in [pinned, unpinned] {
        run(&bench).expect(3, &["not-regular"]);
    }
    std::fs::remove_dir_all(bench.path("state")).unwrap();
    bench.write("state", "a file");
    for run in [pinned, unpinned] {
        run(&bench).expect(3, &["not-regular"]);
    }
    bench.json_in("a", &["verify", "--no-state"]).expect(0, &[]);
}

#[test]
fn runs_at_once_lose_nothing() {
    let bench = Bench::archive();
    let sha256 = policy_sha256(&bench);
    copy(&bench, "a", "b");
    bench.edit("b/keys/policy.toml", ID, "example.org/best");
    std::fs::remove_dir_all(bench.path("b/manifests/seeds")).unwrap();
    bench.remove("b/keys/policy.toml.dsse.json");
    bench.run_in("b", &["policy", "sign", "--key", PRESS]).ok();
    bench.run_in("b", &["sign", "--key", PRESS]).ok();
    let other = hex::encode(&sha256_of(&bench, "b/keys/policy.toml"));
    std::thread::scope(|scope| {
        let run = |folder: &'static str, sha256: &str| {
            let arguments = ["verify", "--state", "../state", "--policy-sha256", sha256];
            bench.json_in(folder, &arguments).expect(0, &[]);
        };
        let (sha256, other) = (&sha256, &other);
        for _ in 0..4 {
            scope.spawn(move || run("a", sha256));
            scope.spawn(move || run("b", other));
        }
    });
    assert_eq!(record(&bench)["collections"]["seeds"]["serial"], 1);
    assert!(bench.path(&format!("{}.json", name("example.org/best"))).exists());
}

fn sha256_of(bench: &Bench, file: &str) -> [u8; 32] {
    sha256(&bench.read(file))
}

#[test]
fn archives_are_remembered_apart() {
    let bench = Bench::archive();
    pinned(&bench).expect(0, &[]);
    let before = bench.tree("state");
    // The same folder founded anew under another name, serial and version begin anew.
    sign_text(&bench, "a", "two");
    bench.edit(POLICY, ID, "example.org/best");
    bench.remove("a/keys/policy.toml.dsse.json");
    std::fs::remove_dir_all(bench.path("a/manifests/seeds")).unwrap();
    bench.run_in("a", &["policy", "sign", "--key", PRESS]).ok();
    bench.run_in("a", &["sign", "--key", PRESS]).ok();
    let other = unpinned(&bench);
    other.expect(0, &[]);
    assert_eq!(other.json["trust"]["pinned"], false);
    assert_eq!(bench.tree("state"), before);
    pinned(&bench).expect(0, &[]);
    let after = bench.tree("state");
    assert!(after.len() > before.len());
    assert!(before.iter().all(|(path, bytes)| after.get(path) == Some(bytes)));
}

/// `verify`, pinned, with the environment given.
fn with_environment(bench: &Bench, variables: &[(&str, PathBuf)]) -> Outcome {
    let sha256 = policy_sha256(bench);
    let arguments = ["verify", "--policy-sha256", &sha256, "--format", "json"];
    let mut command = bench.command("a", &arguments);
    for (name, value) in variables {
        command.env(name, value);
    }
    Outcome::of(&finish(&mut command))
}

#[test]
fn by_default_the_memory_is_in_the_xdg_state_folder() {
    let bench = Bench::archive();
    let file = name(ID)[6..].to_owned() + ".json";
    let (xdg, home) = (bench.path("xdg"), bench.path("home"));
    let own = ["xdg/vidimus", "home/.local/state/vidimus"];
    let table: [(&[(&str, PathBuf)], Option<&str>); 5] = [
        (&[("XDG_STATE_HOME", xdg.clone()), ("HOME", home.clone())], Some(own[0])),
        (&[("HOME", home.clone())], Some(own[1])),
        (&[("XDG_STATE_HOME", PathBuf::from("xdg")), ("HOME", home)], Some(own[1])),
        (&[("XDG_STATE_HOME", PathBuf::from("xdg"))], None),
        (&[], None),
    ];
    for (variables, expected) in table {
        let outcome = with_environment(&bench, variables);
        outcome.expect(0, &[]);
        for folder in own {
            let there = bench.path(&format!("{folder}/{file}")).exists();
            assert_eq!(there, expected == Some(folder), "{variables:?} {folder}");
            drop(std::fs::remove_dir_all(bench.path(folder)));
        }
        if expected.is_none() {
            says_not_checked(&outcome, "nothing is remembered");
        }
    }
    assert!(!bench.path("a/xdg").exists());
}

#[test]
fn a_memory_that_cannot_be_written_is_an_error_when_named_and_a_warning_otherwise() {
    let bench = Bench::archive();
    bench.write("file", "");
    let sha256 = policy_sha256(&bench);
    // Not even root makes a folder in /proc.
    let places = [(bench.path("file/below"), 3, "not-regular"), ("/proc/none".into(), 4, "io")];
    for (place, exit, code) in places {
        let named = ["verify", "--policy-sha256", &sha256, "--state", place.to_str().unwrap()];
        bench.json_in("a", &named).expect(exit, &[code]);
        let outcome = with_environment(&bench, &[("XDG_STATE_HOME", place)]);
        outcome.expect(0, &[]);
        assert_eq!(outcome.codes("warning"), [code]);
    }
}
