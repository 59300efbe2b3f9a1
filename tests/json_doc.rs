//! `docs/json.md` is true: its examples are what the program writes about this repository's own
//! archive, and its tables name every member of every document, and no other.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests copy and read their own files"
)]

mod common;

use common::Bench;
use common::witness::Log;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;
use vidimus::codec::base64;
use vidimus::envelope::bundle;
use vidimus::envelope::note::Verifier;

const DOC: &str = include_str!("../docs/json.md");
/// A time at which the keys of the archive are judged, so that the examples never change.
const AT: &str = "2027-01-31T12:00:00Z";
/// The statement of which the second example changes a word.
const CHANGED: &str = "a/seeds/000_86ad23d6f2428ec8.txt";

/// The fenced blocks of one kind.
fn blocks(kind: &str) -> Vec<&'static str> {
    let fence = format!("```{kind}\n");
    DOC.split(&fence).skip(1).filter_map(|rest| rest.split("\n```").next()).collect()
}

/// This repository's archive in a scratch folder, as `a`.
fn archive() -> Bench {
    let bench = Bench::new();
    copy(&bench, Path::new(env!("CARGO_MANIFEST_DIR")), "a", &["seeds", "keys", "manifests"]);
    bench
}

fn copy(bench: &Bench, from: &Path, to: &str, only: &[&str]) {
    for entry in std::fs::read_dir(from).expect("a folder of the repository") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().into_string().expect("a name");
        if !only.is_empty() && !only.contains(&name.as_str()) {
            continue;
        }
        let (path, to) = (entry.path(), format!("{to}/{name}"));
        if path.is_dir() {
            copy(bench, &path, &to, &[]);
        } else {
            bench.write(&to, std::fs::read(path).expect("a file"));
        }
    }
}

fn change(bench: &Bench) {
    bench.edit(CHANGED, "must", "should");
}

#[test]
fn the_json_examples_are_what_is_written() {
    let bench = archive();
    let run = || {
        let outcome = bench.json_in("a", &["verify", "--at", AT]);
        serde_json::to_string_pretty(&outcome.json).expect("the same, laid out")
    };
    let passed = run();
    change(&bench);
    assert_eq!(blocks("json"), [passed, run()]);
}

#[test]
fn the_csv_example_is_what_is_written() {
    let bench = archive();
    change(&bench);
    let ran = bench.run_in("a", &["verify", "--at", AT, "--format", "csv"]);
    let written: Vec<&str> = ran.stdout.split_terminator("\r\n").take(3).collect();
    assert_eq!(blocks("csv"), [written.join("\n")]);
}

/// The names in the first column of the table below `heading`.
fn members(heading: &str) -> BTreeSet<&'static str> {
    let section = DOC.split(&format!("# {heading}\n")).nth(1).expect("the heading");
    let rows = section.lines().skip_while(|line| !line.starts_with('|')).skip(2);
    rows.take_while(|line| line.starts_with('|'))
        .filter_map(|line| line.split('`').nth(1))
        .collect()
}

/// Every outcome that the program has, by a run of each command.
fn documents() -> Vec<Value> {
    let bench = Bench::archive();
    bench.write("r/report.txt", "the report\n");
    bench.write("bag/bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n");
    bench.write("bag/data/one", "");
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    bench.write("bag/manifest-sha256.txt", format!("{empty}  data/one\n"));
    std::fs::create_dir(bench.path("new")).expect("a folder");
    std::fs::create_dir(bench.path("made")).expect("a folder");
    let (key, public) = ("keyring/press.key.pem", "keyring/press.pub.pem");
    let export = bench.run_in(".", &["policy", "export", "--archive", "a"]).ok().stdout;
    bench.write("allowed_signers", export);
    bench.write("t.tsr", include_bytes!("tokens/stamped.tsr"));
    bench.write("t.txt", include_bytes!("tokens/stamped.txt"));
    bench.write("t.pem", include_bytes!("tokens/root.pem"));
    bench.keygen("log");
    let pem = bench.read("keyring/log.pub.pem");
    let log = vidimus::key::parse_public(&pem).expect("a key").remove(0).key;
    let log = Verifier::new("example.org/test/log", log).expect("a key").vkey();
    let checkpoint = "a/manifests/log/checkpoint";
    let bundle = bench.text("a/manifests/seeds/SHA256SUMS.sigstore.json");
    let (head, tail) = bundle.split_once("\"sig\":\"").expect("a signature");
    let tail = tail.split_once('"').expect("its end").1;
    // A bundle whose "signature" is what the timestamp is over.
    let sig = base64::encode(include_bytes!("tokens/stamped.txt"));
    let unstamped = format!("{head}\"sig\":\"{sig}\"{tail}");
    bench.write("made/x.sigstore.json", unstamped);
    let token = include_bytes!("tokens/stamped.tsr");
    let stamped = bundle::with_timestamp(bundle.as_bytes(), token).expect("a bundle");
    bench.write("made/y.sigstore.json", stamped);
    let runs: [&[&str]; 36] = [
        &["verify", "--archive", "a"],
        &["sign", "r", "--key", key, "--also", "minisign,sshsig"],
        &["verify", "r/SHA256SUMS", "--key", public],
        &["verify", "r/report.txt", "--signature", "r/SHA256SUMS.sigstore.json", "--key", public],
        &["verify", "r/SHA256SUMS", "--signature", "r/SHA256SUMS.minisig", "--key", public],
        &["log", "init", "--archive", "a", "--key", "keyring/log.key.pem"],
        &["log", "append", "--archive", "a"],
        &["log", "checkpoint", "--archive", "a", "--key", "keyring/log.key.pem"],
        &["log", "prove", "--archive", "a"],
        &["log", "prove", "--archive", "a", "--consistency", "0"],
        &["log", "check", checkpoint, "--key", &log, "--origin", "example.org/test/log"],
        &["log", "audit", "a/manifests/log", "--key", &log],
        &["check", "bag"],
        &["check", "--manifest", "bag/manifest-sha256.txt", "bag/data"],
        &["stamp", "check", "t.tsr", "t.txt", "--tsa-root", "t.pem"],
        &["stamp", "--archive", "a", "--request", "made/x.tsq"],
        &["stamp", "made/x.sigstore.json", "--response", "t.tsr", "--tsa-root", "t.pem"],
        &["stamp", "renew", "made/y.sigstore.json", "--request", "made/y.tsq"],
        // Nobody answers there, so the list is empty.
        &["stamp", "renew", "made/y.sigstore.json", "--tsa", "http://127.0.0.1:1/"],
        &["prove", "seeds/one.txt", "--archive", "a", "--out", "made/one.tlog-proof"],
        &["prove", "seeds/one.txt", "--archive", "a", "--pack", "made/pack"],
        &[
            "verify",
            "a/seeds/one.txt",
            "--proof",
            "made/one.tlog-proof",
            "--policy",
            "a/keys/policy.toml",
        ],
        &["hash", "r"],
        &["inspect", "allowed_signers"],
        &["key", "show", public],
        &["keygen", "other", "--out", "made", "--no-password"],
        &[
            "init",
            "new",
            "--id",
            "x.example",
            "--collection",
            "c",
            "--signer",
            "a=keyring/press.pub.pem",
        ],
        &["policy", "check", "--archive", "a"],
        &["policy", "sign", "--archive", "a", "--key", key],
        &["policy", "export", "--archive", "a"],
        &["policy", "import", "allowed_signers"],
        &["man", "--out", "new"],
        &["completions", "bash"],
        &["verify", "--nonsense"],
        &["verify", "--archive", "nowhere"],
        &["verify", "--archive", "a", "--key", "keyring/press.key.pem"],
    ];
    let runs = runs.iter().map(|arguments| bench.json_in(".", arguments).json);
    runs.chain(witness(&bench)).collect()
}

/// Those of the witness; its server goes on after its document.
fn witness(bench: &Bench) -> [Value; 3] {
    bench.write("request", Log::new(0).request(0, 5));
    let (key, log) = (bench.witness_key(), Log::new(0).verifier().vkey());
    let identity = ["--key", key, "--name", "w.example"];
    let known = ["--log", &log, "--state", "w"];
    let serve = [&["witness", "serve", "--format=json"], &identity[..], &known].concat();
    let mut server =
        bench.command(".", &serve).stdout(Stdio::piped()).spawn().expect("the program runs");
    let mut line = String::new();
    let stdout = server.stdout.take().expect("stdout");
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    server.kill().and_then(|()| server.wait()).expect("its end");
    [
        bench.json_in(".", &[&["witness", "key"], &identity[..]].concat()).json,
        bench.json_in(".", &[&["witness", "sign", "request"], &identity[..], &known].concat()).json,
        serde_json::from_str(&line).expect("a document"),
    ]
}

#[test]
fn every_member_is_described_and_nothing_else() {
    let own = members("The document");
    let by_command = members("Members of single commands");
    let mut seen = BTreeSet::new();
    let documents = documents();
    for document in &documents {
        let command = document["command"].as_str().expect("a command");
        for member in document.as_object().expect("an object").keys() {
            if !own.contains(member.as_str()) {
                seen.insert(format!("{command}.{member}"));
            }
        }
        for member in &own {
            assert!(*member == "counts" || document.get(member).is_some(), "{command}: {member}");
        }
    }
    let described: BTreeSet<String> = by_command.iter().map(ToString::to_string).collect();
    assert_eq!(seen, described);
}

#[test]
fn the_parts_of_a_document_are_described() {
    let document = Bench::archive().json_in("a", &["verify"]).json;
    for (heading, pointer) in [
        ("counts", "/counts"),
        ("signers[]", "/signers/0"),
        ("thresholds[]", "/thresholds/0"),
        ("trust", "/trust"),
        ("judged_at", "/judged_at"),
    ] {
        let object = document.pointer(pointer).and_then(Value::as_object).expect("an object");
        let found: BTreeSet<&str> = object.keys().map(String::as_str).collect();
        assert_eq!(found, members(heading), "{heading}");
    }
}
