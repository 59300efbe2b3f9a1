//! Faults: every writing command is killed before each call that changes something, loses its
//! power, its disk space, its disk, its stdout, and meets another run of itself. What was there
//! before or what was to be there afterwards must be there, whole. And no reading command touches
//! the network.
//!
//! What a system does not permit (tracing, mounting, empty networks) is named as "not run here";
//! the commands and what they must keep stand in `cases.rs`, their figures in
//! `docs/conformance.md`.

#![cfg(target_os = "linux")]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests make, change and run their own files, and stop at the first surprise"
)]

mod cases;
#[path = "../common/mod.rs"]
mod common;
mod disk;
mod full;
mod judge;
mod kill;
mod network;
mod power;
mod scene;
mod strace;
mod writers;

use cases::CASES;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Says that a group of tests cannot run on this system, and why. Not the word at which
/// `.ci/run` stops: whether a system lets tests mount or trace is not in the hands of its user.
pub(crate) fn not_run(what: &str, reason: &str) {
    common::say(&format!("faults: {what}: not run here ({reason})"));
}

/// Works through `items`, two at a time, each worker on a processor of its own; gives what went
/// wrong.
pub(crate) fn in_pairs<T: Sync>(
    items: &[T],
    work: impl Fn(usize, &T) -> Vec<String> + Sync,
) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let worker = |worker: usize| {
        let mut wrong = Vec::new();
        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            wrong.extend(work(worker, item));
        }
        wrong
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(|| worker(1));
        let mut wrong = worker(0);
        wrong.extend(other.join().expect("the other worker"));
        wrong
    })
}

/// Ends a test that found something.
pub(crate) fn none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_document_names_every_command_and_no_other() {
    let doc = include_str!("../../docs/conformance.md");
    let section = doc.split("\n## Faults\n").nth(1).expect("a section 'Faults'");
    let section = section.split("\n## ").next().expect("its text");
    let rows = section.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let rows: Vec<Vec<&str>> = rows.map(|row| row.split(" | ").collect()).collect();
    assert_eq!(rows.first().unwrap(), &["command", "points", "torn", "lost", "power cuts"]);
    let named: Vec<&str> = rows.iter().skip(1).map(|row| row[0]).collect();
    assert_eq!(named, CASES.iter().map(|case| case.name).collect::<Vec<_>>());
    for row in rows.iter().skip(1) {
        let [_, points, torn, lost, cuts] = row[..] else { panic!("{row:?}") };
        assert!(points.parse::<u32>().unwrap() > 0 && cuts.parse::<u32>().unwrap() > 0, "{row:?}");
        assert_eq!([torn, lost], ["0", "0"], "{row:?}");
    }
    assert_eq!(named.iter().collect::<BTreeSet<_>>().len(), named.len(), "a command twice");
}
