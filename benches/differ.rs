//! How long a comparison takes, in this process, without start and output, for pairs of three
//! sizes. `PAIRS=DIR` writes the pairs to a folder and measures nothing; `bench/differ.sh` does
//! that to set whole programs against each other.
//!
//! The column "fastest" is what the machine can do; the others are what it did on average.

#![allow(
    clippy::expect_used,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a measuring program"
)]
#![allow(clippy::cast_possible_truncation, reason = "numbers below a bound that is a usize")]

mod texts;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use std::path::Path;
use vidimus::compare::compare;
use vidimus::text::Document;

const SIZES: [(&str, usize); 3] = [("small", 3_000), ("1mb", 1_000_000), ("10mb", 10_000_000)];

fn main() {
    match std::env::var_os("PAIRS") {
        Some(folder) => write(Path::new(&folder)),
        None => divan::main(),
    }
}

fn write(folder: &Path) {
    for (name, bytes) in SIZES {
        let (old, new) = texts::pair(bytes);
        std::fs::write(folder.join(format!("{name}.old.txt")), old).expect("a folder to write to");
        std::fs::write(folder.join(format!("{name}.new.txt")), new).expect("a folder to write to");
    }
}

/// Bytes to texts: decoding, and the digest that ties them to a manifest.
#[divan::bench(args = SIZES.map(|(_, bytes)| bytes), max_time = 5)]
fn read_both(bencher: Bencher<'_, '_>, bytes: usize) {
    let (old, new) = texts::pair(bytes);
    bencher
        .counter(BytesCount::new(old.len() + new.len()))
        .bench(|| (document(black_box(&old)), document(black_box(&new))));
}

/// Texts to changes.
#[divan::bench(args = SIZES.map(|(_, bytes)| bytes), max_time = 5)]
fn compare_both(bencher: Bencher<'_, '_>, bytes: usize) {
    let (old, new) = texts::pair(bytes);
    bencher
        .counter(BytesCount::new(old.len() + new.len()))
        .with_inputs(|| (document(&old), document(&new)))
        .bench_values(|(old, new)| compare(old, new));
}

fn document(text: &str) -> Document {
    Document::read(text.as_bytes(), b"text.txt").expect("a text")
}
