//! The texts that are generated from the definitions of the commands: help, man pages and
//! completions. They are complete, and nothing in a help text is wider than a terminal.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests read their own files"
)]

mod common;

use common::{Bench, Ran};
use std::collections::BTreeSet;

/// Every command, those with a blank being subcommands of the first word.
const COMMANDS: [&str; 32] = [
    "init",
    "keygen",
    "key",
    "key show",
    "policy",
    "policy check",
    "policy sign",
    "policy import",
    "policy export",
    "sign",
    "stamp",
    "stamp check",
    "stamp renew",
    "prove",
    "verify",
    "log",
    "log init",
    "log append",
    "log checkpoint",
    "log prove",
    "log check",
    "log audit",
    "check",
    "diff",
    "hash",
    "inspect",
    "witness",
    "witness key",
    "witness serve",
    "witness sign",
    "completions",
    "man",
];

fn help(bench: &Bench, command: &str) -> String {
    let arguments: Vec<&str> = command.split(' ').filter(|word| !word.is_empty()).collect();
    let mut command = bench.command(".", &[&arguments[..], &["--help"]].concat());
    Ran::of(&command.env("COLUMNS", "80").output().expect("the program runs")).ok().stdout
}

/// The commands that a help text lists.
fn listed(help: &str) -> BTreeSet<String> {
    let list = help.split("Commands:\n").nth(1).unwrap_or_default();
    let names = list.lines().take_while(|line| !line.is_empty()).filter_map(|line| {
        let name = line.strip_prefix("  ").filter(|rest| !rest.starts_with(' '))?;
        name.split(' ').next().map(ToOwned::to_owned)
    });
    names.filter(|name| name != "help").collect()
}

/// The commands below `parent` as this test knows them.
fn known(parent: &str) -> BTreeSet<String> {
    COMMANDS
        .iter()
        .filter_map(|command| command.strip_prefix(parent))
        .map(str::trim_start)
        .filter(|name| !name.is_empty() && !name.contains(' '))
        .map(ToOwned::to_owned)
        .collect()
}

#[test]
fn help_lists_every_command_and_fits_into_80_columns() {
    let bench = Bench::new();
    for command in [""].iter().chain(&COMMANDS) {
        let text = help(&bench, command);
        let wide: Vec<&str> = text.lines().filter(|line| line.chars().count() > 80).collect();
        // clap writes the usage line as one.
        assert!(wide.iter().all(|line| line.starts_with("Usage: ")), "{command}: {wide:?}");
        // And it wraps what is too wide, which would break an example in two.
        let examples = text.split("\nExample").nth(1).unwrap_or_default();
        for line in examples.lines().skip(1).take_while(|line| !line.is_empty()) {
            let whole = line.starts_with("  vidimus ") || line.starts_with("    ");
            assert!(whole, "{command}: {line}");
        }
        if ["", "key", "log", "policy", "stamp", "witness"].contains(command) {
            let parent = if command.is_empty() { String::new() } else { format!("{command} ") };
            assert_eq!(listed(&text), known(&parent), "{command}");
        }
    }
}

#[test]
fn every_example_of_a_help_text_is_understood() {
    let bench = Bench::new();
    let mut examples = 0;
    for command in [""].iter().chain(&COMMANDS) {
        let text = help(&bench, command).replace("\\\n    ", "");
        let text = text.split("\nExample").nth(1).unwrap_or_default();
        for line in text.lines().filter_map(|line| line.strip_prefix("  vidimus ")) {
            // What an example is for stands after two blanks, a redirection after `>`.
            let line = line.split("  ").next().unwrap_or_default();
            let line = line.split(" > ").next().unwrap_or_default();
            let ran = bench.run_in(".", &line.split_whitespace().collect::<Vec<_>>());
            let refused = ran.stderr.contains("For more information, try '--help'");
            assert!(!refused, "vidimus {line}: {}", ran.stderr);
            examples += 1;
        }
    }
    assert!(examples >= 15, "only {examples} examples seen");
}

#[test]
fn every_command_has_a_man_page_and_no_page_names_another_that_is_not_there() {
    let bench = Bench::new();
    bench.run_in(".", &["man", "--out", "."]).ok();
    let mut pages: BTreeSet<String> =
        COMMANDS.iter().map(|command| format!("vidimus-{}", command.replace(' ', "-"))).collect();
    pages.insert("vidimus".to_owned());
    let written: BTreeSet<String> = std::fs::read_dir(bench.path("."))
        .expect("the folder")
        .filter_map(|entry| entry.expect("an entry").file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".1").map(ToOwned::to_owned))
        .collect();
    assert_eq!(written, pages);
    for page in &pages {
        let text = bench.text(&format!("{page}.1")).replace("\\-", "-");
        assert!(text.contains(&format!(".TH {page} 1")), "{page}: {text}");
        for named in text.split_whitespace().filter_map(|word| word.strip_suffix("(1)")) {
            assert!(pages.contains(named), "{page} names {named}");
        }
    }
}

#[test]
fn completions_know_every_command() {
    let bench = Bench::new();
    for (shell, mark) in
        [("bash", "COMPREPLY"), ("zsh", "#compdef vidimus"), ("fish", "complete -c vidimus")]
    {
        let text = bench.run_in(".", &["completions", shell]).ok().stdout;
        for word in COMMANDS.iter().flat_map(|command| command.split(' ')) {
            assert!(text.contains(word), "{shell} does not know {word}");
        }
        for word in ["policy-sha256", "allowed-signers", "json", mark] {
            assert!(text.contains(word), "{shell} does not know {word}");
        }
    }
}

#[test]
fn a_usage_error_has_its_code_and_names_what_is_missing() {
    let bench = Bench::new();
    let table: [(&[&str], &str); 4] = [
        (&["sign"], "the following required arguments were not provided: --key <KEY>"),
        (&["nope"], "unrecognized subcommand 'nope'"),
        (&["verify", "--foo"], "unexpected argument '--foo' found"),
        (&[], "'vidimus' requires a subcommand but one was not provided"),
    ];
    for (arguments, message) in table {
        let outcome = bench.json_in(".", arguments);
        outcome.expect(2, &["usage"]);
        let said = outcome.finding("usage")["message"].as_str().expect("a message");
        assert!(said.starts_with(message), "{said}");
        if !arguments.is_empty() {
            let ran = bench.run_in(".", arguments);
            assert!(ran.stderr.starts_with("error[usage]: "), "{}", ran.stderr);
        }
    }
}

#[test]
fn the_json_document_names_the_whole_command() {
    let bench = Bench::archive();
    let table: [(&[&str], &str); 5] = [
        (&["policy", "check"], "policy check"),
        (&["policy", "export"], "policy export"),
        (&["key", "show", "../keyring/press.pub.pem"], "key show"),
        (&["verify"], "verify"),
        (&["verify", "--foo"], "usage"),
    ];
    for (arguments, command) in table {
        assert_eq!(bench.json_in("a", arguments).json["command"], command);
    }
}

/// Options of other tools that the documents name.
const FOREIGN: [&str; 10] = [
    "--release",
    "--locked",
    "--path",
    "--tag",
    "--strict",
    // of git
    "--no-ext-diff",
    "--exit-code",
    "--ext-diff",
    "--cached",
    "--global",
];

/// The long options in a text.
fn options(text: &str) -> BTreeSet<String> {
    let found = text
        .match_indices("--")
        .filter(|(at, _)| !text[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '-'));
    found
        .map(|(at, _)| {
            let rest = text[at + 2..]
                .chars()
                .take_while(|c| c.is_ascii_lowercase() || "-0123456789".contains(*c));
            format!("--{}", rest.collect::<String>().trim_end_matches('-'))
        })
        .filter(|option| option.len() > 2)
        .collect()
}

#[test]
fn every_option_that_the_documents_name_is_there() {
    let bench = Bench::new();
    let mut known: BTreeSet<String> = FOREIGN.iter().map(ToString::to_string).collect();
    for command in [""].iter().chain(&COMMANDS) {
        known.extend(options(&help(&bench, command)));
    }
    for (name, text) in [
        ("README.md", include_str!("../README.md")),
        ("SECURITY.md", include_str!("../SECURITY.md")),
        ("docs/ci.md", include_str!("../docs/ci.md")),
        ("docs/findings.md", include_str!("../docs/findings.md")),
        ("docs/json.md", include_str!("../docs/json.md")),
        ("docs/git.md", include_str!("../docs/git.md")),
        ("docs/threats.md", include_str!("../docs/threats.md")),
        ("docs/spec/archive.md", include_str!("../docs/spec/archive.md")),
        ("docs/spec/evidence.md", include_str!("../docs/spec/evidence.md")),
        ("docs/spec/log-entry.md", include_str!("../docs/spec/log-entry.md")),
        ("docs/spec/policy.md", include_str!("../docs/spec/policy.md")),
        ("docs/spec/predicate.md", include_str!("../docs/spec/predicate.md")),
    ] {
        let unknown: Vec<String> = options(text).difference(&known).cloned().collect();
        assert!(unknown.is_empty(), "{name} names {unknown:?}");
    }
}
