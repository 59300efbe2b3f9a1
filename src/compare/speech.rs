//! Whether a verb of saying reports what somebody said, and who that is.
//!
//! Many verbs of saying are also ordinary verbs (`asked for a meeting`, `states`). Here it is looked
//! at what stands around them.

use super::hunk::{Hunk, Scene};
use crate::text::fact::{Fact, Sort};
use crate::text::token::{Class, Token};
use std::ops::Range;

/// How far from the verb its speaker stands, in words.
const NEAR: usize = 4;

/// Whether a verb of saying reports speech outside of a quotation: `said that`, `as X said`, `, X
/// said.`, `according to X`.
pub(super) fn reports(scene: &Scene<'_>, fact: &Fact, old: bool) -> bool {
    let tokens = if old { scene.old } else { scene.new };
    let at = |place: usize| tokens.get(place).map_or("", |token| scene.folded(token));
    let next = at(fact.last);
    let opens = matches!(
        next,
        "that" | "que" | "," | ":" | "dass" | "it" | "they" | "he" | "she" | "avoir" | "être"
    ) || next.starts_with("qu'");
    let before = fact.first.saturating_sub(2 * NEAR)..fact.first;
    let led = before.clone().any(|place| matches!(at(place), "as" | "comme" | "wie"));
    let ends = matches!(next, "." | "") && before.clone().any(|place| at(place) == ",");
    let clause =
        matches!(next, "the" | "its" | "their") && has_verb_behind(scene, tokens, fact.last);
    opens || led || ends || clause || is_preposition(fact).is_some()
}

/// Whether an auxiliary stands a few words behind: a clause without `that`.
fn has_verb_behind(scene: &Scene<'_>, tokens: &[Token], from: usize) -> bool {
    tokens.iter().skip(from).take(2 * NEAR).any(|token| {
        matches!(
            scene.folded(token),
            "is" | "are" | "was" | "were" | "had" | "has" | "have" | "would" | "will"
        )
    })
}

/// Whether the speaker stands behind a phrase (`true`) or before it.
fn is_preposition(fact: &Fact) -> Option<bool> {
    let value: String = fact.value.chars().filter(|c| *c != ' ').collect();
    match value.as_str() {
        "accordingto" | "selon" | "d'après" | "laut" | "gemäß" => Some(true),
        "zufolge" | "denangabenzufolge" => Some(false),
        _ if value.starts_with("nachangaben") => Some(true),
        _ => None,
    }
}

/// Whether the hunk holds who speaks: content words close to a verb of saying that stays, on both
/// sides.
pub(super) fn speaker_differs(scene: &Scene<'_>, hunk: &Hunk) -> bool {
    let content =
        |tokens: &[Token], range: &Range<usize>| {
            tokens.get(range.clone()).unwrap_or_default().iter().any(|token| {
                token.class == Class::Word && !scene.lexicon.is_stop(scene.folded(token))
            })
        };
    content(scene.old, &hunk.old)
        && content(scene.new, &hunk.new)
        && beside(scene, &hunk.old, true)
        && beside(scene, &hunk.new, false)
}

/// Whether a range stands beside a verb of saying that reports, with nothing between that begins
/// another clause.
fn beside(scene: &Scene<'_>, range: &Range<usize>, old: bool) -> bool {
    let (facts, tokens) =
        if old { (&scene.old_facts, scene.old) } else { (&scene.new_facts, scene.new) };
    let plain = |at: usize| {
        tokens.get(at).is_some_and(|token| {
            let word = scene.folded(token);
            token.class == Class::Word
                && !matches!(word, "that" | "que" | "dass" | "to" | "in" | "on" | "am" | "at")
        })
    };
    facts.iter().filter(|fact| fact.sort == Sort::Saying).any(|fact| {
        let before = range.end <= fact.first;
        let between = if before { range.end..fact.first } else { fact.last..range.start };
        let side = is_preposition(fact).is_none_or(|behind| behind != before);
        let reports = scene.has_quotation || reports(scene, fact, old);
        let inside = fact.first < range.end && fact.last > range.start;
        let mut between = between;
        let led = is_preposition(fact).is_some();
        let plain = |at: usize| {
            plain(at)
                && (!led || tokens.get(at).is_some_and(|t| scene.lexicon.is_stop(scene.folded(t))))
        };
        side && reports && !inside && between.len() <= NEAR && between.all(plain)
    })
}
