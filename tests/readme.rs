//! The examples of `README.md` are run, in order, in a copy of this repository's archive.
//!
//! A fenced `console` block is a session: a line that begins with `$ ` is a command (continued
//! after a backslash at its end), the lines below it are what it prints. In an expected line `...`
//! stands for any text, and a line that is `...` alone for any lines: times, keys, hashes and
//! what the README leaves out. A line that ends in `;` goes on in the next, as on a terminal; what
//! is not written to a terminal is not wrapped. Every command must end with exit 0, so that one that fails on
//! purpose says so with `; echo "exit $?"`. `cargo run --release --` is the built program here.

#![cfg(unix)]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests copy and read their own files"
)]

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const README: &str = include_str!("../README.md");

/// A command and the lines that the README shows below it.
struct Step {
    command: String,
    shown: Vec<String>,
}

fn steps() -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for block in README.split("```console\n").skip(1) {
        let block = block.split("\n```").next().expect("the end of a block");
        let mut lines = block.lines();
        while let Some(line) = lines.next() {
            if let Some(command) = line.strip_prefix("$ ") {
                let mut command = command.to_owned();
                while command.ends_with('\\') {
                    command.push('\n');
                    command.push_str(lines.next().expect("the rest of a command"));
                }
                steps.push(Step { command, shown: Vec::new() });
            } else {
                let shown = &mut steps.last_mut().expect("a command before its output").shown;
                match shown.last_mut().filter(|before| before.ends_with(';')) {
                    Some(before) => before.push_str(&format!(" {}", line.trim_start())),
                    None => shown.push(line.to_owned()),
                }
            }
        }
    }
    steps
}

/// Whether `text` is `shown`, in which `...` stands for any text.
fn same(shown: &str, text: &str) -> bool {
    let mut parts = shown.split("...");
    let first = parts.next().expect("a part");
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Whether the lines are those shown, in which a line `...` stands for any lines.
fn all_same(shown: &[&str], lines: &[&str]) -> bool {
    match shown.split_first() {
        None => lines.is_empty(),
        Some((&"...", rest)) => (0..=lines.len()).any(|skip| all_same(rest, &lines[skip..])),
        Some((first, rest)) => lines
            .split_first()
            .is_some_and(|(line, others)| same(first, line) && all_same(rest, others)),
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder of the repository") {
        let path = entry.expect("an entry").path();
        let to = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(&path, &to).expect("a copy");
        }
    }
}

/// The folders in which the README's commands run.
struct Bench {
    dir: tempfile::TempDir,
    folder: PathBuf,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a scratch folder");
        let folder = dir.path().join("vidimus");
        for part in ["seeds", "keys", "manifests"] {
            copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join(part), &folder.join(part));
        }
        for part in ["home", "bin"] {
            std::fs::create_dir(dir.path().join(part)).expect("a folder");
        }
        let program = dir.path().join("bin/vidimus");
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_vidimus"), program).expect("a link");
        Self { dir, folder }
    }

    /// Runs one command as typed and gives what it printed, after checking that it ended well.
    fn run(&mut self, command: &str) -> String {
        let command = command.replace("cargo run --release --", "vidimus");
        let place = self.dir.path().join("place");
        let script =
            format!("{{ {command}\n}} 2>&1; code=$?; pwd > '{}'; exit $code", place.display());
        let bin = self.dir.path().join("bin");
        let mut path = bin.into_os_string();
        path.push(":/usr/bin:/bin");
        let output = Command::new("/bin/sh")
            .args(["-c", &script])
            .current_dir(&self.folder)
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.dir.path().join("home"))
            .stdin(Stdio::null())
            .output()
            .expect("a shell");
        let text = String::from_utf8(output.stdout).expect("text");
        assert!(output.status.success(), "$ {command}\n{text}");
        let place = std::fs::read_to_string(place).expect("where the shell ended");
        self.folder = PathBuf::from(place.trim_end());
        text
    }
}

#[test]
fn the_examples_print_what_the_readme_shows() {
    let mut bench = Bench::new();
    let mut ran = 0;
    for step in steps() {
        if step.command == "cargo test" {
            continue;
        }
        let text = bench.run(&step.command);
        let lines: Vec<&str> = text.lines().collect();
        let shown: Vec<&str> = step.shown.iter().map(String::as_str).collect();
        assert!(
            all_same(&shown, &lines),
            "$ {}\n--- the README shows:\n{}\n--- it prints:\n{text}",
            step.command,
            step.shown.join("\n"),
        );
        ran += 1;
    }
    assert!(ran >= 20, "only {ran} commands seen");
}

#[test]
fn a_newcomer_first_verifies_and_then_tests() {
    let commands: Vec<String> = steps().into_iter().map(|step| step.command).collect();
    assert_eq!(commands[..2], ["cargo run --release -- verify", "cargo test"]);
    assert!(commands[2..].iter().all(|command| !command.contains("cargo")));
}

#[test]
fn what_may_vary_is_matched_and_nothing_else() {
    let table = [
        ("a", "a", true),
        ("a", "ab", false),
        ("a", "", false),
        ("a...", "abc", true),
        ("a...c", "abc", true),
        ("a...c", "ac", true),
        ("a...c", "acd", false),
        ("a...b...c", "a-b-c", true),
        ("a...b...c", "a-c-b", false),
        ("...", "", true),
    ];
    for (shown, text, expected) in table {
        assert_eq!(same(shown, text), expected, "{shown} and {text}");
    }
    assert!(all_same(&["a", "...", "d"], &["a", "b", "c", "d"]));
    assert!(all_same(&["..."], &[]));
    assert!(!all_same(&["a", "...", "d"], &["a", "b"]));
    assert!(!all_same(&[], &["a"]));
    assert!(!all_same(&["a"], &[]));
}
