//! How fast each kernel of SHA-256 is on this machine, in memory: many streams or few, long or
//! short. `cargo bench --bench kernels`; the figures of one machine are in docs/performance.md.
//!
//! Nothing is read from a disk here, and one thread works.

#![allow(missing_docs, unsafe_code, reason = "a measuring program, made by a macro")]

use divan::Bencher;
use divan::counter::BytesCount;
use vidimus::digest::{Kernel, Stream, complete_many};

/// Name, number of messages, bytes of each.
const BATCHES: [(&str, usize, usize); 4] = [
    ("16 x 1 MiB", 16, 1 << 20),
    ("64 x 4 KiB", 64, 4 << 10),
    ("1 x 16 MiB", 1, 16 << 20),
    ("1000 x 100 B", 1000, 100),
];

fn main() {
    divan::main();
}

fn kernels() -> impl Iterator<Item = &'static str> {
    Kernel::ALL.into_iter().filter(|kernel| kernel.is_available()).map(Kernel::as_str)
}

fn run(bencher: Bencher<'_, '_>, kernel: &str, batch: usize) {
    let (_, count, bytes) = BATCHES[batch];
    let kernel = Kernel::parse(kernel).unwrap_or(Kernel::Sha2);
    let messages: Vec<Vec<u8>> =
        (0..=255).cycle().map(|byte| vec![byte; bytes]).take(count).collect();
    bencher
        .counter(BytesCount::new(count * bytes))
        .with_inputs(|| messages.iter().map(|bytes| (Stream::new(), &bytes[..])).collect())
        .bench_values(|jobs: Vec<(Stream, &[u8])>| complete_many(kernel, jobs));
}

#[divan::bench(name = BATCHES[0].0, args = kernels())]
fn long(bencher: Bencher<'_, '_>, kernel: &str) {
    run(bencher, kernel, 0);
}

#[divan::bench(name = BATCHES[1].0, args = kernels())]
fn small(bencher: Bencher<'_, '_>, kernel: &str) {
    run(bencher, kernel, 1);
}

#[divan::bench(name = BATCHES[2].0, args = kernels())]
fn alone(bencher: Bencher<'_, '_>, kernel: &str) {
    run(bencher, kernel, 2);
}

#[divan::bench(name = BATCHES[3].0, args = kernels())]
fn tiny(bencher: Bencher<'_, '_>, kernel: &str) {
    run(bencher, kernel, 3);
}
