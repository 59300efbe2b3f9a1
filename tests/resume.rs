//! A `hash` or `sign` that was interrupted goes on where it was: the same digests as if it had not
//! been, what changed since is read anew, and `verify` takes part in none of it.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests read and change their own files"
)]

mod common;

use common::{Bench, PRESS, Ran, finish};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Enough that a run is in the middle of them when it is ended.
const FILES: usize = 12_000;
const KEEP: [&str; 4] = ["--state", "../state", "--journal-after", "0"];

/// Many small files in `folder`, old enough to count.
fn many(bench: &Bench, folder: &str) {
    for number in 0..FILES {
        bench
            .write(&format!("{folder}/{:02}/{number:05}", number % 50), format!("file {number}\n"));
    }
    std::thread::sleep(Duration::from_millis(3_100));
}

/// The journals in the state folder.
fn journals(bench: &Bench) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(bench.path("state")) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|ending| ending == "journal")).collect()
}

fn length(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |metadata| metadata.len())
}

/// Runs a command and ends it by force once it has kept something; gives its journal.
fn interrupt(bench: &Bench, command: &mut Command) -> PathBuf {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    loop {
        let kept = journals(bench).first().is_some_and(|path| length(path) > 100_000);
        if kept || begun.elapsed() > Duration::from_mins(1) {
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().code(), None, "it ended before it was ended");
    let mut journals = journals(bench);
    assert_eq!(journals.len(), 1);
    journals.remove(0)
}

/// The name of a file that a journal has, below the folder.
fn kept(journal: &Path) -> String {
    let text = String::from_utf8(std::fs::read(journal).unwrap()).unwrap();
    let line = text.split('\0').nth(3).unwrap();
    line.rsplit_once(' ').unwrap().1.to_owned()
}

/// How many files were taken over, as a line says.
fn continued(text: &str) -> usize {
    let line = text.lines().find_map(|line| line.trim_start().strip_prefix("continued: "));
    line.map_or(0, |line| line.split(' ').next().unwrap().parse().unwrap())
}

fn hash(bench: &Bench, more: &[&str]) -> Command {
    bench.command("a", &[&["hash", "../many"], more].concat())
}

#[test]
fn an_interrupted_hash_goes_on() {
    let bench = Bench::in_memory();
    bench.write("a/x", "");
    many(&bench, "many");
    let whole = Ran::of(&finish(&mut hash(&bench, &["--no-state"]))).ok();
    let journal = interrupt(&bench, &mut hash(&bench, &KEEP));
    assert_eq!(std::fs::metadata(&journal).unwrap().permissions().mode() & 0o777, 0o600);
    let left = std::fs::read(&journal).unwrap();
    let again = Ran::of(&finish(&mut hash(&bench, &KEEP))).ok();
    assert_eq!(again.stdout, whole.stdout);
    let taken = continued(&again.stderr);
    assert!(taken > 100 && taken < FILES, "{taken}: {}", again.stderr);
    assert!(journals(&bench).is_empty(), "the journal stays after a run that ended");
    // What changed between is read anew, also where size and time are the same.
    std::fs::write(&journal, &left).unwrap();
    std::fs::set_permissions(&journal, PermissionsExt::from_mode(0o600)).unwrap();
    let name = format!("many/{}", kept(&journal));
    let (text, time) = (bench.text(&name), std::fs::metadata(bench.path(&name)).unwrap());
    bench.write(&name, text.replace("file", "FILE"));
    let file = std::fs::File::options().write(true).open(bench.path(&name)).unwrap();
    file.set_modified(time.modified().unwrap()).unwrap();
    let changed = finish(hash(&bench, &KEEP).args(["--format", "json"]));
    let json: serde_json::Value = serde_json::from_slice(&changed.stdout).unwrap();
    assert_eq!(json["continued"], taken - 1);
    let now = Ran::of(&finish(&mut hash(&bench, &["--no-state"]))).ok();
    assert_ne!(now.stdout, whole.stdout);
    let digest = |file: &serde_json::Value| file["digest"].as_str().unwrap()[7..].to_owned();
    let lines = json["files"].as_array().unwrap().iter();
    let lines: String = lines
        .map(|file| format!("{}  {}\n", digest(file), file["path"].as_str().unwrap()))
        .collect();
    assert_eq!(lines, now.stdout);
    // Nothing is kept by those who do not want it, nor of digests that it does not hold.
    for more in [
        &["--no-state"][..],
        &["--state", "../state"],
        &[&KEEP[..], &["--algorithm", "sha512"]].concat(),
    ] {
        let ran = Ran::of(&finish(&mut hash(&bench, more))).ok();
        assert_eq!((continued(&ran.stderr), journals(&bench).len()), (0, 0), "{more:?}");
    }
}

#[test]
fn a_journal_within_the_folder_is_no_part_of_it() {
    let bench = Bench::in_memory();
    many(&bench, "many");
    let hash = |more: &[&str]| bench.command("many", &[&["hash", "."], more].concat());
    let whole = Ran::of(&finish(&mut hash(&["--no-state"]))).ok();
    let keep = ["--state", "state", "--journal-after", "0"];
    std::os::unix::fs::symlink(bench.path("many/state"), bench.path("state")).unwrap();
    interrupt(&bench, &mut hash(&keep));
    let again = Ran::of(&finish(&mut hash(&keep))).ok();
    assert!(continued(&again.stderr) > 100, "{}", again.stderr);
    assert_eq!(again.stdout, whole.stdout);
    // One that is begun, after some mebibytes, before its folder is listed.
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    (0..75 * workers).for_each(|at| bench.write(&format!("many/0/{at}"), "x".repeat(60_000)));
    std::fs::create_dir(bench.path("many/zz")).unwrap();
    let whole = Ran::of(&finish(&mut hash(&["--no-state"]))).ok();
    let first = Ran::of(&finish(&mut hash(&["--state", "zz", "--journal-after", "0"]))).ok();
    assert_eq!(first.stdout, whole.stdout);
}

#[test]
fn one_run_at_a_time_keeps_a_journal() {
    let bench = Bench::in_memory();
    bench.write("a/x", "");
    many(&bench, "many");
    let journal = interrupt(&bench, &mut hash(&bench, &KEEP));
    let before = std::fs::read(&journal).unwrap();
    let held = std::fs::File::open(&journal).unwrap();
    rustix::fs::flock(&held, rustix::fs::FlockOperation::NonBlockingLockExclusive).unwrap();
    let second = Ran::of(&finish(&mut hash(&bench, &KEEP))).ok();
    assert_eq!(continued(&second.stderr), 0);
    assert!(second.stderr.starts_with("note["), "{}", second.stderr);
    assert_eq!(second.stdout.lines().count(), FILES);
    assert_eq!(std::fs::read(&journal).unwrap(), before);
    drop(held);
    std::fs::write(&journal, "garbage").unwrap();
    let third = Ran::of(&finish(&mut hash(&bench, &KEEP))).ok();
    assert!(third.stderr.starts_with("note[malformed]"), "{}", third.stderr);
    assert_eq!((third.stdout, continued(&third.stderr)), (second.stdout, 0));
}

#[test]
fn an_interrupted_release_goes_on() {
    let bench = Bench::in_memory();
    bench.keygen("press");
    many(&bench, "many");
    let key = ["--key", "../keyring/press.key.pem", "--out", "../out"];
    let sign = [&["sign", "."][..], &key, &KEEP].concat();
    interrupt(&bench, &mut bench.command("many", &sign));
    assert!(!bench.path("out").exists());
    let signed = bench.run_in("many", &sign).ok();
    let taken = continued(&signed.stdout);
    assert!(taken > 100 && taken < FILES, "{}", signed.stdout);
    assert!(journals(&bench).is_empty());
    let verify = ["verify", "out/SHA256SUMS", "--dir", "many", "--key", "keyring/press.pub.pem"];
    bench.json_in("", &verify).expect(0, &[]);
}

#[test]
fn an_interrupted_signing_goes_on_and_verify_reads_all() {
    let bench = Bench::in_memory().with_archive();
    many(&bench, "a/seeds");
    let sign = [&["sign", "--key", PRESS][..], &KEEP].concat();
    let journal = interrupt(&bench, &mut bench.command("a", &sign));
    let left = std::fs::read(&journal).unwrap();
    // The collection is as it was signed before, and verify finds the new files by reading them.
    let verified = bench.json_in("a", &["verify", "--state", "../state"]);
    verified.expect(1, &["unexpected"]);
    assert!(!verified.json.to_string().contains("continued"));
    assert_eq!(std::fs::read(&journal).unwrap(), left);
    // Other options, another journal.
    let other = [&sign[..], &["--ignore", "*.bak"]].concat();
    let mut fresh = bench.command("a", &other);
    assert_eq!(continued(&Ran::of(&finish(&mut fresh)).ok().stdout), 0);
    bench.write("a/seeds/more", "more\n");
    let name = kept(&journal);
    bench.write(&format!("a/seeds/{name}"), "changed meanwhile\n");
    let back = [&sign[..], &["--ignore", ".git"]].concat();
    let signed = bench.json_in("a", &back);
    signed.expect(0, &[]);
    let taken = signed.json["signed"][0]["continued"].as_u64().unwrap();
    assert!(taken > 100 && taken < FILES as u64, "{taken}");
    // It was read, if not by this run.
    assert_eq!(signed.json["signed"][0]["not_read"], 0);
    assert!(journals(&bench).is_empty());
    bench.json_in("a", &["verify"]).expect(0, &[]);
}

/// What one signer read is no word of another, and where the state folder lies in the signed folder
/// a run does not list its own journal.
#[test]
fn a_journal_is_one_signers_and_no_part_of_what_is_signed() {
    let bench = Bench::in_memory();
    bench.keygen("press");
    bench.keygen("second");
    bench.write("many/a", "a\n");
    bench.write("many/b", "b\n");
    std::os::unix::fs::symlink("a", bench.path("many/link")).unwrap();
    std::thread::sleep(Duration::from_millis(3_100));
    let sign = |key: &'static str| {
        bench.run_in(
            "many",
            &[
                "sign",
                ".",
                "--key",
                key,
                "--out",
                "../out",
                "--state",
                "st",
                "--journal-after",
                "0",
            ],
        )
    };
    // The link is refused, and what was read stays for the next run of the same signer.
    assert_eq!(sign("../keyring/press.key.pem").exit, 3);
    std::fs::remove_file(bench.path("many/link")).unwrap();
    let journals = || std::fs::read_dir(bench.path("many/st")).unwrap().count();
    assert_eq!(journals(), 1);
    let other = sign("../keyring/second.key.pem");
    assert_eq!((other.exit, continued(&other.stdout)), (0, 0), "{}", other.stdout);
    std::fs::remove_dir_all(bench.path("out")).unwrap();
    let own = sign("../keyring/press.key.pem").ok();
    assert_eq!((continued(&own.stdout), journals()), (2, 0), "{}", own.stdout);
    let list = bench.text("out/SHA256SUMS");
    assert_eq!(list.lines().count(), 2, "{list}");
}
