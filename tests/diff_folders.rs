//! `vidimus diff` of folders and manifests, and called by git; `vidimus verify --old`.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests make their own files"
)]

mod common;

use common::{Bench, Ran, has_tool};
use serde_json::Value;
use std::collections::BTreeMap;
use std::process::Command;

const OLD: &str = "At least 45 people must leave the harbour, the office said on Monday.\n";
const NEW: &str = "At least 54 people must leave the harbour, the office said on Monday.\n";
const LETTER: &str = "Dear neighbours,\nthe council of Norwick meets in the old hall at the quay,\n\
and all who live in the town are asked to come\nand to bring what they have written down,\n\
be it long or short.\n";

/// Folders `a` and `b` with one document of each status.
fn folders() -> Bench {
    let bench = Bench::new();
    for side in ["a", "b"] {
        bench.write(&format!("{side}/same.txt"), "Nothing new here.\n");
    }
    bench.write("a/deep/changed.txt", OLD);
    bench.write("b/deep/changed.txt", NEW);
    bench.write("a/form.txt", "The \"ferry\" goes.\n");
    bench.write("b/form.txt", "The “ferry” goes.\n");
    bench.write("a/gone.txt", "Ships and sails are painted by the crew.\n");
    bench.write("b/come.txt", "Rain is not expected before August.\n");
    bench.write("a/name-1.txt", "A text that only gets another name.\n");
    bench.write("b/name-2.txt", "A text that only gets another name.\n");
    bench.write("a/letter.txt", LETTER);
    bench.write("b/moved/letter.txt", LETTER.replace("asked", "not asked"));
    bench.write("a/data.bin", "a\0b");
    bench.write("b/data.bin", "a\0c");
    bench
}

fn diff(bench: &Bench, arguments: &[&str]) -> Ran {
    bench.run_in("", &[&["diff"], arguments].concat())
}

fn json(bench: &Bench, arguments: &[&str]) -> (i32, Value) {
    let ran = diff(bench, &[&["--format", "json"], arguments].concat());
    assert_eq!(ran.stderr, "", "{arguments:?}");
    (ran.exit, serde_json::from_str(&ran.stdout).expect("one JSON document"))
}

/// Status and verdict by the path of a document.
fn statuses(document: &Value) -> BTreeMap<String, (String, String)> {
    let documents = document["documents"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let pairs = documents.map(|document| {
        let path = document["new_path"].as_str().or(document["old_path"].as_str()).unwrap();
        (path.to_owned(), (text(&document["status"]), text(&document["verdict"])))
    });
    pairs.collect()
}

#[test]
fn every_status_of_a_document() {
    let bench = folders();
    let (exit, document) = json(&bench, &["a", "b"]);
    assert_eq!((exit, &document["schema"]), (1, &"vidimus.diff-tree/v1".into()));
    let expected = [
        ("come.txt", "added", "meaning"),
        ("data.bin", "changed", "meaning"),
        ("deep/changed.txt", "changed", "meaning"),
        ("form.txt", "changed", "noise-only"),
        ("gone.txt", "removed", "meaning"),
        ("moved/letter.txt", "renamed-changed", "meaning"),
        ("name-2.txt", "renamed", "surface"),
    ];
    let expected: BTreeMap<_, _> = expected
        .map(|(path, status, verdict)| (path.to_owned(), (status.to_owned(), verdict.to_owned())))
        .into();
    assert_eq!(statuses(&document), expected);
    assert_eq!(document["summary"]["unchanged"], 1);
    // The heaviest stand first, and each has its own comparison.
    let first = &document["documents"][0];
    assert_eq!(first["diff"]["verdict"], "meaning");
    assert_eq!(first["diff"]["summary"]["by_weight"]["critical"], 1);
    let letter = &document["documents"][1];
    assert_eq!(
        (&letter["old_path"], &letter["new_path"]),
        (&"letter.txt".into(), &"moved/letter.txt".into())
    );
    let binary = document["documents"].as_array().unwrap();
    let binary = binary.iter().find(|document| document["new_path"] == "data.bin").unwrap();
    assert_eq!(binary["diff"], Value::Null);
    assert!(binary["note"].as_str().unwrap().ends_with("; compared by digest"), "{binary}");
    assert_ne!(binary["old_sha256"], binary["new_sha256"]);
}

#[test]
fn the_table_stands_first_and_then_each_document() {
    let bench = folders();
    let ran = diff(&bench, &["a", "b"]);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(
        lines[..7],
        [
            "meaning: 8 documents: 1 added, 1 removed, 3 changed, 1 renamed, 1 renamed-changed, 1 unchanged",
            "  old  a",
            "  new  b",
            "",
            "critical  major  minor  form  status           document",
            "       1      0      0     0  changed          deep/changed.txt",
            "       1      0      0     0  renamed-changed  moved/letter.txt",
        ]
    );
    assert!(ran.stdout.contains("  number: 45 -> 54 (up)\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("moved/letter.txt (renamed-changed, was letter.txt)"));
    assert!(ran.stdout.contains("document: name-2.txt (renamed, was name-1.txt)"));
}

#[test]
fn the_formats_for_one_document_put_together() {
    let bench = folders();
    let unified = diff(&bench, &["--format", "unified", "a", "b/"]);
    assert_eq!(unified.exit, 1);
    for part in [
        "--- a/deep/changed.txt\n+++ b/deep/changed.txt\n@@ -1 +1 @@\n-At least 45",
        "--- a/letter.txt\n+++ b/moved/letter.txt\n",
        "Added: b/come.txt\n",
        "Removed: a/gone.txt\n",
        "Renamed: a/name-1.txt to b/name-2.txt\n",
        "Files a/data.bin and b/data.bin differ (old is no text",
    ] {
        assert!(unified.stdout.contains(part), "{part}: {}", unified.stdout);
    }
    let log = diff(&bench, &["--format", "sarif", "a", "b"]).stdout;
    let log: Value = serde_json::from_str(&log).unwrap();
    let run = &log["runs"][0];
    assert_eq!(log["runs"].as_array().unwrap().len(), 1);
    assert_eq!(run["results"].as_array().unwrap().len(), 2);
    assert_eq!(
        run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
        "b/deep/changed.txt"
    );
    let notes = run["invocations"][0]["toolExecutionNotifications"].to_string();
    for part in ["Added: b/come.txt", "Removed: a/gone.txt", "data.bin"] {
        assert!(notes.contains(part), "{part}: {notes}");
    }
    for (format, begin) in [("html", "<!DOCTYPE html>"), ("markdown", "**meaning: 8 documents")] {
        let ran = diff(&bench, &["--format", format, "a", "b"]);
        assert!(ran.exit == 1 && ran.stdout.starts_with(begin), "{format}: {}", ran.stdout);
    }
}

#[test]
fn ten_annotations_of_each_level_for_all_documents_together() {
    let bench = Bench::new();
    for number in 0..4 {
        let text = |add: u32| -> String {
            let line = |at: u32| format!("In the year of the flood {} boats left.\n\n", at + add);
            (10..14).map(line).collect()
        };
        bench.write(&format!("a/{number}.txt"), text(0));
        bench.write(&format!("b/{number}.txt"), text(20));
    }
    let ran = diff(&bench, &["--format", "github", "a", "b"]);
    assert_eq!(ran.stdout.matches("::error ").count(), 10, "{}", ran.stdout);
    assert!(
        ran.stdout.ends_with("6 more left out, GitHub shows 10 of each level\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn the_exit_is_that_of_the_heaviest_document() {
    let bench = folders();
    let table: [(&[&str], i32); 6] = [
        (&["deep/changed.txt"], 1),
        (&["come.txt"], 1),
        (&["name-1.txt", "name-2.txt"], 1),
        (&["form.txt"], 0),
        (&["data.bin"], 1),
        (&["same.txt"], 0),
    ];
    for (kept, exit) in table {
        for (side, path) in [("a", "x"), ("b", "y")] {
            bench.write(&format!("{path}/same.txt"), "Nothing new here.\n");
            for name in kept {
                if bench.path(&format!("{side}/{name}")).exists() {
                    bench.write(&format!("{path}/{name}"), bench.read(&format!("{side}/{name}")));
                }
            }
        }
        assert_eq!(diff(&bench, &["x", "y"]).exit, exit, "{kept:?}");
        let critical = diff(&bench, &["--fail-on", "critical", "x", "y"]).exit;
        assert_eq!(critical, i32::from(kept == ["deep/changed.txt"]), "{kept:?}");
        std::fs::remove_dir_all(bench.path("x")).unwrap();
        std::fs::remove_dir_all(bench.path("y")).unwrap();
    }
    std::fs::create_dir(bench.path("empty")).unwrap();
    std::fs::create_dir(bench.path("empty-too")).unwrap();
    let nothing = diff(&bench, &["empty", "empty-too"]);
    assert!(
        nothing.exit == 5 && nothing.stderr.starts_with("error[empty]: "),
        "{}",
        nothing.stderr
    );
    assert_eq!(diff(&bench, &["empty", "a"]).exit, 1);
}

#[test]
fn what_cannot_be_read_is_said_and_never_exit_0() {
    let bench = Bench::new();
    bench.write("a/one.txt", OLD);
    bench.write("b/one.txt", OLD);
    bench.write("secret.txt", NEW);
    std::os::unix::fs::symlink("../secret.txt", bench.path("b/link.txt")).unwrap();
    let ran = diff(&bench, &["a", "b"]);
    assert_eq!(ran.exit, 3, "{}", ran.stdout);
    assert!(ran.stdout.contains("document: link.txt (added)"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("At least"), "{}", ran.stdout);
    let (exit, document) = json(&bench, &["a", "b"]);
    assert_eq!(exit, 3);
    assert!(document["documents"][0]["note"].as_str().unwrap().contains("symbolic link"));
    assert_eq!(document["documents"][0]["new_sha256"], Value::Null);
    // On both sides, and where the old side has a folder of that name.
    std::os::unix::fs::symlink("../secret.txt", bench.path("a/link.txt")).unwrap();
    assert_eq!(diff(&bench, &["a", "b"]).exit, 3);
    bench.write("a/sub/two.txt", OLD);
    std::os::unix::fs::symlink("..", bench.path("b/sub")).unwrap();
    let (_, document) = json(&bench, &["a", "b"]);
    let documents = document["documents"].as_array().unwrap();
    let two = documents.iter().find(|document| document["old_path"] == "sub/two.txt").unwrap();
    assert!(
        two["note"].as_str().unwrap().starts_with("the new side cannot be looked into"),
        "{two}"
    );
}

#[test]
fn manifests_name_the_documents_and_their_digests() {
    let bench = folders();
    for side in ["a", "b"] {
        let list = bench.run_in(side, &["hash", "."]).ok().stdout.replace("  ./", "  ");
        bench.write(&format!("{side}/SHA256SUMS"), &list);
        bench.write(&format!("alone/{side}.SHA256SUMS"), &list);
    }
    let (exit, document) = json(&bench, &["a/SHA256SUMS", "b/SHA256SUMS"]);
    assert_eq!(exit, 1);
    assert_eq!(statuses(&document).len(), 7);
    assert_eq!(document["documents"][0]["diff"]["summary"]["by_kind"]["number"], 1);
    // A folder goes with a manifest: its own list is then one document more.
    let (_, mixed) = json(&bench, &["a/SHA256SUMS", "b"]);
    assert_eq!(statuses(&mixed)["SHA256SUMS"].0, "added");
    // Lists without their documents are compared by digest.
    let (exit, document) = json(&bench, &["alone/a.SHA256SUMS", "alone/b.SHA256SUMS"]);
    assert_eq!(exit, 1);
    let documents = document["documents"].as_array().unwrap();
    assert!(documents.iter().all(|document| document["diff"].is_null()));
    let changed = documents.iter().find(|document| document["new_path"] == "form.txt").unwrap();
    let note = "old is not there as listed; new is not there as listed; compared by digest";
    assert_eq!(changed["note"], note);
    // A document that is another one than the list says is never shown as the listed one.
    bench.write("a/deep/changed.txt", OLD.replace("45", "46"));
    let ran = diff(&bench, &["a/SHA256SUMS", "b/SHA256SUMS"]);
    assert!(!ran.stdout.contains("At least"), "{}", ran.stdout);
    assert!(ran.stdout.contains("  old is not there as listed; compared by digest"));
}

#[test]
fn manifests_of_an_archive_and_bad_ones() {
    let bench = Bench::archive();
    bench.write("a/seeds/two.txt", "Seven people were detained.\n");
    bench.run_in("a", &["sign", "--key", "../keyring/press.key.pem"]).ok();
    let (exit, document) =
        json(&bench, &["a/manifests/seeds/history/1/SHA256SUMS", "a/manifests/seeds/SHA256SUMS"]);
    assert_eq!(exit, 1);
    let only = &document["documents"][0];
    assert_eq!(only["new_path"], "two.txt");
    // The new text is there, the old one is in no folder any more.
    assert_eq!(only["note"], "old is not there as listed; compared by digest");
    // The documents that an old manifest lists and that are still there are read there.
    bench.write("copy/one.txt", "The council meets on Tuesday.\n");
    let (_, document) = json(&bench, &["a/manifests/seeds/history/1/SHA256SUMS", "copy"]);
    let documents = document["documents"].as_array().unwrap();
    let one = documents.iter().find(|document| document["new_path"] == "one.txt").unwrap();
    assert_eq!(one["diff"]["summary"]["by_kind"]["date"], 1, "{one}");
    bench.write("bad/SHA256SUMS", "nothing that anybody reads\n");
    bench.write("weak/SHA256SUMS", "MD5 (a) = d41d8cd98f00b204e9800998ecf8427e\n");
    let lines: String =
        (0..10_001).map(|number| format!("{}  {number}.txt\n", "0".repeat(64))).collect();
    bench.write("many/SHA256SUMS", lines);
    let table = [
        ("bad/SHA256SUMS", 3, "malformed"),
        ("weak/SHA256SUMS", 3, "unsupported"),
        ("many/SHA256SUMS", 3, "limit"),
        ("none/SHA256SUMS", 4, "io"),
    ];
    for (list, exit, code) in table {
        let (found, document) = json(&bench, &[list, "a/manifests/seeds/SHA256SUMS"]);
        assert_eq!((found, &document["verdict"]), (exit, &"refused".into()), "{list}");
        assert_eq!(document["findings"][0]["code"], code, "{list}: {document}");
    }
}

#[test]
fn another_text_of_the_same_language_is_none_under_a_new_name() {
    let bench = Bench::new();
    let one = "The office of the harbour said that the pumps of the quay are checked by the crew \
               and that all of them are in the best of order for the rest of the year.\n";
    let other = "The council of the town wrote that the roof of the school was mended by the firm \
                 and that none of it is in the way of the pupils for the start of the term.\n";
    bench.write("a/one.txt", one);
    bench.write("b/other.txt", other);
    let found = || -> Vec<String> {
        let (_, document) = json(&bench, &["a", "b"]);
        statuses(&document).into_values().map(|(status, _)| status).collect()
    };
    assert_eq!(found(), ["removed", "added"]);
    // Nor are the same words in an order that says something else.
    let mut words: Vec<&str> = one.split_whitespace().collect();
    words.reverse();
    bench.write("b/other.txt", words.join(" "));
    assert_eq!(found(), ["removed", "added"]);
    bench.write("b/other.txt", one.replace("quay", "port"));
    assert_eq!(found(), ["renamed-changed"]);
}

/// Runs git in the folder `r` with nothing of the user's own settings.
fn git(bench: &Bench, arguments: &[&str], external: bool) -> Ran {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "core.pager=cat"]);
    command.args(arguments).current_dir(bench.path("r"));
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("HOME", bench.path(""));
    command.env_remove("GIT_DIR").env_remove("GIT_EXTERNAL_DIFF");
    if external {
        command.env("GIT_EXTERNAL_DIFF", format!("{} diff", env!("CARGO_BIN_EXE_vidimus")));
    }
    Ran::of(&command.output().unwrap())
}

/// A repository whose work tree has one file of each fate.
fn repository() -> Bench {
    let bench = Bench::new();
    bench.write("r/o.txt", OLD);
    bench.write("r/gone.txt", "The ferry goes at night.\n");
    bench.write("r/letter.txt", LETTER);
    bench.write("r/data.bin", "a\0b");
    git(&bench, &["init", "-q"], false).ok();
    git(&bench, &["add", "."], false).ok();
    git(&bench, &["commit", "-qm", "first"], false).ok();
    bench.write("r/o.txt", NEW);
    bench.write("r/data.bin", "a\0c");
    bench.write("r/come.txt", "The ferry goes at noon.\n");
    bench.remove("r/gone.txt");
    bench.write("r/new letter.txt", LETTER.replace("asked", "not asked"));
    bench.remove("r/letter.txt");
    git(&bench, &["add", "-A"], false).ok();
    bench
}

#[test]
fn git_calls_it_as_its_external_diff() {
    if !has_tool("git") {
        return;
    }
    let bench = repository();
    let ran = git(&bench, &["diff", "--cached", "-M"], true).ok();
    for part in [
        "  old  /dev/null  0 words  utf-8\n",
        "  new  b/come.txt  5 words  utf-8\n",
        "{+The ferry goes at noon.+}",
        "  old  a/gone.txt  5 words",
        "[-The ferry goes at night.-]",
        "  old  a/o.txt  13 words",
        "  number: 45 -> 54 (up)\n",
        "  old  a/letter.txt  ",
        "  new  b/new letter.txt  ",
        "  negation: + not\n",
        "document: data.bin (changed)\n  old is no text: a byte 0x00 stands at offset 1; new",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    // The same against the work tree, where the new file is no temporary one.
    git(&bench, &["reset", "-q"], false).ok();
    let ran = git(&bench, &["diff"], true).ok();
    assert!(ran.stdout.contains("  new  b/o.txt  13 words"), "{}", ran.stdout);
}

#[test]
fn git_calls_it_by_the_attributes_of_a_file() {
    if !has_tool("git") {
        return;
    }
    let bench = repository();
    bench.write("r/.gitattributes", "*.txt diff=vidimus\n");
    let program = env!("CARGO_BIN_EXE_vidimus");
    git(&bench, &["config", "diff.vidimus.command", &format!("{program} diff")], false).ok();
    let ran = git(&bench, &["diff", "--cached"], false).ok();
    assert!(ran.stdout.contains("  number: 45 -> 54 (up)\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("Binary files a/data.bin and b/data.bin differ"), "{}", ran.stdout);
    let unified = format!("{program} diff --format unified");
    git(&bench, &["config", "diff.vidimus.command", &unified], false).ok();
    let ran = git(&bench, &["diff", "--cached", "--", "o.txt"], false).ok();
    assert!(ran.stdout.starts_with("--- a/o.txt\n+++ b/o.txt\n@@ -1 +1 @@\n"), "{}", ran.stdout);
}

/// Whether git knows `trustExitCode`, since 2.46.
fn trusts() -> bool {
    let output = Command::new("git").arg("version").output().unwrap().stdout;
    let text = String::from_utf8(output).unwrap();
    let numbers = text.split_whitespace().nth(2).unwrap().split('.');
    let version: Vec<u32> = numbers.map_while(|number| number.parse().ok()).collect();
    version >= vec![2, 46]
}

#[test]
fn git_can_trust_the_exit() {
    if !has_tool("git") {
        return;
    }
    if !trusts() {
        common::say("skipped: this git knows no trustExitCode");
        return;
    }
    let bench = repository();
    bench.write("r/.gitattributes", "*.txt diff=vidimus\n");
    let command = format!("{} diff --fail-on critical", env!("CARGO_BIN_EXE_vidimus"));
    git(&bench, &["config", "diff.vidimus.command", &command], false).ok();
    git(&bench, &["config", "diff.vidimus.trustExitCode", "true"], false).ok();
    for (file, exit) in [("o.txt", 1), ("come.txt", 0)] {
        let ran = git(&bench, &["diff", "--cached", "--exit-code", "--", file], false);
        assert_eq!(ran.exit, exit, "{file}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.contains("meaning: "), "{}", ran.stdout);
    }
}

#[test]
fn what_git_gives_and_the_exits() {
    let bench = Bench::new();
    bench.write("old", OLD);
    bench.write("new", NEW);
    bench.write("bin", "a\0");
    let null = "/dev/null";
    let table: [(&[&str], i32, &str); 10] = [
        (&["p.txt", "old", "h", "m", "new", "h", "m"], 0, "  old  a/p.txt  "),
        (&["p.txt", "old", "h", "m", "new", "h", "m", "q.txt", "renamed"], 0, "  new  b/q.txt  "),
        (&["p.txt", null, ".", ".", "new", "h", "m"], 0, "  old  /dev/null  0 words"),
        (&["p.txt", "old", "h", "m", null, ".", "."], 0, "  new  /dev/null  0 words"),
        (&["p.txt", "old", "h", "m", "old", "h", "m"], 0, "identical: the same bytes"),
        (&["p.txt", "old", "h", "m", "bin", "h", "m"], 0, "new is no text"),
        (&["--fail-on=minor", "p", "old", "h", "m", "new", "h", "m"], 1, "45 -> 54"),
        (&["--fail-on=minor", "p", "old", "h", "m", "old", "h", "m"], 0, "identical"),
        (&["p.txt", "old", "h", "m", "none", "h", "m"], 4, ""),
        (&["p.txt", "old", "h", "m", "new"], 2, ""),
    ];
    for (arguments, exit, part) in table {
        let ran = diff(&bench, arguments);
        assert_eq!(ran.exit, exit, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stdout.contains(part), "{arguments:?}: {}", ran.stdout);
        assert_eq!(ran.stdout.is_empty(), exit > 1, "{arguments:?}: {}", ran.stdout);
    }
}

/// The archive `a`, with a document changed; its signed text and others lie in `old`.
fn changed_archive() -> Bench {
    let bench = Bench::archive();
    bench.write("old/some/where/copy-17", bench.read("a/seeds/two.txt"));
    bench.write("a/seeds/two.txt", "Seven people were detained.\n");
    bench
}

#[test]
fn verify_shows_what_changed_in_a_signed_text() {
    let bench = changed_archive();
    let plain = bench.run_in("a", &["verify"]);
    let ran = bench.run_in("a", &["verify", "--old", "../old"]);
    assert_eq!((plain.exit, ran.exit), (1, 1));
    let below = "  old     ../old/some/where/copy-17\n    meaning: 1 change (1 critical); no difference of form\n\n    \
                 critical: number  (old line 1, new line 1)\n      number: Nine -> Seven (down)\n        \
                 [-Nine-]{+Seven+} people were detained.\n";
    assert!(ran.stdout.contains(below), "{}", ran.stdout);
    assert!(ran.stdout.ends_with("verdict: failed\n"));
    let outcome = bench.json_in("a", &["verify", "--old", "../old"]);
    outcome.expect(1, &["digest-mismatch"]);
    let finding = outcome.finding("digest-mismatch");
    assert_eq!(finding["old"], "../old/some/where/copy-17");
    assert_eq!(finding["changes"]["schema"], "vidimus.diff/v1");
    assert_eq!(finding["changes"]["summary"]["by_kind"]["number"], 1);
    // Nothing is said, and nothing read, where all is as it was signed.
    bench.write("a/seeds/two.txt", bench.read("old/some/where/copy-17"));
    let well = bench.run_in("a", &["verify", "--old", "../old"]).ok();
    assert!(!well.stdout.contains("../old"), "{}", well.stdout);
    bench.json_in("a", &["verify", "--old", "../none"]).expect(4, &["io"]);
}

#[test]
fn verify_takes_no_other_old_text() {
    let bench = changed_archive();
    bench.remove("old/some/where/copy-17");
    bench.write("old/two.txt", "Eight people were detained.\n");
    let outcome = bench.json_in("a", &["verify", "--old", "../old"]);
    outcome.expect(1, &["digest-mismatch"]);
    assert_eq!(outcome.json["findings"][0].get("changes"), None);
    let note = &outcome.json["findings"][1];
    assert_eq!((&note["severity"], &note["path"]), (&"note".into(), &"../old/two.txt".into()));
    assert_eq!(note["message"], "is not the signed version either: not shown");
    assert!(!bench.run_in("a", &["verify", "--old", "../old"]).stdout.contains("Eight"));
    bench.rename("old/two.txt", "old/other.txt");
    let outcome = bench.json_in("a", &["verify", "--old", "../old"]);
    let message = outcome.json["findings"][1]["message"].as_str().unwrap();
    assert!(message.starts_with("has no signed version among the old copies"), "{message}");
}

#[test]
fn verify_shows_no_changes_of_what_is_no_text_and_cuts_long_ones() {
    let bench = changed_archive();
    bench.write("a/seeds/two.txt", "Seven\0people\n");
    let outcome = bench.json_in("a", &["verify", "--old", "../old"]);
    outcome.expect(1, &["digest-mismatch"]);
    let message = outcome.json["findings"][1]["message"].as_str().unwrap();
    assert_eq!(message, "is no text: a byte 0x00 stands at offset 5; what changed is not shown");
    let many: String = (0..60)
        .map(|at| format!("A new paragraph, number {at}.\n\nNine people were detained.\n\n"))
        .collect();
    bench.write("a/seeds/two.txt", many);
    let text = bench.run_in("a", &["verify", "--old", "../old"]).stdout;
    let shown = text.lines().skip_while(|line| !line.starts_with("  old ")).skip(1);
    let shown: Vec<&str> =
        shown.take_while(|line| line.is_empty() || line.starts_with("    ")).collect();
    assert_eq!(shown.len(), 40, "{text}");
    let last = shown[39];
    assert!(last.starts_with("    ... "), "{last}");
    assert!(
        last.ends_with("vidimus diff ../old/some/where/copy-17 seeds/two.txt shows them all"),
        "{last}"
    );
}

#[test]
fn verify_of_a_release_shows_it_too() {
    let bench = Bench::new();
    bench.keygen("press");
    bench.write("rel/notes.txt", OLD);
    bench.write("backup/x", OLD);
    bench.run_in("", &["sign", "rel", "--key", "keyring/press.key.pem"]).ok();
    bench.write("rel/notes.txt", NEW);
    let arguments =
        ["verify", "rel/SHA256SUMS", "--key", "keyring/press.pub.pem", "--old", "backup"];
    let outcome = bench.json_in("", &arguments);
    outcome.expect(1, &["digest-mismatch"]);
    let finding = outcome.finding("digest-mismatch");
    assert_eq!(finding["changes"]["new"]["path"], "rel/notes.txt");
    assert_eq!(finding["changes"]["changes"][0]["facts"][0]["new"], "54");
    let single = bench.run_in("", &["verify", "x", "--signature", "y", "--old", "backup"]);
    assert_eq!(single.exit, 2);
}
