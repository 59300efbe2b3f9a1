//! Eight streams side by side with AVX2: a register holds the same word of all of them.
//!
//! For processors without SHA-NI; where that is, it is faster. Says nothing about which streams
//! go together.

#![allow(unsafe_code, reason = "functions for instructions that not every processor has")]
#![allow(clippy::wildcard_imports, reason = "instructions have names of their own")]
#![allow(clippy::many_single_char_names, reason = "the names of FIPS 180-4, and rows of a matrix")]

use super::rounds::{plain, round, scheduled, sixteen};
use super::{Block, ROUND_CONSTANTS, shortest};
use std::arch::x86_64::*;

/// How many streams a register holds.
pub(in crate::digest) const LANES: usize = 8;

/// Whether this processor has what is needed.
pub(in crate::digest) fn is_available() -> bool {
    is_x86_feature_detected!("avx2")
}

/// Compresses as many blocks of each stream as the shortest has, and says how many; none where
/// the processor cannot.
pub(in crate::digest) fn compress(
    state: &mut [[u32; LANES]; 8],
    blocks: &[&[Block]; LANES],
) -> usize {
    let count = if is_available() { shortest(blocks) } else { 0 };
    if count > 0 {
        // SAFETY: the processor has AVX2 (`count` is 0 otherwise), and every slice has `count`
        // blocks.
        unsafe { compress_blocks(state, blocks, count) };
    }
    count
}

/// # Safety
/// Every slice of `blocks` must have at least `count` blocks.
#[target_feature(enable = "avx2")]
unsafe fn compress_blocks(state: &mut [[u32; LANES]; 8], blocks: &[&[Block]; LANES], count: usize) {
    let [first, rest @ ..] = ROUND_CONSTANTS.as_chunks::<16>().0 else { return };
    let mut now = load_state(state);
    for at in 0..count {
        // SAFETY: `at` is below `count`, and every slice has `count` blocks.
        let mut w = words(blocks.each_ref().map(|all| unsafe { all.get_unchecked(at) }));
        let before = now;
        sixteen!(plain, now, w, first);
        for k in rest {
            sixteen!(scheduled, now, w, k);
        }
        for (now, before) in now.iter_mut().zip(before) {
            *now = add(*now, before);
        }
    }
    store_state(state, &now);
}

#[target_feature(enable = "avx2")]
fn load_state(state: &[[u32; LANES]; 8]) -> [__m256i; 8] {
    let mut vectors = [_mm256_setzero_si256(); 8];
    for (vector, words) in vectors.iter_mut().zip(state) {
        // SAFETY: 8 words of 4 bytes are the 32 that are read; no alignment is asked for.
        *vector = unsafe { _mm256_loadu_si256(words.as_ptr().cast()) };
    }
    vectors
}

#[target_feature(enable = "avx2")]
fn store_state(state: &mut [[u32; LANES]; 8], vectors: &[__m256i; 8]) {
    for (words, vector) in state.iter_mut().zip(vectors) {
        // SAFETY: 8 words of 4 bytes are the 32 that are written; no alignment is asked for.
        unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), *vector) };
    }
}

/// The words of eight blocks: row `t` holds word `t` of every block.
#[target_feature(enable = "avx2")]
fn words(blocks: [&Block; LANES]) -> [__m256i; 16] {
    let [mut left, mut right] = [[_mm256_setzero_si256(); 8]; 2];
    for ((left, right), block) in left.iter_mut().zip(&mut right).zip(blocks) {
        (*left, *right) = (load::<0>(block), load::<1>(block));
    }
    let [a, b, c, d, e, f, g, h] = transposed(left);
    let [i, j, k, l, m, n, o, p] = transposed(right);
    [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]
}

/// One half of a block, with the bytes of each word turned round.
#[target_feature(enable = "avx2")]
fn load<const HALF: usize>(block: &Block) -> __m256i {
    let order = _mm_set_epi32(0x0c0d_0e0f, 0x0809_0a0b, 0x0405_0607, 0x0001_0203);
    let (halves, _) = block.as_chunks::<32>();
    // SAFETY: a half has the 32 bytes that are read; no alignment is asked for.
    let bytes = unsafe { _mm256_loadu_si256(halves[HALF].as_ptr().cast()) };
    _mm256_shuffle_epi8(bytes, _mm256_broadcastsi128_si256(order))
}

/// Eight rows of eight words to their columns.
#[target_feature(enable = "avx2")]
fn transposed(rows: [__m256i; 8]) -> [__m256i; 8] {
    let [a, b, c, d, e, f, g, h] = rows;
    let ([a, b, c, d], [e, f, g, h]) = (four(a, b, c, d), four(e, f, g, h));
    [
        _mm256_permute2x128_si256::<0x20>(a, e),
        _mm256_permute2x128_si256::<0x20>(b, f),
        _mm256_permute2x128_si256::<0x20>(c, g),
        _mm256_permute2x128_si256::<0x20>(d, h),
        _mm256_permute2x128_si256::<0x31>(a, e),
        _mm256_permute2x128_si256::<0x31>(b, f),
        _mm256_permute2x128_si256::<0x31>(c, g),
        _mm256_permute2x128_si256::<0x31>(d, h),
    ]
}

/// Within each half of 128 bits: word `t` of the four rows.
#[target_feature(enable = "avx2")]
fn four(a: __m256i, b: __m256i, c: __m256i, d: __m256i) -> [__m256i; 4] {
    let (low, high) = (_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b));
    let (low2, high2) = (_mm256_unpacklo_epi32(c, d), _mm256_unpackhi_epi32(c, d));
    [
        _mm256_unpacklo_epi64(low, low2),
        _mm256_unpackhi_epi64(low, low2),
        _mm256_unpacklo_epi64(high, high2),
        _mm256_unpackhi_epi64(high, high2),
    ]
}

#[inline]
#[target_feature(enable = "avx2")]
fn splat(word: u32) -> __m256i {
    _mm256_set1_epi32(word.cast_signed())
}

#[inline]
#[target_feature(enable = "avx2")]
fn add(a: __m256i, b: __m256i) -> __m256i {
    _mm256_add_epi32(a, b)
}

/// a ^ b ^ c.
#[inline]
#[target_feature(enable = "avx2")]
fn xor3(a: __m256i, b: __m256i, c: __m256i) -> __m256i {
    _mm256_xor_si256(_mm256_xor_si256(a, b), c)
}

/// Rotates right by `RIGHT`; `LEFT` is 32 less that.
#[inline]
#[target_feature(enable = "avx2")]
fn rotate<const RIGHT: i32, const LEFT: i32>(a: __m256i) -> __m256i {
    const { assert!(RIGHT + LEFT == 32) };
    _mm256_or_si256(_mm256_srli_epi32::<RIGHT>(a), _mm256_slli_epi32::<LEFT>(a))
}

/// g ^ (e & (f ^ g)).
#[inline]
#[target_feature(enable = "avx2")]
fn choose(e: __m256i, f: __m256i, g: __m256i) -> __m256i {
    _mm256_xor_si256(g, _mm256_and_si256(e, _mm256_xor_si256(f, g)))
}

/// b ^ ((a ^ b) & (b ^ c)).
#[inline]
#[target_feature(enable = "avx2")]
fn majority(a: __m256i, b: __m256i, c: __m256i) -> __m256i {
    let differ = _mm256_and_si256(_mm256_xor_si256(a, b), _mm256_xor_si256(b, c));
    _mm256_xor_si256(b, differ)
}

#[inline]
#[target_feature(enable = "avx2")]
fn upper0(a: __m256i) -> __m256i {
    xor3(rotate::<2, 30>(a), rotate::<13, 19>(a), rotate::<22, 10>(a))
}

#[inline]
#[target_feature(enable = "avx2")]
fn upper1(e: __m256i) -> __m256i {
    xor3(rotate::<6, 26>(e), rotate::<11, 21>(e), rotate::<25, 7>(e))
}

#[inline]
#[target_feature(enable = "avx2")]
fn lower0(w: __m256i) -> __m256i {
    xor3(rotate::<7, 25>(w), rotate::<18, 14>(w), _mm256_srli_epi32::<3>(w))
}

#[inline]
#[target_feature(enable = "avx2")]
fn lower1(w: __m256i) -> __m256i {
    xor3(rotate::<17, 15>(w), rotate::<19, 13>(w), _mm256_srli_epi32::<10>(w))
}
