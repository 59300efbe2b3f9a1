//! Streams in turn with the SHA extensions of x86-64: while one instruction of a stream is still
//! at work, those of another begin.
//!
//! One stream alone is left to `sha2`, which uses the same instructions.

#![allow(unsafe_code, reason = "functions for instructions that not every processor has")]
#![allow(clippy::wildcard_imports, reason = "instructions have names of their own")]
#![allow(clippy::many_single_char_names, reason = "the names of FIPS 180-4, and rows of a matrix")]

use super::{Block, ROUND_CONSTANTS, shortest};
use std::arch::x86_64::*;
use std::array::from_fn;

/// How many streams take turns.
pub(in crate::digest) const LANES: usize = 2;

/// One vector a stream.
type Vectors = [__m128i; LANES];

/// Whether this processor has what is needed.
pub(in crate::digest) fn is_available() -> bool {
    is_x86_feature_detected!("sha") && is_x86_feature_detected!("sse4.1")
}

/// Compresses as many blocks of each stream as the shortest has, and says how many; none where
/// the processor cannot.
pub(in crate::digest) fn compress(
    state: &mut [[u32; LANES]; 8],
    blocks: &[&[Block]; LANES],
) -> usize {
    let count = if is_available() { shortest(blocks) } else { 0 };
    if count > 0 {
        // SAFETY: the processor has the features (`count` is 0 otherwise), and every slice has
        // `count` blocks.
        unsafe { compress_blocks(state, blocks, count) };
    }
    count
}

/// # Safety
/// Every slice of `blocks` must have at least `count` blocks.
#[target_feature(enable = "sha,sse4.1")]
unsafe fn compress_blocks(state: &mut [[u32; LANES]; 8], blocks: &[&[Block]; LANES], count: usize) {
    // The instructions want the words a, b, e, f in one register and c, d, g, h in the other.
    let mut abef = gather(state, [5, 4, 1, 0]);
    let mut cdgh = gather(state, [7, 6, 3, 2]);
    for at in 0..count {
        let (abef_before, cdgh_before) = (abef, cdgh);
        // SAFETY: `at` is below `count`, and every slice has `count` blocks.
        let block = blocks.each_ref().map(|all| unsafe { all.get_unchecked(at) });
        rounds(&mut abef, &mut cdgh, block);
        for lane in 0..LANES {
            abef[lane] = _mm_add_epi32(abef[lane], abef_before[lane]);
            cdgh[lane] = _mm_add_epi32(cdgh[lane], cdgh_before[lane]);
        }
    }
    scatter(state, [5, 4, 1, 0], abef);
    scatter(state, [7, 6, 3, 2], cdgh);
}

#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn gather(state: &[[u32; LANES]; 8], words: [usize; 4]) -> Vectors {
    from_fn(|lane| {
        let [a, b, c, d] = words.map(|word| state[word][lane].cast_signed());
        _mm_set_epi32(d, c, b, a)
    })
}

#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn scatter(state: &mut [[u32; LANES]; 8], words: [usize; 4], vectors: Vectors) {
    for (lane, vector) in vectors.into_iter().enumerate() {
        let [a, b, c, d] = words;
        state[a][lane] = _mm_extract_epi32::<0>(vector).cast_unsigned();
        state[b][lane] = _mm_extract_epi32::<1>(vector).cast_unsigned();
        state[c][lane] = _mm_extract_epi32::<2>(vector).cast_unsigned();
        state[d][lane] = _mm_extract_epi32::<3>(vector).cast_unsigned();
    }
}

/// The 64 rounds over one block of each stream.
#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn rounds(abef: &mut Vectors, cdgh: &mut Vectors, block: [&Block; LANES]) {
    let (k, _) = ROUND_CONSTANTS.as_chunks::<4>();
    let mut w = [[_mm_setzero_si128(); LANES]; 4];
    for (quarter, w) in w.iter_mut().enumerate() {
        for (w, block) in w.iter_mut().zip(block) {
            *w = load(block, quarter);
        }
        four_rounds(abef, cdgh, w, &k[quarter]);
    }
    for k in k[4..].as_chunks::<4>().0 {
        let [a, b, c, d] = &mut w;
        schedule(a, b, c, d);
        four_rounds(abef, cdgh, a, &k[0]);
        schedule(b, c, d, a);
        four_rounds(abef, cdgh, b, &k[1]);
        schedule(c, d, a, b);
        four_rounds(abef, cdgh, c, &k[2]);
        schedule(d, a, b, c);
        four_rounds(abef, cdgh, d, &k[3]);
    }
}

/// Four words of the schedule, in the place of `first`, those sixteen before them.
#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn schedule(first: &mut Vectors, second: &Vectors, third: &Vectors, last: &Vectors) {
    for (lane, first) in first.iter_mut().enumerate() {
        let near = _mm_sha256msg1_epu32(*first, second[lane]);
        let sum = _mm_add_epi32(near, _mm_alignr_epi8::<4>(last[lane], third[lane]));
        *first = _mm_sha256msg2_epu32(sum, last[lane]);
    }
}

#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn four_rounds(abef: &mut Vectors, cdgh: &mut Vectors, w: &Vectors, k: &[u32; 4]) {
    // SAFETY: 4 words of 4 bytes are the 16 that are read; no alignment is asked for.
    let k = unsafe { _mm_loadu_si128(k.as_ptr().cast()) };
    for lane in 0..LANES {
        let sum = _mm_add_epi32(w[lane], k);
        cdgh[lane] = _mm_sha256rnds2_epu32(cdgh[lane], abef[lane], sum);
        let sum = _mm_shuffle_epi32::<0x0e>(sum);
        abef[lane] = _mm_sha256rnds2_epu32(abef[lane], cdgh[lane], sum);
    }
}

/// Four words of a block, with their bytes turned round.
#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn load(block: &Block, quarter: usize) -> __m128i {
    let order = _mm_set_epi32(0x0c0d_0e0f, 0x0809_0a0b, 0x0405_0607, 0x0001_0203);
    let (quarters, _) = block.as_chunks::<16>();
    // SAFETY: a quarter has the 16 bytes that are read; no alignment is asked for.
    let bytes = unsafe { _mm_loadu_si128(quarters[quarter].as_ptr().cast()) };
    _mm_shuffle_epi8(bytes, order)
}
