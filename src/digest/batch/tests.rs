//! The kernels against `sha2`, in all their lanes, whether they pay or not.

use super::*;
use crate::digest::kernel::INITIAL;

/// Blocks from a place that is aligned to nothing.
fn blocks(bytes: &[u8], lane: usize, count: usize) -> &[Block] {
    bytes[lane * 97 + 1..].as_chunks().0.get(..count).unwrap()
}

fn bytes() -> Vec<u8> {
    (0..20_000_u32).map(|at| at.wrapping_mul(0x9e37_79b1).to_be_bytes()[0]).collect()
}

fn alone(mut state: [u32; 8], pieces: &[&[Block]]) -> [u32; 8] {
    pieces.iter().for_each(|piece| compress256(&mut state, piece));
    state
}

/// The kernel itself: each lane with a state and a length of its own.
fn check_kernel<const LANES: usize>(compress: Compress<LANES>) {
    let bytes = bytes();
    let blocks: [&[Block]; LANES] =
        std::array::from_fn(|lane| blocks(&bytes, lane, 3 + lane * 5 % 7));
    let begun = |lane: usize| INITIAL.map(|word| word.rotate_left(u32::try_from(lane).unwrap()));
    let mut state = std::array::from_fn(|t| std::array::from_fn(|lane| begun(lane)[t]));
    assert_eq!(compress(&mut state, &blocks), 3);
    for (lane, blocks) in blocks.iter().enumerate() {
        let expected = alone(begun(lane), &[&blocks[..3]]);
        assert_eq!(state.map(|words| words[lane]), expected, "lane {lane} of {LANES}");
    }
}

/// Any number of jobs, in pieces, ends in the lanes, and nothing is left for others.
fn check_lanes<const LANES: usize>(compress: Compress<LANES>) {
    let bytes = bytes();
    for count in 0..=2 * LANES + 3 {
        let pieces = |at: usize| {
            let [head, body, tail] = [at % 2, at * 3 % 8, at % 3];
            [blocks(&bytes, at, head), blocks(&bytes, at + 1, body), blocks(&bytes, at, tail)]
        };
        let mut jobs: Vec<Job<'_>> = (0..count).map(|at| Job::new(INITIAL, pieces(at))).collect();
        let mut queue = Queue::of(&jobs);
        Lanes::run(compress, 1, &mut jobs, &mut queue);
        assert!(queue.order.is_empty(), "{count} jobs in {LANES} lanes");
        for (at, job) in jobs.iter().enumerate() {
            assert_eq!(job.state, alone(INITIAL, &pieces(at)), "{at} of {count}");
        }
    }
}

#[test]
fn every_kernel_compresses_as_sha2_does_in_all_its_lanes() {
    if shani::is_available() {
        check_kernel(shani::compress);
        check_lanes(shani::compress);
    }
    if avx2::is_available() {
        check_kernel(avx2::compress);
        check_lanes(avx2::compress);
    }
    if avx512::is_available() {
        check_kernel(avx512::compress);
        check_lanes(avx512::compress);
    }
}

/// The longest begin first, and what is too little for the lanes goes back unharmed.
#[test]
fn jobs_go_by_length_and_come_back_with_what_is_left_of_them() {
    let bytes = bytes();
    let body = |at: usize| [blocks(&bytes, at, 1), blocks(&bytes, at, at), &[]];
    let mut jobs: Vec<Job<'_>> = [2, 9, 4].map(|at| Job::new(INITIAL, body(at))).into();
    let mut queue = Queue::of(&jobs);
    assert_eq!(queue.order, [0, 2, 1]);
    let shortest_only: Compress<2> = |state, blocks| {
        for (lane, blocks) in blocks.iter().enumerate() {
            let mut one = state.map(|words| words[lane]);
            compress256(&mut one, &blocks[..1]);
            state.iter_mut().zip(one).for_each(|(words, word)| words[lane] = word);
        }
        1
    };
    Lanes::run(shortest_only, 2, &mut jobs, &mut queue);
    let left: Vec<usize> = jobs.iter().map(Job::blocks).collect();
    assert_eq!((queue.order, left), (vec![1], vec![0, 2, 0]));
    let done: Vec<[u32; 8]> = compress(Kernel::Sha2, jobs).collect();
    assert_eq!(done, [2, 9, 4].map(|at| alone(INITIAL, &body(at))));
}
