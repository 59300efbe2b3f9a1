//! Keys of blocks: equal exactly where a reader sees the same.

use super::side::Side;
use crate::text::token::Vocabulary;
use foldhash::fast::RandomState;
use std::collections::HashMap;

/// The keys of the blocks of both sides. Blocks whose bytes stand equally often on both sides are
/// told apart by these; the others are cut into tokens.
pub(super) fn keys<'a>(
    old: &mut Side<'a>,
    new: &mut Side<'a>,
    vocabulary: &mut Vocabulary,
) -> (Vec<u32>, Vec<u32>) {
    let mut bytes = Bytes::default();
    let of_old: Vec<usize> = (0..old.blocks.len()).map(|at| bytes.see(old.raw(at), true)).collect();
    let of_new: Vec<usize> =
        (0..new.blocks.len()).map(|at| bytes.see(new.raw(at), false)).collect();
    let mut tokens = Tokens { known: HashMap::default(), next: bytes.counts.len() };
    let old_keys = side_keys(old, &of_old, &bytes, vocabulary, &mut tokens);
    let new_keys = side_keys(new, &of_new, &bytes, vocabulary, &mut tokens);
    (old_keys, new_keys)
}

/// Blocks by their bytes, and how often each stands on both sides.
#[derive(Default)]
struct Bytes<'a> {
    known: HashMap<&'a str, usize, RandomState>,
    counts: Vec<(usize, usize)>,
}

impl<'a> Bytes<'a> {
    fn see(&mut self, raw: &'a str, old: bool) -> usize {
        let next = self.counts.len();
        let index = *self.known.entry(raw).or_insert(next);
        if index == next {
            self.counts.push((0, 0));
        }
        if let Some(count) = self.counts.get_mut(index) {
            *(if old { &mut count.0 } else { &mut count.1 }) += 1;
        }
        index
    }
}

/// Blocks by their tokens, numbered on from those by bytes.
struct Tokens {
    known: HashMap<Vec<u32>, usize, RandomState>,
    next: usize,
}

fn side_keys(
    side: &mut Side<'_>,
    indexes: &[usize],
    bytes: &Bytes<'_>,
    vocabulary: &mut Vocabulary,
    tokens: &mut Tokens,
) -> Vec<u32> {
    let mut keys = Vec::with_capacity(indexes.len());
    for (block, index) in indexes.iter().enumerate() {
        let even = bytes.counts.get(*index).is_some_and(|(one, two)| one == two);
        let key = if even {
            *index
        } else {
            side.cut(block, vocabulary);
            let ids = side.tokens(block).iter().map(|token| token.id).collect();
            let key = *tokens.known.entry(ids).or_insert(tokens.next);
            tokens.next = tokens.next.max(key + 1);
            key
        };
        keys.push(u32::try_from(key).unwrap_or(u32::MAX));
    }
    keys
}
