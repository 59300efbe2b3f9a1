//! Whether a word that turns a meaning was plainly gained or lost, and not exchanged for another.

use super::hunk::{Hunk, Scene};
use crate::text::fact::Fact;
use crate::text::token::{Class, Token};
use std::ops::Range;

/// Whether a cue that only one side has was plainly gained or lost: what else the hunk holds is
/// the same on both sides but for articles, auxiliaries and endings. A word that was exchanged for
/// another one is no gain.
pub(super) fn gained_or_lost(
    scene: &Scene<'_>,
    hunk: &Hunk,
    cue: Option<&Fact>,
    in_old: bool,
) -> bool {
    const LONGEST: usize = 64;
    let Some(cue) = cue else { return false };
    if hunk.old.len().max(hunk.new.len()) > LONGEST {
        return false;
    }
    let words = |tokens: &[Token], range: &Range<usize>, skip: Range<usize>| -> Vec<String> {
        range
            .clone()
            .filter(|at| !skip.contains(at))
            .filter_map(|at| tokens.get(at))
            .filter(|token| matches!(token.class, Class::Word | Class::Number | Class::Url))
            .map(|token| scene.folded(token).to_owned())
            .filter(|word| !is_auxiliary(word))
            .collect()
    };
    let (with, without) = if in_old {
        (words(scene.old, &hunk.old, cue.first..cue.last), words(scene.new, &hunk.new, 0..0))
    } else {
        (words(scene.new, &hunk.new, cue.first..cue.last), words(scene.old, &hunk.old, 0..0))
    };
    let other = scene.changed_words(in_old);
    without.iter().all(|word| with.iter().chain(&other).any(|mate| same_stem(word, mate)))
}

/// Articles and forms of `be` and `have`, which come and go with a modal verb.
fn is_auxiliary(word: &str) -> bool {
    matches!(
        word,
        "a" | "an"
            | "the"
            | "to"
            | "be"
            | "is"
            | "are"
            | "was"
            | "were"
            | "been"
            | "being"
            | "has"
            | "have"
            | "had"
            | "do"
            | "does"
            | "did"
            | "of"
            | "that"
            | "it"
            | "le"
            | "la"
            | "les"
            | "un"
            | "une"
            | "des"
            | "de"
            | "du"
            | "d'"
            | "que"
            | "qu'"
            | "est"
            | "sont"
            | "être"
            | "ont"
            | "avoir"
            | "été"
            | "der"
            | "die"
            | "das"
            | "den"
            | "dem"
            | "ein"
            | "eine"
            | "einen"
            | "einer"
            | "ist"
            | "sind"
            | "war"
            | "waren"
            | "wird"
            | "werden"
            | "wurde"
            | "wurden"
            | "worden"
            | "hat"
            | "haben"
            | "zu"
            | "sein"
    )
}

/// Whether two words seem to be forms of one: the same beginning, other endings.
fn same_stem(one: &str, two: &str) -> bool {
    let shared = one.chars().zip(two.chars()).take_while(|(x, y)| x == y).count();
    let shorter = one.chars().count().min(two.chars().count());
    shared >= 3
        && shared + 3 >= shorter
        && shared * 2 >= one.chars().count().max(two.chars().count())
}
