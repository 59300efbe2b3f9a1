//! How long a comparison takes, in this process, without start and output: the best of several
//! runs for pairs of three sizes. `PAIRS=DIR` writes the pairs to a folder and measures nothing;
//! `bench/differ.sh` does that to set whole programs against each other.
//!
//! The best of several is what the machine can do, not what it does on average.

#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::use_debug,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a measuring program"
)]
#![allow(clippy::cast_possible_truncation, reason = "numbers below a bound that is a usize")]

mod texts;

use std::path::Path;
use std::time::{Duration, Instant};
use vidimus::compare::{Comparison, compare};
use vidimus::text::Document;

const SIZES: [(&str, usize, usize); 3] =
    [("small", 3_000, 200), ("1mb", 1_000_000, 20), ("10mb", 10_000_000, 3)];

fn main() {
    match std::env::var_os("PAIRS") {
        Some(folder) => write(Path::new(&folder)),
        None => measure(),
    }
}

fn write(folder: &Path) {
    for (name, bytes, _) in SIZES {
        let (old, new) = texts::pair(bytes);
        std::fs::write(folder.join(format!("{name}.old.txt")), old).expect("a folder to write to");
        std::fs::write(folder.join(format!("{name}.new.txt")), new).expect("a folder to write to");
    }
}

fn measure() {
    println!("| pair | read | compare | changes |\n|---|---|---|---|");
    for (name, bytes, runs) in SIZES {
        let (old, new) = texts::pair(bytes);
        let mut best = (Duration::MAX, Duration::MAX);
        let mut changes = 0;
        for _ in 0..runs {
            let (found, read, compared) = run(&old, &new);
            best = (best.0.min(read), best.1.min(compared));
            changes = found.changes.len();
        }
        println!("| {name} | {:.2?} | {:.2?} | {changes} |", best.0, best.1);
    }
}

fn run(old: &str, new: &str) -> (Comparison, Duration, Duration) {
    let read = |text: &str| Document::read(text.as_bytes(), b"text.txt").expect("a text");
    let begun = Instant::now();
    let (old, new) = (read(old), read(new));
    let loaded = begun.elapsed();
    let begun = Instant::now();
    let found = compare(old, new);
    (found, loaded, begun.elapsed())
}
