//! Every kernel that this machine can run against `sha2`.

use super::stream::buffers_by;
use super::{Kernel, Stream, complete_many, finish_many, sha256, update_many};
use proptest::prelude::*;
use std::io::Write as _;

/// The kernels that can be tried here; what cannot is said, past the capture of the output.
fn kernels() -> Vec<Kernel> {
    let (here, elsewhere): (Vec<_>, Vec<_>) =
        Kernel::ALL.into_iter().partition(|kernel| kernel.is_available());
    for kernel in elsewhere {
        let line = format!("not run here: the kernel {}\n", kernel.as_str());
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    }
    here
}

/// Bytes without a pattern that a wrong lane or a wrong order could repeat.
fn message(length: usize, seed: u64) -> Vec<u8> {
    let mut word = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ length as u64;
    let next = || {
        word = word.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        word.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(length).collect()
}

fn check(kernel: Kernel, messages: &[&[u8]], what: &str) {
    let jobs = messages.iter().map(|message| (Stream::new(), *message)).collect();
    let expected: Vec<[u8; 32]> = messages.iter().map(|message| sha256(message)).collect();
    assert_eq!(complete_many(kernel, jobs), expected, "{}: {what}", kernel.as_str());
    assert_eq!(buffers_by(kernel, messages), expected, "{}: {what}", kernel.as_str());
}

#[test]
fn every_length_around_the_blocks_alone_and_in_a_full_batch() {
    for kernel in kernels() {
        for length in 0..=4 * 64 + 1 {
            let batch: Vec<_> = (0..kernel.lanes() as u64).map(|n| message(length, n)).collect();
            let batch: Vec<&[u8]> = batch.iter().map(|message| &message[..]).collect();
            check(kernel, &batch[..1], &format!("{length} bytes alone"));
            check(kernel, &batch, &format!("{length} bytes in each lane"));
        }
    }
}

/// Lengths that fill more than two bytes of the padding's, beside short ones.
#[test]
fn long_messages_beside_short_ones() {
    let lengths = [70_001, 0, 8_191, 131_072, 55, 56, 64, 3, 5_000, 119, 120, 1, 2, 63, 65, 300];
    let messages: Vec<_> =
        lengths.into_iter().enumerate().map(|(at, length)| message(length, at as u64)).collect();
    let messages: Vec<&[u8]> = messages.iter().map(|message| &message[..]).collect();
    for kernel in kernels() {
        check(kernel, &messages, "long and short");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn batches_of_any_lengths_in_any_pieces(
        lengths in proptest::collection::vec(0_usize..5_000, 0..40),
        pieces in proptest::collection::vec(0_usize..1_500, 1..60),
    ) {
        let messages: Vec<_> =
            lengths.iter().enumerate().map(|(at, length)| message(*length, at as u64)).collect();
        for kernel in kernels() {
            let mut streams = vec![Stream::new(); messages.len()];
            let mut rests: Vec<&[u8]> = messages.iter().map(|message| &message[..]).collect();
            for round in 0..4 {
                let sizes = pieces.iter().cycle().skip(round * 7);
                let cut = rests.iter_mut().zip(sizes).map(|(rest, size)| {
                    let (now, later) = rest.split_at(rest.len().min(*size));
                    *rest = later;
                    now
                });
                let cut: Vec<&[u8]> = cut.collect();
                let mut jobs: Vec<_> = streams.iter_mut().zip(cut).collect();
                update_many(kernel, &mut jobs);
            }
            let expected: Vec<[u8; 32]> = messages.iter().map(|bytes| sha256(bytes)).collect();
            let jobs: Vec<_> = streams.iter().cloned().zip(rests.iter().copied()).collect();
            prop_assert_eq!(&complete_many(kernel, jobs), &expected);
            let mut jobs: Vec<_> = streams.iter_mut().zip(rests).collect();
            update_many(kernel, &mut jobs);
            prop_assert_eq!(&finish_many(kernel, streams), &expected);
        }
    }
}
