//! Keys of blocks: equal exactly where a reader sees the same.

use super::side::Side;
use crate::text::token::Vocabulary;
use std::collections::HashMap;

/// What two equal blocks share.
#[derive(PartialEq, Eq, Hash)]
enum Form<'a> {
    /// The bytes; taken where they stand equally often on both sides.
    Bytes(&'a str),
    /// The tokens.
    Tokens(Vec<u32>),
}

/// The keys of the blocks of both sides. Blocks whose bytes are not on the other side as often
/// are cut into tokens.
pub(super) fn keys<'a>(
    old: &mut Side<'a>,
    new: &mut Side<'a>,
    vocabulary: &mut Vocabulary,
) -> (Vec<u32>, Vec<u32>) {
    let mut seen: HashMap<&str, (u32, u32)> = HashMap::new();
    for block in 0..old.blocks.len() {
        seen.entry(old.raw(block)).or_default().0 += 1;
    }
    for block in 0..new.blocks.len() {
        seen.entry(new.raw(block)).or_default().1 += 1;
    }
    let even = |raw: &str| seen.get(raw).is_some_and(|(one, two)| one == two);
    let mut known: HashMap<Form<'a>, u32> = HashMap::new();
    let of_old = side_keys(old, &even, vocabulary, &mut known);
    let of_new = side_keys(new, &even, vocabulary, &mut known);
    (of_old, of_new)
}

fn side_keys<'a>(
    side: &mut Side<'a>,
    even: &dyn Fn(&str) -> bool,
    vocabulary: &mut Vocabulary,
    known: &mut HashMap<Form<'a>, u32>,
) -> Vec<u32> {
    let mut keys = Vec::with_capacity(side.blocks.len());
    for block in 0..side.blocks.len() {
        let raw = side.raw(block);
        let form = if even(raw) {
            Form::Bytes(raw)
        } else {
            side.cut(block, vocabulary);
            Form::Tokens(side.tokens(block).iter().map(|token| token.id).collect())
        };
        let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
        keys.push(*known.entry(form).or_insert(next));
    }
    keys
}
