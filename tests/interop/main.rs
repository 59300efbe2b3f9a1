//! Interoperation: what we sign the standard tools accept, what they make we verify or check, and
//! after one changed byte both refuse. Which tools is in `docs/conformance.md`.
//!
//! A test whose tool is missing says so and passes; with `VIDIMUS_REQUIRE_TOOLS` set it fails.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::use_debug,
    reason = "tests make, change and run their own files"
)]

#[path = "../common/mod.rs"]
mod common;
mod keys;
mod lists;
mod logs;
mod ours;
mod pairs;
mod theirs;
mod tokens;
mod tool;

use std::collections::BTreeSet;

const SOURCES: [&str; 6] = [
    include_str!("keys.rs"),
    include_str!("lists.rs"),
    include_str!("logs.rs"),
    include_str!("ours.rs"),
    include_str!("theirs.rs"),
    include_str!("tokens.rs"),
];

/// The test functions of the sources. Each gives its own name to `interop`.
fn tests() -> BTreeSet<&'static str> {
    let mut names = BTreeSet::new();
    for test in SOURCES.iter().flat_map(|source| source.split("#[test]\nfn ").skip(1)) {
        let (name, body) = test.split_once("() {").expect("a test function");
        let given = body.split("interop(").nth(1).expect("a call of interop").trim_start();
        assert!(given.starts_with(&format!("\"{name}\"")), "{name} names another");
        assert!(names.insert(name), "{name} is there twice");
    }
    names
}

#[test]
fn every_test_is_in_the_table_and_the_reverse() {
    let doc = include_str!("../../docs/conformance.md");
    let section = doc.split("\n## Interoperation\n").nth(1).expect("the section");
    let section = section.split("\n## ").next().expect("its text");
    let rows = section.lines().filter(|line| line.starts_with("| ")).skip(1);
    let named: Vec<&str> = rows
        .filter(|row| !row.starts_with("|---"))
        .map(|row| row.rsplit("| `").next().and_then(|last| last.split('`').next()).unwrap())
        .collect();
    assert_eq!(named.iter().copied().collect::<BTreeSet<_>>(), tests());
    assert_eq!(named.len(), tests().len(), "a test has two rows");
}
