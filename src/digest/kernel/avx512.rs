//! Sixteen streams side by side with AVX-512: a register holds the same word of all of them.
//!
//! Needs AVX512F, and AVX512BW to turn bytes round. Says nothing about which streams go together.

#![allow(unsafe_code, reason = "functions for instructions that not every processor has")]
#![allow(clippy::wildcard_imports, reason = "instructions have names of their own")]
#![allow(clippy::many_single_char_names, reason = "the names of FIPS 180-4, and rows of a matrix")]

use super::rounds::{plain, round, scheduled, sixteen};
use super::{Block, ROUND_CONSTANTS, shortest};
use std::arch::x86_64::*;

/// How many streams a register holds.
const LANES: usize = 16;

/// Whether this processor has what is needed.
pub(in crate::digest) fn is_available() -> bool {
    is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw")
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
#[target_feature(enable = "avx512f,avx512bw")]
unsafe fn compress_blocks(state: &mut [[u32; LANES]; 8], blocks: &[&[Block]; LANES], count: usize) {
    let [first, rest @ ..] = ROUND_CONSTANTS.as_chunks::<16>().0 else { return };
    let mut now = load_state(state);
    for at in 0..count {
        let mut w = [_mm512_setzero_si512(); 16];
        for (row, blocks) in w.iter_mut().zip(blocks) {
            // SAFETY: `at` is below `count`, and every slice has `count` blocks.
            *row = load(unsafe { blocks.get_unchecked(at) });
        }
        w = transposed(&w);
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

#[target_feature(enable = "avx512f")]
fn load_state(state: &[[u32; LANES]; 8]) -> [__m512i; 8] {
    let mut vectors = [_mm512_setzero_si512(); 8];
    for (vector, words) in vectors.iter_mut().zip(state) {
        // SAFETY: 16 words of 4 bytes are the 64 that are read; no alignment is asked for.
        *vector = unsafe { _mm512_loadu_si512(words.as_ptr().cast()) };
    }
    vectors
}

#[target_feature(enable = "avx512f")]
fn store_state(state: &mut [[u32; LANES]; 8], vectors: &[__m512i; 8]) {
    for (words, vector) in state.iter_mut().zip(vectors) {
        // SAFETY: 16 words of 4 bytes are the 64 that are written; no alignment is asked for.
        unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), *vector) };
    }
}

/// A block, with the bytes of each word turned round.
#[target_feature(enable = "avx512f,avx512bw")]
fn load(block: &Block) -> __m512i {
    let order = _mm512_set4_epi32(0x0c0d_0e0f, 0x0809_0a0b, 0x0405_0607, 0x0001_0203);
    // SAFETY: a block has the 64 bytes that are read; no alignment is asked for.
    let bytes = unsafe { _mm512_loadu_si512(block.as_ptr().cast()) };
    _mm512_shuffle_epi8(bytes, order)
}

/// Sixteen blocks to sixteen words: row `t` then holds word `t` of every block.
#[target_feature(enable = "avx512f")]
fn transposed(rows: &[__m512i; 16]) -> [__m512i; 16] {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = *rows;
    let groups = [four(a, b, c, d), four(e, f, g, h), four(i, j, k, l), four(m, n, o, p)];
    let [[a, b, c, d], [e, f, g, h], [i, j, k, l], [m, n, o, p]] = groups;
    let words = [quarters(a, e, i, m), quarters(b, f, j, n), quarters(c, g, k, o)];
    let [[a, e, i, m], [b, f, j, n], [c, g, k, o]] = words;
    let [d, h, l, p] = quarters(d, h, l, p);
    [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]
}

/// Within each quarter of 128 bits: word `t` of the four rows.
#[target_feature(enable = "avx512f")]
fn four(a: __m512i, b: __m512i, c: __m512i, d: __m512i) -> [__m512i; 4] {
    let (low, high) = (_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
    let (low2, high2) = (_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
    [
        _mm512_unpacklo_epi64(low, low2),
        _mm512_unpackhi_epi64(low, low2),
        _mm512_unpacklo_epi64(high, high2),
        _mm512_unpackhi_epi64(high, high2),
    ]
}

/// Quarter `q` of the four rows, side by side.
#[target_feature(enable = "avx512f")]
fn quarters(a: __m512i, b: __m512i, c: __m512i, d: __m512i) -> [__m512i; 4] {
    let (even, odd) = (_mm512_shuffle_i32x4::<0x88>(a, b), _mm512_shuffle_i32x4::<0xdd>(a, b));
    let (even2, odd2) = (_mm512_shuffle_i32x4::<0x88>(c, d), _mm512_shuffle_i32x4::<0xdd>(c, d));
    [
        _mm512_shuffle_i32x4::<0x88>(even, even2),
        _mm512_shuffle_i32x4::<0x88>(odd, odd2),
        _mm512_shuffle_i32x4::<0xdd>(even, even2),
        _mm512_shuffle_i32x4::<0xdd>(odd, odd2),
    ]
}

#[inline]
#[target_feature(enable = "avx512f")]
fn splat(word: u32) -> __m512i {
    _mm512_set1_epi32(word.cast_signed())
}

#[inline]
#[target_feature(enable = "avx512f")]
fn add(a: __m512i, b: __m512i) -> __m512i {
    _mm512_add_epi32(a, b)
}

/// a ^ b ^ c.
#[inline]
#[target_feature(enable = "avx512f")]
fn xor3(a: __m512i, b: __m512i, c: __m512i) -> __m512i {
    _mm512_ternarylogic_epi32::<0x96>(a, b, c)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn choose(e: __m512i, f: __m512i, g: __m512i) -> __m512i {
    _mm512_ternarylogic_epi32::<0xca>(e, f, g)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn majority(a: __m512i, b: __m512i, c: __m512i) -> __m512i {
    _mm512_ternarylogic_epi32::<0xe8>(a, b, c)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn upper0(a: __m512i) -> __m512i {
    xor3(_mm512_ror_epi32::<2>(a), _mm512_ror_epi32::<13>(a), _mm512_ror_epi32::<22>(a))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn upper1(e: __m512i) -> __m512i {
    xor3(_mm512_ror_epi32::<6>(e), _mm512_ror_epi32::<11>(e), _mm512_ror_epi32::<25>(e))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn lower0(w: __m512i) -> __m512i {
    xor3(_mm512_ror_epi32::<7>(w), _mm512_ror_epi32::<18>(w), _mm512_srli_epi32::<3>(w))
}

#[inline]
#[target_feature(enable = "avx512f")]
fn lower1(w: __m512i) -> __m512i {
    xor3(_mm512_ror_epi32::<17>(w), _mm512_ror_epi32::<19>(w), _mm512_srli_epi32::<10>(w))
}
